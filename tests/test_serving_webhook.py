"""Decisions told outward: with the prediction or not at all, in order, signed, never forgotten."""

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from calling import quick, running, until, use_var
from intakes import make_intake
from pydantic import SecretStr
from registering import write_tiny

from otklik.datasets.errors import BadSettings, StoreError
from otklik.datasets.outbox import Event, Outbox, Retry
from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.serving import webhook
from otklik.serving.settings import load_serve_settings

SECRET = "sixteen letters and more"
DOCS = Path(__file__).parents[1] / "docs" / "http-api.md"
NOW = datetime(2026, 3, 14, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Receiver(ThreadingHTTPServer):
    """Takes events; `refuse` is how many it refuses first."""

    def __init__(self, refuse=0, port=0):
        super().__init__(("127.0.0.1", port), Receiving)
        self.refuse = refuse
        self.taken, self.refused = [], []
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class Receiving(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        refuse = len(server.refused) < server.refuse
        (server.refused if refuse else server.taken).append((dict(self.headers), body))
        self.send_response(503 if refuse else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def receiving(**how):
    server = Receiver(**how)
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "default")


@pytest.fixture
def var(tmp_path, monkeypatch, bundle, store_url):
    monkeypatch.setenv("OTKLIK_DATABASE_URL", store_url)
    use_var(monkeypatch, tmp_path / "var")
    (tmp_path / "var" / "models").mkdir(parents=True)
    (tmp_path / "var" / "models" / "default").symlink_to(bundle)
    monkeypatch.setattr(webhook, "POLL_S", 0.01)
    monkeypatch.setattr(webhook, "FIRST_WAIT_S", 0.02)
    return tmp_path / "var"


def hooked(url, **settings):
    return quick(webhook_url=url, webhook_secret=SecretStr(SECRET), **settings)


def message(number=1, **fields):
    text = f"плохо сломан фонарь у дома {number}, 8 928 555-01-77"
    return {"source": "pos", "id": str(number), "kind": "обращение", "text": text, **fields}


def genuine():
    """The receiver's half, as the documentation shows it."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if "def is_genuine" in block]
    names = {}
    exec(example, names)
    return names["is_genuine"]


def test_a_decision_is_told_signed_and_without_a_word_of_the_message(var):
    is_genuine = genuine()
    with receiving() as receiver, running(hooked(receiver.url)) as client:
        made = client.post("/v1/messages", json=message()).json()
        client.post("/v1/messages", json=message())  # a repetition is no decision
        until(lambda: receiver.taken)
        client.post("/v1/messages", json=message(text="уже починили, хорошо"))
        until(lambda: len(receiver.taken) == 2)
        (headers, body), (_, second) = receiver.taken
        told = json.loads(body)
        assert told["event"] == headers["Otklik-Event"]
        assert told["type"] == "message.decided"
        assert told["message"]["id"] == made["message"]["id"]
        assert told["decision"] == made["answer"]["decision"]
        assert told["direction"] == made["answer"]["direction"]
        assert "фонарь" not in body.decode()
        assert json.loads(second)["message"]["version"] == 2
        assert is_genuine(SECRET.encode(), headers, body)
        assert not is_genuine(b"another secret", headers, body)
        assert not is_genuine(SECRET.encode(), headers, body + b" ")
        old = {**headers, "Otklik-Timestamp": str(int(headers["Otklik-Timestamp"]) - 900)}
        old["Otklik-Signature"] = webhook.signature(
            SECRET.encode(), int(old["Otklik-Timestamp"]), body
        )
        assert not is_genuine(SECRET.encode(), old, body)
        page = client.get("/v1/webhook/dead").json()
        assert page["events"] == []
        until(lambda: client.get("/v1/webhook/dead").json()["counts"]["delivered"] == 2)


def test_a_refused_event_is_repeated_before_the_next_one_of_its_message(var):
    with receiving(refuse=4) as receiver, running(hooked(receiver.url)) as client:
        for text in ("фонарь плохо", "автобус плохо", "лавочка хорошо"):
            client.post("/v1/messages", json=message(text=text))
        until(lambda: len(receiver.taken) == 3)
    versions = [json.loads(body)["message"]["version"] for _, body in receiver.taken]
    assert versions == [1, 2, 3]
    first = {headers["Otklik-Event"] for headers, _ in receiver.refused}
    assert first == {receiver.taken[0][0]["Otklik-Event"]}
    attempts = [int(headers["Otklik-Attempt"]) for headers, _ in receiver.refused]
    assert attempts == [1, 2, 3, 4]


def test_what_waited_goes_out_after_a_restart(var):
    with receiving() as receiver:
        pass
    with running(hooked(receiver.url)) as client:
        assert client.post("/v1/messages", json=message()).status_code == 201
    with receiving(port=receiver.server_port) as again, running(hooked(again.url)):
        until(lambda: again.taken)


def test_a_dead_event_is_listed_and_may_be_sent_again(var):
    with (
        receiving(refuse=3) as receiver,
        running(hooked(receiver.url, webhook_attempts=2)) as client,
    ):
        client.post("/v1/messages", json=message())
        until(lambda: client.get("/v1/webhook/dead").json()["events"])
        (event,) = client.get("/v1/webhook/dead").json()["events"]
        assert (event["attempts"], event["trouble"]) == (2, "status 503")
        path = f"/v1/webhook/dead/{event['id']}/retry"
        assert client.post(path, json={"attempts": 0}).status_code == 422
        assert client.post(path, json={"attempts": 5}).json()["state"] == "waiting"
        until(lambda: receiver.taken)
        assert json.loads(receiver.taken[0][1])["event"] == event["event"]
        gone = client.post(path, json={})
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


def test_an_error_that_nobody_foresaw_does_not_end_the_deliveries(var, monkeypatch, caplog):
    monkeypatch.setattr(webhook, "TROUBLED_S", 0.01)
    lease, failures = Outbox.lease, [RuntimeError("Канарейкина")] * 2

    def leased(*given):
        if failures:
            raise failures.pop()
        return lease(*given)

    monkeypatch.setattr(Outbox, "lease", leased)
    with receiving() as receiver, running(hooked(receiver.url)) as client:
        assert client.post("/v1/messages", json=message()).status_code == 201
        until(lambda: receiver.taken)
    assert "RuntimeError at webhook:" in caplog.text
    assert "Канарейкина" not in caplog.text


def test_no_event_without_its_prediction(var, monkeypatch):
    def refuse(*_):
        raise StoreError("full")

    with receiving() as receiver, running(hooked(receiver.url)) as client:
        with monkeypatch.context() as patch:
            patch.setattr("otklik.datasets.outbox.put", refuse)
            assert client.post("/v1/messages", json=message()).status_code == 503
        with open_store(load_settings()) as store:
            assert store.predictions(1) == []
        assert client.post("/v1/messages", json=message()).status_code == 200  # stored it was
        until(lambda: receiver.taken)
        with open_store(load_settings()) as store:
            assert len(store.predictions(1)) == 1


def test_nothing_is_told_unsigned(monkeypatch):
    monkeypatch.setenv("OTKLIK_SERVE_WEBHOOK_URL", "https://city.example/hook")
    for secret in (None, "short"):
        load_serve_settings.cache_clear()
        if secret:
            monkeypatch.setenv("OTKLIK_SERVE_WEBHOOK_SECRET", secret)
        with pytest.raises(BadSettings, match=r"WEBHOOK_SECRET.*16") as refused:
            load_serve_settings()
        assert "short" not in str(refused.value)
    load_serve_settings.cache_clear()


def test_waits_grow_and_differ():
    longest = [webhook.wait_s(n, lambda: 1.0) for n in range(1, 40)]
    assert longest == sorted(longest)
    assert longest[:3] == [2, 4, 8]
    assert longest[-1] == webhook.LONGEST_WAIT_S
    assert webhook.wait_s(3, lambda: 0.0) == 4


def put(store, *events):
    run_id = store.begin_import("a", "im", "0")
    store.save([make_intake(n) for n in {number for _, number in events}], run_id=run_id)
    told = [Event(name, number, "{}", NOW, 3) for name, number in events]
    store.add_predictions([], events=told)
    return Outbox(store.database)


def names(leased):
    return [one.event for one in leased]


def test_one_event_of_a_message_is_out_at_a_time(store):
    outbox = put(store, ("a1", 1), ("a2", 1), ("b1", 2))
    first = outbox.lease(NOW, MINUTE, 10)
    assert names(first) == ["a1", "b1"]
    assert outbox.lease(NOW, MINUTE, 10) == []
    assert outbox.delivered(first[0], NOW)
    (second,) = outbox.lease(NOW, MINUTE, 10)
    assert second.event == "a2"
    assert outbox.failed(second, "status 500", NOW, NOW + MINUTE)
    assert outbox.lease(NOW + MINUTE / 2, MINUTE, 10) == []
    # Whoever held b1 was killed: its lease ends by itself, and its word does not count any more.
    later = outbox.lease(NOW + MINUTE, MINUTE, 10)
    assert names(later) == ["a2", "b1"]
    assert [one.attempts for one in later] == [2, 2]
    assert not outbox.delivered(first[1], NOW)
    assert outbox.delivered(later[1], NOW)
    assert outbox.counts() == {"waiting": 1, "delivered": 2, "dead": 0}
    assert outbox.forget(NOW + MINUTE) == 2


def test_a_dead_event_never_follows_a_later_one(store):
    outbox = put(store, ("a1", 1), ("a2", 1))
    (first,) = outbox.lease(NOW, MINUTE, 10)
    outbox.failed(first, "ReadTimeout", NOW, None)
    assert outbox.retry(first.id, NOW, 3) is Retry.WAITING
    assert outbox.retry(first.id, NOW, 3) is Retry.UNKNOWN
    (first,) = outbox.lease(NOW, MINUTE, 10)
    assert (first.event, first.attempts) == ("a1", 1)
    outbox.failed(first, "ReadTimeout", NOW, None)
    (second,) = outbox.lease(NOW, MINUTE, 10)
    assert outbox.retry(first.id, NOW, 3) is Retry.OVERTAKEN  # it is on its way
    outbox.delivered(second, NOW)
    assert outbox.retry(first.id, NOW, 3) is Retry.OVERTAKEN
    assert [one.event for one in outbox.dead(0, 10)] == ["a1"]


def test_many_takers_never_hold_the_same_event(store, store_url):
    put(store, *((f"{number}/{place}", number) for number in range(1, 9) for place in range(5)))

    def take(_):
        found = []
        with_own = Outbox(store.database)
        while with_own.counts()["waiting"]:
            for one in with_own.lease(NOW, MINUTE, 2):
                found.append(one.event)
                assert with_own.delivered(one, NOW)
        return found

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(take, range(4)))
    together = sorted(event for found in taken for event in found)
    assert together == sorted(f"{n}/{place}" for n in range(1, 9) for place in range(5))
    for found in taken:
        for number in range(1, 9):
            own = [event for event in found if event.startswith(f"{number}/")]
            assert own == sorted(own)


KILLED = """
import os, signal, sys
from datetime import datetime, timedelta, UTC
from otklik.datasets.outbox import Outbox
from otklik.datasets.store import Store
store = Store(sys.argv[1])
assert Outbox(store.database).lease(datetime.fromisoformat(sys.argv[2]), timedelta(minutes=1), 9)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_held_goes_out_when_its_lease_ends(store, store_url):
    outbox = put(store, ("a1", 1), ("a2", 1))
    command = [sys.executable, "-c", KILLED, store_url, NOW.isoformat()]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert outbox.lease(NOW + MINUTE / 2, MINUTE, 9) == []
    (again,) = outbox.lease(NOW + MINUTE, MINUTE, 9)
    assert (again.event, again.attempts) == ("a1", 2)
