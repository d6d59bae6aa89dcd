"""Mass incidents over HTTP: a message that is stored joins what is open, and shows it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from calling import running, use_var
from registering import write_tiny

from otklik.datasets.planned_works import Work, save_works
from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store

START = datetime(2026, 3, 14, 10, 0, tzinfo=ZoneInfo("Europe/Moscow"))


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


def report(number, *, minutes=None, house=5, source="pos"):
    at = START + timedelta(minutes=number if minutes is None else minutes)
    return {
        "source": source,
        "id": f"{number}",
        "kind": "сообщение",
        "text": f"плохо фонарь упал поперёк двора, обходим уже {number} раз",
        "posted_at": at.isoformat(),
        "author": f"житель {number}",
        "place": {"street": "улица Мира", "house": f"{house}"},
    }


def test_reports_of_one_event_become_an_incident(var):
    with running() as client:
        numbers = []
        for number in range(1, 7):
            source = "pos" if number % 2 else "im"
            done = client.post("/v1/messages", json=report(number, source=source))
            assert done.status_code == 201, done.text
            numbers.append(done.json()["message"]["id"])
        told = done.json()["message"]["incident"]
        assert told["number"] == numbers[0]
        assert (told["messages"], told["independent"], told["houses"]) == (6, 6, ["5"])
        assert told["status"] == "closed"
        assert told["planned_work"] is None
        other = client.post("/v1/messages", json=report(9, minutes=5, house=40)).json()["message"]
        assert other["incident"] is None
        # The first one was stored before anybody knew.
        first = client.get(f"/v1/messages/{numbers[0]}").json()
        assert first["incident"] == told
        again = client.post("/v1/messages", json=report(3)).json()
        assert again["state"] == "unchanged"
        assert again["message"]["incident"] == told
        changed = client.post("/v1/messages", json=report(3) | {"text": "плохо, фонарь лежит"})
        assert changed.json()["message"]["incident"]["messages"] == 6
    with running() as client:
        late = client.post("/v1/messages", json=report(7)).json()["message"]
        assert (late["incident"]["number"], late["incident"]["messages"]) == (numbers[0], 7)


def test_a_message_meets_the_calendar_of_works(var):
    ends = START + timedelta(days=2)
    work = Work("Р-1", None, None, None, ("мира|улица",), START, ends, "Замена опор")
    with open_store(load_settings()) as store, store.database.writing() as connection:
        save_works(connection, [work])
    with running() as client:
        told = client.post("/v1/messages", json=report(1)).json()["message"]
        assert told["planned_work"]["code"] == "Р-1"
        assert told["planned_work"]["words"] == "плановые работы до 16 марта, 10:00"
        before = client.post("/v1/messages", json=report(2, minutes=-600)).json()["message"]
        assert before["planned_work"] is None
