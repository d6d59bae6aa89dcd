"""Promotion and roll-back over HTTP: who answers is told, and nothing changes where it may not."""

import json

import pytest
from calling import register, running, use_var

from otklik.datasets.errors import BadBundle, NotPromoted
from otklik.models.history import Change, History
from otklik.models.registered import registered_versions, registry_folder
from otklik.models.step_back import step_back
from otklik.serving.audit_log import AuditLog
from otklik.serving.offers import Declined, Offers, Promoted


@pytest.fixture
def var(tmp_path, monkeypatch):
    use_var(monkeypatch, tmp_path)
    register(1)
    register(1, change=Change.PROMOTED)
    register(2)
    return tmp_path


class Gatekeeper:
    """Promotes what it is asked to, or says why not."""

    def __init__(self, error=None):
        self.error, self.asked, self.mended = error, [], 0

    async def promote(self, number, reason, by):
        self.asked.append((number, reason, by))
        if self.error:
            raise self.error
        register(number or 2, change=Change.PROMOTED)
        gates = ({"name": "files", "passed": True, "sentence": "ok", "candidate": float("nan")},)
        return Promoted("otklik/2", "otklik/1", "b", gates)

    async def mend(self):
        self.mended += 1


def answering(client):
    (answer,) = client.post("/v1/classify", json={"text": "фонарь"}).json()["answers"]
    return answer["model"]


def test_a_version_answers_when_the_promotion_is_told(var):
    keeper = Gatekeeper()
    with running(offers=Offers(promote=keeper.promote, mend=keeper.mend)) as client:
        done = client.post("/v1/models/promote", json={"reason": "знает паромы"})
        assert done.status_code == 200, done.text
        made = done.json()
        assert (made["champion"], made["before"]) == ("otklik/2", "otklik/1")
        assert made["model"] == answering(client)
        assert made["model"]["name"] == "otklik/2"
        assert made["gates"] == [{"name": "files", "passed": True, "sentence": "ok"}]
        assert keeper.asked == [(None, "знает паромы", "loopback")]

        other = client.post("/v1/models/rollback", json={"leave": "otklik/1"})
        assert (other.status_code, other.json()["code"]) == (409, "not_promoted")
        body = {"leave": "otklik/2", "reason": "неверные темы"}
        back = client.post("/v1/models/rollback", json=body)
        assert back.status_code == 200, back.text
        assert (back.json()["champion"], back.json()["before"]) == ("otklik/1", "otklik/2")
        assert back.json()["model"]["name"] == answering(client)["name"] == "otklik/1"
        assert back.json()["gates"] == []

        none = client.post("/v1/models/rollback", json={}, headers={"Accept-Language": "en"})
        assert (none.status_code, none.json()["code"]) == (409, "not_promoted")
        assert "nothing to return to" in none.json()["detail"]
        found = client.get("/v1/models").json()
        assert found["champion"] == "otklik/1"
    assert keeper.mended == 1
    last = History(registry_folder()).entries()[-1]
    assert (last.change, last.by, last.reason) == (Change.ROLLED_BACK, "loopback", "неверные темы")
    lines = map(json.loads, AuditLog(var).path.read_text(encoding="utf-8").splitlines())
    noted = [one for one in lines if one["action"] in ("promote", "rollback")]
    assert [one.get("champion") for one in noted] == [
        "otklik/2",
        None,
        "otklik/1",
        None,
    ]


def test_closed_gates_and_a_service_without_training_change_nothing(var):
    keeper = Gatekeeper(Declined("otklik/2 stays a candidate: im_2026: 0.31 against 0.42."))
    with running(offers=Offers(promote=keeper.promote)) as client:
        done = client.post("/v1/models/promote", json={"version": 2})
        assert (done.status_code, done.json()["code"]) == (409, "not_promoted")
        assert "0.31 against 0.42" in done.json()["detail"]
        for wrong in ({"version": 0}, {"version": "2;"}, {"reason": 5}, {"x": 1}):
            assert client.post("/v1/models/promote", json=wrong).status_code == 422
        assert answering(client)["name"] == "otklik/1"
    with running() as client:
        done = client.post("/v1/models/promote", json={"version": 2})
        assert (done.status_code, done.json()["code"]) == (501, "not_offered")


def test_a_roll_back_to_broken_files_is_refused(var):
    register(2, change=Change.PROMOTED)
    heads = next(var.glob("mlflow/bundles/1/heads.safetensors"))
    heads.write_bytes(heads.read_bytes()[:-10])
    with pytest.raises(BadBundle):
        step_back(by="tester")
    with running() as client:
        done = client.post("/v1/models/rollback", json={})
        assert (done.status_code, done.json()["code"]) == (503, "registry_refused")
        assert answering(client)["name"] == "otklik/2"


def test_stepping_back_needs_no_mlflow(var):
    with pytest.raises(NotPromoted, match="nothing to return to"):
        step_back(by="tester")
    register(2, change=Change.PROMOTED)
    version, left = step_back(by="tester", reason="почему бы и нет")
    assert (version.name, left) == ("otklik/1", "otklik/2")
    aliases = {one.name: one.aliases for one in registered_versions("otklik")}
    assert aliases == {"otklik/1": ("champion",), "otklik/2": ()}
