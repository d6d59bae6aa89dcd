"""The review queue over HTTP: order, claims that two never share, what a label ends."""

import json
from datetime import datetime

import pytest
from calling import quick, running, use_var
from registering import TOPICS, WORDS, write_tiny

from otklik.serving.audit_log import AuditLog
from otklik.serving.directions import Direction
from otklik.serving.keys import KeyFile, Scope

DAYS = {1: "2026-03-20", 2: "2026-03-16", 3: "2026-03-18"}


class ByNumber:
    """Deadlines by the last figure of a house."""

    def direct(self, message):
        day = DAYS.get(int(message.place.house or 0))
        due = datetime.fromisoformat(f"{day}T18:00:00+03:00") if day else None
        return Direction(recipients=("roads",), reason="таблица", deadline=due)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "default")


@pytest.fixture
def var(tmp_path, monkeypatch, bundle, store_url):
    monkeypatch.setenv("OTKLIK_DATABASE_URL", store_url)
    use_var(monkeypatch, tmp_path / "var")
    (tmp_path / "var" / "models").mkdir(parents=True)
    (tmp_path / "var" / "models" / "default").symlink_to(bundle)
    return tmp_path / "var"


def store(client, number, text=None, **fields):
    body = {
        "source": "pos",
        "id": f"П-{number}",
        "kind": "обращение",
        "text": text or f"плохо {WORDS[number % 6]} прошу ответьте",
        "place": {"street": "Мира", "house": str(number)},
        **fields,
    }
    done = client.post("/v1/messages", json=body)
    assert done.status_code in (200, 201), done.text
    return done.json()["message"]["id"]


def all_to_people(**more):
    return quick(alpha=1e-6, **more)


def claim(client, **body):
    done = client.post("/v1/review/claims", json=body)
    assert done.status_code == 201, done.text
    return done.json()["claims"]


def numbers(items):
    return [one["message"]["id"] for one in items]


def test_a_shift_of_a_coordinator(var):
    with running(all_to_people(), directs=ByNumber()) as client:
        ids = {number: store(client, number) for number in (1, 2, 3, 4)}
        page = client.get("/v1/review", params={"limit": 3}).json()
        assert numbers(page["items"]) == [ids[2], ids[3], ids[1]]
        assert (page["waiting"], page["held"], page["overdue"]) == (4, 0, 3)
        rest = client.get("/v1/review", params={"cursor": page["cursor"]}).json()
        assert (numbers(rest["items"]), rest["cursor"]) == ([ids[4]], None)
        first = page["items"][0]
        assert datetime.fromisoformat(first["due_at"]).date().isoformat() == DAYS[2]
        assert (first["overdue"], first["held"], first["purpose"]) == (True, None, "review")
        assert first["topics"][0]["probability"] == pytest.approx(
            1 - first["uncertainty"], abs=1e-5
        )
        assert first["topics"][0]["name"] != first["topics"][0]["code"]
        assert len(first["topics"]) == len(first["groups"]) == 3

        mine = claim(client, count=2, lease_s=900, id="утро")
        assert [one["message_id"] for one in mine] == [ids[2], ids[3]]
        assert claim(client, count=2, lease_s=900, id="утро") == mine
        assert mine[0]["item"]["held"] == {"by": "loopback", "until": mine[0]["until"]}
        assert [one["message_id"] for one in claim(client, count=50)] == [ids[1], ids[4]]
        assert claim(client) == claim(client, messages=[ids[2]]) == []
        assert client.get("/v1/review", params={"free": True}).json()["items"] == []

        path = f"/v1/review/claims/{mine[0]['claim']}"
        renewed = client.post(f"{path}/renew", json={"lease_s": 3600})
        assert renewed.status_code == 200
        assert renewed.json()["until"] > mine[0]["until"]
        done = client.post(f"/v1/messages/{ids[2]}/labels", json={"code": TOPICS[1]})
        assert done.status_code == 201
        ended = client.post(f"{path}/renew", json={}, headers={"Accept-Language": "en"})
        assert (ended.status_code, ended.json()["code"]) == (409, "claim_ended")
        assert ended.json()["title"] == "Claim ended"
        assert client.get("/v1/review").json()["waiting"] == 3

        other = f"/v1/review/claims/{mine[1]['claim']}"
        assert client.delete(other).status_code == 204
        assert client.delete(other).status_code == 204
        assert [one["message_id"] for one in claim(client)] == [ids[3]]
    lines = AuditLog(var).path.read_text(encoding="utf-8").splitlines()
    claims = [one for one in map(json.loads, lines) if one["action"] == "claim_review"]
    assert claims[0]["messages"] == [ids[2], ids[3]]
    assert AuditLog(var).check() == len(lines)


def test_a_claim_belongs_to_its_key(var):
    keys = {name: KeyFile(var).add(name, [Scope.LABEL, Scope.CLASSIFY])[1] for name in "аб"}
    anna, bela = ({"Authorization": f"Bearer {token}"} for token in keys.values())
    with running(all_to_people(keys="required")) as client:
        client.headers.update(anna)
        store(client, 1)
        (mine,) = claim(client)
        path = f"/v1/review/claims/{mine['claim']}"
        theirs = client.post(f"{path}/renew", json={}, headers=bela)
        assert (theirs.status_code, theirs.json()["code"]) == (409, "claim_ended")
        assert client.delete(path, headers=bela).status_code == 204
        assert client.get("/v1/review", headers=bela).json()["items"][0]["held"]["by"] == "а"
        assert client.post(f"{path}/renew", json={}).status_code == 200
        for wrong in ({"count": 0}, {"lease_s": 1}, {"messages": []}, {"purpose": "x"}, {"a": 1}):
            assert client.post("/v1/review/claims", json=wrong).status_code == 422
        for bad in ("zz", "1.2", "1.2.3.4"):
            assert client.get("/v1/review", params={"cursor": bad}).status_code == 422
        assert client.post("/v1/review/claims/xyz/renew", json={}).status_code == 422


def test_a_random_part_of_what_goes_out_is_checked(var):
    with running(quick(alpha=0.5, check_share=1.0)) as client:
        text = f"плохо {WORDS[0]} прошу"
        number = store(client, 1, text)
        made = client.get(f"/v1/messages/{number}").json()["prediction"]
        assert made["action"] == "auto"
        assert client.get("/v1/review").json()["items"] == []
        (item,) = client.get("/v1/review", params={"purpose": "check"}).json()["items"]
        assert (item["message"]["id"], item["purpose"]) == (number, "check")
        picked = client.post("/v1/review/claims", json={"purpose": "check", "messages": [number]})
        assert (picked.status_code, picked.json()["field"]) == (422, "body.messages")
        assert [one["message_id"] for one in claim(client, purpose="check")] == [number]
