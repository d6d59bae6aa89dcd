"""Nearest stored messages, and likely duplicates: by stored vectors, of one encoder only."""

import numpy as np
import pytest
from calling import quick, running, use_var
from intakes import make_intake
from registering import DIM, make_texts, write_tiny

from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.datasets.store_vectors import save_vectors
from otklik.serving import vector_index
from otklik.serving.vector_index import VectorIndex


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "default", noise=0.02)


@pytest.fixture
def var(tmp_path, monkeypatch, bundle, store_url):
    monkeypatch.setenv("OTKLIK_DATABASE_URL", store_url)
    use_var(monkeypatch, tmp_path / "var")
    (tmp_path / "var" / "models").mkdir(parents=True)
    (tmp_path / "var" / "models" / "default").symlink_to(bundle)
    return tmp_path / "var"


def message(number, text, **fields):
    return {
        "source": "im",
        "id": str(number),
        "kind": "сообщение",
        "text": text,
        "posted_at": "2026-03-14T10:00:00+03:00",
        **fields,
    }


def stored(client, *given, **fields):
    done = client.post("/v1/messages", json=message(*given, **fields))
    assert done.status_code in (200, 201), done.text
    return done.json()


def test_nearest_messages_come_first_with_their_facts(var):
    with running() as client:
        empty = client.post("/v1/similar", json={"text": "фонарь"})
        assert (empty.status_code, empty.json()["code"]) == (409, "no_vectors")
        assert "retry-after" in empty.headers
        lamp = stored(client, 1, "плохо светит фонарь, 8 928 555-01-77")["message"]
        other = stored(client, 2, "плохо ходит автобус")["message"]
        again = stored(client, 3, "снова плохо: фонарь у школы")["message"]
        found = client.get("/v1/similar", params={"id": lamp["id"]}).json()
        assert [one["id"] for one in found["messages"]] == [again["id"], other["id"]]
        assert found["compared"] == 3
        near, far = found["messages"]
        assert 1 >= near["similarity"] > 0.9 > far["similarity"]
        assert near["topic"]["by"] == "model"
        assert "555" not in str(client.post("/v1/similar", json={"text": "фонарь"}).json())

        client.post(f"/v1/messages/{again['id']}/labels", json={"code": near["topic"]["code"]})
        by_text = client.post("/v1/similar", json={"text": "фонарь плохо", "limit": 2}).json()
        assert {one["id"] for one in by_text["messages"]} == {lamp["id"], again["id"]}
        assert {one["topic"]["by"] for one in by_text["messages"]} == {"person", "model"}
        strict = {"id": lamp["id"], "least": 0.9}
        assert len(client.get("/v1/similar", params=strict).json()["messages"]) == 1
        lost = client.get("/v1/similar", params={"id": 99})
        assert (lost.status_code, lost.json()["code"]) == (404, "not_found")
        long = client.post("/v1/similar", json={"text": "а" * 20_001})
        assert long.json()["code"] == "text_too_long"


def test_an_edited_message_is_compared_by_its_new_text(var):
    with running() as client:
        first = stored(client, 1, "плохо светит фонарь")["message"]["id"]
        stored(client, 2, "автобус плохо")
        assert client.get("/v1/similar", params={"id": 2}).json()["messages"][0]["id"] == first
        stored(client, 1, "автобус тоже плохо")
        (found,) = client.get("/v1/similar", params={"id": 2}).json()["messages"]
        assert found["similarity"] > 0.9
        assert found["text"] == "автобус тоже плохо"


def test_vectors_of_another_encoder_are_never_compared(var):
    with open_store(load_settings()) as store:
        store.save([make_intake(1), make_intake(2)], run_id=store.begin_import("a", "im", "0"))
        ones = np.ones((2, DIM), dtype=np.float32) / np.sqrt(DIM)
        save_vectors(store.database, "another", [1, 2], [1, 1], ones)
    with running() as client:
        assert client.get("/v1/similar", params={"id": 1}).json()["code"] == "no_vectors"
        done = stored(client, 9, "плохо светит фонарь")
        assert done["near_duplicates"] == []
        found = client.get("/v1/similar", params={"id": 1}).json()
        assert [one["id"] for one in found["messages"]] == [done["message"]["id"]]


def test_likely_duplicates_are_near_in_time_and_in_no_other_place(var):
    house = {"place": {"street": "Мира", "house": "5"}}
    with running() as client:
        first = stored(client, 1, "плохо светит фонарь", **house)
        assert first["near_duplicates"] == []
        second = stored(client, 2, "фонарь опять плохо", **house)
        (near,) = second["near_duplicates"]
        assert near["id"] == first["message"]["id"]
        assert 0.9 <= near["similarity"] <= 1
        assert second["message"]["duplicate_of"] is None
        repeated = stored(client, 2, "фонарь опять плохо", **house)
        assert (repeated["state"], repeated["near_duplicates"]) == ("unchanged", [near])
        for number, fields in enumerate(
            (
                {"place": {"street": "Мира", "house": "7"}},
                {"place": {"street": "Чехова", "house": "5"}},
                {},
                {**house, "posted_at": "2026-03-20T10:00:00+03:00"},
            ),
            3,
        ):
            assert stored(client, number, "плохо: фонарь", **fields)["near_duplicates"] == []
        assert stored(client, 9, "плохо едет автобус", **house)["near_duplicates"] == []


def test_memory_follows_the_store_and_stays_within_its_bound(store, monkeypatch):
    monkeypatch.setattr(vector_index, "CHUNK", 7)
    monkeypatch.setattr(vector_index, "OVERLAP", 2)
    monkeypatch.setattr(vector_index, "LEAST_ROWS", 4)
    store.save([make_intake(n) for n in range(1, 41)], run_id=store.begin_import("a", "im", "0"))
    rows = np.random.default_rng(0).normal(size=(40, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)

    def save(*numbers):
        save_vectors(store.database, "e", numbers, [1] * len(numbers), rows[np.array(numbers) - 1])

    ticks = iter(range(0, 10_000, 100))
    index = VectorIndex("e", 100, clock=lambda: next(ticks))
    small = VectorIndex("e", 16, clock=lambda: next(ticks))
    index.follow(store.database)
    assert index.candidates(rows[0], 3) == []
    save(*range(11, 31))
    for one in (index, small):
        one.follow(store.database)
    assert len(index) == 20
    assert index.candidates(rows[14], 1) == [15]
    save(*range(31, 41))
    save(3)  # read late, and far behind the newest
    for _ in range(8):
        index.follow(store.database)
        small.follow(store.database)
    assert len(index) == 31
    exact = sorted([3, *range(11, 41)], key=lambda n: -float(rows[n - 1] @ rows[2]))
    assert index.candidates(rows[2], 31) == pytest.approx(exact)
    assert len(small) <= 16
    assert small.candidates(rows[39], 1) == [40]
    assert 3 not in small.candidates(rows[2], 16)


@pytest.mark.parametrize("rows", [3, 100])
def test_a_small_memory_still_answers(var, rows):
    with running(quick(similar_rows=rows)) as client:
        for number, (text, _, _) in enumerate(make_texts(6, 11), 1):
            stored(client, number, text)
        found = client.post("/v1/similar", json={"text": "фонарь", "least": -1}).json()
        ids = {one["id"] for one in found["messages"]}
        assert ids == set(range(1, 7)) if rows == 100 else {6} <= ids <= {4, 5, 6}
