"""Automatic routing under watch: corrections switch it off, a person switches it on again."""

import json
import logging
import re

import pytest
from calling import quick, running, until, use_var
from registering import GROUPS, RUBRICATOR, TOPICS, WORDS, write_tiny

from otklik.datasets.automatic import Judgement
from otklik.serving.audit_log import AuditLog
from otklik.serving.automatic import NAME, AutomaticSwitch
from otklik.serving.monitor import is_right

ALPHA = 0.4
MODEL = "0123456789abcdef"


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


def send(client, number):
    """Store a message that goes out by itself; its number."""
    body = {"source": "pos", "id": f"{number}", "kind": "обращение", "text": f"{WORDS[0]} {number}"}
    done = client.post("/v1/messages", json=body).json()["message"]
    return done["id"], done["prediction"]["action"]


def label(client, number, code):
    done = client.post(f"/v1/messages/{number}/labels", json={"code": code})
    assert done.status_code == 201, done.text


def state(client):
    return client.get("/v1/models").json()["automatic"]


def test_corrections_switch_it_off_and_a_person_on_again(var, caplog):
    settings = quick(alpha=ALPHA, check_share=0, monitor_s=0.05)
    with running(settings) as client:
        assert state(client) | {"alpha": 0, "sent": 0} == {
            "on": True,
            "since": None,
            "by": None,
            "reason": None,
            "alpha": 0,
            "sent": 0,
            "corrected": 0,
            "checked": 0,
            "wrong": 0,
        }
        assert client.get("/health/ready").json()["automatic"] == "on"
        sent = [send(client, number) for number in range(12)]
        numbers = [number for number, action in sent if action == "auto"]
        assert len(numbers) == 12
        label(client, numbers[0], TOPICS[0])
        label(client, numbers[1], TOPICS[5])
        assert state(client)["on"]
        assert state(client)["corrected"] <= 1
        with caplog.at_level(logging.ERROR, logger="otklik.serving"):
            for number in numbers[1:]:
                label(client, number, TOPICS[5])
        found = state(client)
        assert (found["on"], found["by"]) == (False, "monitor")
        assert found["corrected"] >= 6
        assert re.match(r"исправлено \d+ из 12 автоматических ответов", found["reason"])
        assert any("AUTOMATIC ROUTING IS OFF" in one.getMessage() for one in caplog.records)
        assert client.get("/health/ready").json()["automatic"] == "off"
        assert "otklik_automatic 0.0" in client.get("/metrics").text
        assert send(client, 100)[1] == "review"
        (answer,) = client.post("/v1/classify", json={"text": WORDS[0]}).json()["answers"]
        assert answer["decision"]["action"] == "review"
        assert answer["decision"]["reason"].startswith("автоматика выключена: исправлено")
        assert answer["decision"]["label"] is None
    lines = AuditLog(var).path.read_text(encoding="utf-8").splitlines()
    (off,) = [one for one in map(json.loads, lines) if one["action"] == "automatic_off"]
    assert (off["key"], off["corrected"] >= 6) == ("monitor", True)

    with running(settings) as client:  # it survives a restart
        assert send(client, 101)[1] == "review"
        on = client.post("/v1/models/automatic", json={"on": True, "reason": "проверено"})
        assert on.status_code == 200
        assert (on.json()["on"], on.json()["by"], on.json()["sent"]) == (True, "loopback", 0)
        assert send(client, 102)[1] == "auto"
        until(lambda: state(client)["sent"] == 1)  # what was before counts no more
        for wrong in ({"on": True}, {"on": 1, "reason": "x"}, {"reason": "x"}):
            assert client.post("/v1/models/automatic", json=wrong).status_code == 422
        off = client.post("/v1/models/automatic", json={"on": False, "reason": "учения"})
        assert (off.json()["on"], off.json()["reason"]) == (False, "учения")
        assert send(client, 103)[1] == "review"


def test_every_process_sees_the_switch_and_a_broken_file_is_off(tmp_path):
    one, other = AutomaticSwitch(tmp_path), AutomaticSwitch(tmp_path)
    assert one.halted(MODEL) is None
    assert one.turn(MODEL, on=False, by="monitor", reason="исправлено 6 из 9")
    assert not other.turn(MODEL, on=False, by="monitor", reason="исправлено 7 из 10")
    assert other.halted(MODEL) == "автоматика выключена: исправлено 6 из 9"
    assert other.halted("another") is None
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole + b'{"at": "2026')  # a kill in the middle
    assert AutomaticSwitch(tmp_path).halted("another") is None
    assert one.turn(MODEL, on=True, by="a1", reason="проверено")
    assert other.halted(MODEL) is None
    seen = one.state(MODEL)
    assert not one.turn(MODEL, on=False, by="x", reason="x", only_if=lambda known: known != seen)
    assert one.turn(MODEL, on=False, by="x", reason="x", only_if=lambda known: known == seen)
    (tmp_path / NAME).write_bytes(whole + b"{}\n")
    assert "не читается" in AutomaticSwitch(tmp_path).halted("another")


def judged(axis, code, **labels):
    said = {name: (new, RUBRICATOR.version) for name, new in labels.items()}
    return is_right(Judgement(1, axis, code, RUBRICATOR.version, False, said))


def test_what_a_label_says_of_an_answer():
    topic, sibling, stranger = TOPICS[0], TOPICS[1], TOPICS[5]
    group, other = GROUPS[0], GROUPS[2]
    assert judged("topic", topic, topic=topic) is True
    assert judged("topic", topic, topic=sibling) is False
    assert judged("topic", topic, group=other) is False
    assert judged("topic", topic, group=group) is None
    assert judged("group", group, topic=sibling) is True
    assert judged("group", group, topic=stranger) is False
    assert judged("group", group, group=group) is True
    assert judged("topic", topic, topic="Ямы") is None
    old = Judgement(1, "topic", topic, RUBRICATOR.version, False, {"topic": (sibling, "im-1999")})
    assert is_right(old) is None
