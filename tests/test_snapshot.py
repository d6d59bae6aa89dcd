"""Tables that the weekly work looks at: from the store and from messages that are in none."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from intakes import START, make_intake

from otklik.datasets.records import Label, Prediction
from otklik.datasets.store import Store
from otklik.datasets.store_vectors import read_vectors, save_vectors, unread
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.snapshot import snapshot_of_messages, snapshot_of_store


@pytest.fixture
def store(empty_url):
    with Store(empty_url) as opened:
        opened.save(
            [make_intake(n) for n in range(1, 6)], run_id=opened.begin_import("a", "im", "0")
        )
        yield opened


def predict(number, topic="im-2026", group="g"):
    return Prediction(
        message_id=number,
        model_version="m1",
        rubricator="im-2026",
        heads={"im_2026": ((topic, 0.7),), "im_2026_group": ((group, 0.9),)},
        prediction_set=(),
        decision="auto",
        reason="",
        latency_ms=1.0,
        made_at=datetime.now(UTC),
    )


def test_vectors_come_back_as_half_precision(store):
    rows = np.random.default_rng(1).normal(size=(2, 8)).astype(np.float32)
    save_vectors(store.database, "e", [1, 3], [1, 1], rows)
    found = read_vectors(store.database, "e", [1, 2, 3])
    assert sorted(found) == [1, 3]
    np.testing.assert_allclose(found[3], rows[1], rtol=1e-3)
    assert read_vectors(store.database, "another", [1]) == {}


def test_only_messages_without_vector_or_answer_are_unread(store):
    rows = np.ones((2, 4), np.float32)
    save_vectors(store.database, "e", [1, 2], [1, 1], rows)
    store.add_predictions([predict(1), predict(3)])
    left = [number for batch in unread(store.database, "e", "m1", 2) for number, *_ in batch]
    assert left == [2, 3, 4, 5]


def test_an_edited_text_is_unread_again_and_its_vector_is_gone(store):
    save_vectors(store.database, "e", [1], [1], np.ones((1, 4), np.float32))
    store.add_predictions([predict(1)])
    changed = make_intake(1, text="Теперь нет и света")
    store.save([changed], run_id=store.begin_import("b", "im", "1"))
    assert read_vectors(store.database, "e", [1]) == {}
    assert 1 in [number for batch in unread(store.database, "e", "m1", 9) for number, *_ in batch]


def test_a_person_goes_before_the_model(store):
    topic = "Ямы на дорогах"
    store.add_predictions([predict(1), predict(2)])
    store.add_labels([Label(2, "topic", None, topic, "im-2026", "координатор", START)])
    table = snapshot_of_store(store).table
    assert table.topic[2] == topic
    assert table.topic_p[1] == pytest.approx(0.7)
    assert np.isnan(table.topic_p[2])


def test_a_period_and_vectors(store):
    save_vectors(store.database, "e", [1, 2], [1, 1], np.ones((2, 4), np.float32))
    whole = snapshot_of_store(store)
    assert whole.vectors.shape == (5, 4)
    assert not whole.vectors[4].any()
    assert whole.table.index.tolist() == [1, 2, 3, 4, 5]
    none = snapshot_of_store(store, until=START - timedelta(days=400))
    assert len(none.table) == 0
    assert list(none.table.columns) == list(whole.table.columns)
    assert (none.table.dtypes == whole.table.dtypes).all()


def test_a_part_of_a_snapshot_is_the_snapshot_of_that_part(store):
    save_vectors(store.database, "e", [1, 2, 3], [1, 1, 1], np.ones((3, 4), np.float32))
    whole = snapshot_of_store(store)
    at = whole.table["dated_at"].sort_values()
    since, until = at.iloc[1].to_pydatetime(), at.iloc[3].to_pydatetime()
    part, read = whole.between(since, until), snapshot_of_store(store, since=since, until=until)
    assert 0 < len(read.table) < len(whole.table)
    for name in ("table", "answers", "statuses"):
        pd.testing.assert_frame_equal(getattr(part, name), getattr(read, name))
    np.testing.assert_array_equal(part.vectors, read.vectors)


def test_made_up_messages_need_no_store():
    messages = make_city(3, 300).messages
    snapshot = snapshot_of_messages(messages)
    table = snapshot.table
    assert len(table) == 300
    assert table.group.notna().all()
    assert table.dated_at.is_monotonic_increasing
    assert table.street_key.dropna().str.contains(r"\|").all()
    assert set(snapshot.answers.message_id) <= set(table.index)
    assert str(table.dated_at.dtype) == "datetime64[ns, UTC]"
