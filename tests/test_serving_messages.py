"""Stored messages over HTTP: once each, masked, read back by pages, corrected, audited."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from calling import quick, register, running, use_var
from registering import TOPICS, write_tiny

from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.models.history import Change
from otklik.serving.audit_log import AuditLog

PERSONAL = re.compile(r"канарейк|стелл|555.?01.?77|кв\W{0,3}717", re.IGNORECASE)


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


def message(number=1, **fields):
    return {
        "source": "pos",
        "id": f"ПОС-77/{number}",
        "kind": "обращение",
        "text": f"плохо сломан фонарь у дома {number}",
        "posted_at": f"2026-03-{number:02d}T10:00:00+03:00",
        **fields,
    }


def test_the_life_of_a_message(var):
    personal = message(
        text="Фонарь плохо светит, Канарейкина Стелла Аркадьевна, 8 928 555-01-77",
        author="Канарейкина Стелла",
        place={"street": "Мира", "house": "5", "district": "Канарейкина Стелла Аркадьевна"},
    )
    with running() as client:
        made = client.post("/v1/messages", json=personal)
        assert made.status_code == 201, made.text
        first = made.json()
        assert first["state"] == "stored"
        assert first["answer"]["heads"]["im_2026"]
        number = first["message"]["id"]
        assert first["message"]["prediction"]["model"] == first["answer"]["model"]["version"]
        assert first["message"]["entities"]

        again = client.post("/v1/messages", json=personal)
        assert (again.status_code, again.json()["state"]) == (200, "unchanged")
        assert again.json()["message"] == first["message"]

        changed = client.post("/v1/messages", json={**personal, "text": "Уже починили, хорошо"})
        assert (changed.status_code, changed.json()["state"]) == (201, "changed")
        assert changed.json()["message"]["id"] == number
        assert changed.json()["message"]["version"] == 2

        read = client.get(f"/v1/messages/{number}")
        assert read.status_code == 200
        assert read.json() == changed.json()["message"]

        label = {"code": TOPICS[0], "reason": "звонила Канарейкина Стелла Аркадьевна"}
        for _ in range(2):
            done = client.post(f"/v1/messages/{number}/labels", json=label)
            assert done.status_code == 201
        (given,) = done.json()["labels"]
        assert (given["new"], given["by"], given["rubricator"]) == (
            TOPICS[0],
            "loopback",
            "im-2026",
        )
        done = client.post(f"/v1/messages/{number}/labels", json={"code": TOPICS[1]})
        assert [one["new"] for one in done.json()["labels"]] == TOPICS[:2]
        assert done.json()["labels"][1]["old"] == TOPICS[0]

        wrong = client.post(f"/v1/messages/{number}/labels", json={"code": "NO-1"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "body.code")
        assert client.get("/v1/messages/999").json()["code"] == "not_found"
        lost = client.post("/v1/messages/999/labels", json=label)
        assert lost.status_code == 404
    with open_store(load_settings()) as store:
        assert store.count() == 1
        assert len(store.predictions(number)) == 2
        kept = json.dumps([str(one) for one in store.versions(number)], ensure_ascii=False)
    assert not PERSONAL.search(kept)
    audit = AuditLog(var)
    assert audit.check() == 10
    assert not PERSONAL.search(audit.path.read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in audit.path.read_text(encoding="utf-8").splitlines()]
    assert [one["action"] for one in lines[:4]] == ["store_message"] * 3 + ["read_one"]
    assert lines[3]["messages"] == [number]


def test_versions_of_a_message_that_come_at_once_are_all_stored(var):
    words = ("фонарь", "автобус", "лавочка")
    with running() as client, ThreadPoolExecutor(12) as callers:

        def store(number):
            body = message(
                1 + number % 2, text=f"плохо: {words[number % 3]}, улица Мира {number % 4}"
            )
            return client.post("/v1/messages", json=body).status_code

        assert set(callers.map(store, range(120))) <= {200, 201}
        assert len(client.get("/v1/messages").json()["messages"]) == 2


def test_pages_repeat_and_skip_nothing(var):
    with running() as client:
        for number in range(1, 8):
            source = "pos" if number % 2 else "im"
            done = client.post("/v1/messages", json=message(number, source=source))
            assert done.status_code == 201
        seen, cursor = [], "0"
        while cursor is not None:
            page = client.get("/v1/messages", params={"cursor": cursor, "limit": 3}).json()
            if len(seen) == 3:
                client.post("/v1/messages", json=message(9))
            seen += [one["external_id"] for one in page["messages"]]
            cursor = page["cursor"]
        assert seen == [f"ПОС-77/{n}" for n in (*range(1, 8), 9)]
        only = client.get("/v1/messages", params={"source": "im"}).json()["messages"]
        assert {one["source"] for one in only} == {"im"}
        assert len(only) == 3
        since = {"since": "2026-03-05T00:00:00+03:00", "until": "2026-03-07T00:00:00+03:00"}
        assert len(client.get("/v1/messages", params=since).json()["messages"]) == 2
        for query in ({"limit": 0}, {"cursor": "x"}, {"since": "2026-03-05T00:00:00"}):
            assert client.get("/v1/messages", params=query).status_code == 422
        twin = message(10, text=message(1)["text"])
        assert client.post("/v1/messages", json=twin).json()["message"]["duplicate_of"] == 1
        unique = client.get("/v1/messages", params={"unique": True}).json()["messages"]
        assert len(unique) == 8


def test_a_store_that_refuses_is_a_problem_and_classifying_goes_on(var, monkeypatch):
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "sqlite:////dev/null/otklik.db")
    load_settings.cache_clear()
    with running() as client:
        done = client.post("/v1/messages", json=message())
        assert (done.status_code, done.json()["code"]) == (503, "store_refused")
        assert client.post("/v1/classify", json={"text": "фонарь"}).status_code == 200


def test_models_and_rubricators_are_told(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    register(1)
    register(1, change=Change.PROMOTED)
    register(2)
    with running(quick()) as client:
        found = client.get("/v1/models").json()
        assert found["champion"] == "otklik/1"
        assert [one["aliases"] for one in found["versions"]] == [["champion"], ["challenger"]]
        past = client.get("/v1/models", params={"as_of": "2020-01-01T00:00:00Z"}).json()
        assert past["versions"] == []
        tree = client.get("/v1/rubricators/im-2026").json()
        assert (len(tree["groups"]), len(tree["topics"])) == (26, 359)
        for name in ("im-1999", "..%2Fsecret", "a%00b"):
            assert client.get(f"/v1/rubricators/{name}").status_code in (404, 422)
