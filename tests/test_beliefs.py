"""What models said of stored messages, as rows that can be compared."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from intakes import make_intake
from test_problem_run import save, troubles

from otklik.datasets.records import Prediction
from otklik.datasets.store_vectors import save_vectors
from otklik.pipelines.beliefs import beliefs_of, read_beliefs
from otklik.pipelines.problem_run import run_problems

HOLES = {"topic": (("Ямы", 0.5), ("Знаки", 0.25)), "group": (("Дороги", 1.0),)}
SIGNS = {"topic": (("Знаки", 1.0),), "group": (("Дороги", 1.0),)}


def answered(number, heads):
    return Prediction(
        message_id=number,
        model_version="1",
        rubricator="im-2026",
        heads=heads,
        prediction_set=(),
        decision="review",
        reason="",
        latency_ms=1.0,
        made_at=datetime(2025, 3, 1, tzinfo=UTC),
    )


def test_product_of_rows_is_how_alike_the_answers_are():
    rows = beliefs_of([HOLES, {}, SIGNS]).plainest().toarray()
    assert rows[1].tolist() == [0, 0]
    assert rows[0] @ rows[2] == pytest.approx(0.5)  # the square root of 1/4 by 1
    assert rows[2] @ rows[2] == pytest.approx(1)


def test_the_head_that_tells_messages_apart_is_heard():
    unsure = (("Ямы", 0.4), ("Знаки", 0.3))
    sure = [{"ours": ((name, 0.9),), "theirs": unsure, "tone": (("bad", 1.0),)} for name in "АБВГ"]
    expected = np.sqrt(np.float32(0.9)) * np.eye(4)
    np.testing.assert_allclose(beliefs_of(sure).plainest().toarray(), expected, rtol=1e-6)


def test_the_last_answer_holds(store):
    store.save([make_intake(n) for n in (1, 2, 3)], run_id=store.begin_import("a.csv", "im", "0"))
    assert read_beliefs(store.database, [1, 2, 3]) is None
    store.add_predictions([answered(1, HOLES), answered(3, SIGNS)])
    store.add_predictions([answered(1, SIGNS)])
    found, expected = read_beliefs(store.database, [1, 2, 3]), beliefs_of([SIGNS, {}, SIGNS])
    assert found.heads == expected.heads
    np.testing.assert_array_equal(found.said.toarray(), expected.said.toarray())


def test_the_weekly_run_hands_every_message_its_own_answer(store):
    save(store, troubles())
    found = list(store.stored())
    vectors = np.eye(len(found), 8, dtype=np.float32) + np.float32(0.1)
    save_vectors(store.database, "encoder", [one.id for one in found], [1] * len(found), vectors)
    told = []

    def cluster(vectors, _groups, beliefs):
        told.append(beliefs if beliefs is None else beliefs.said.sum(axis=1).tolist())
        return np.zeros(len(vectors), np.int64)

    run_problems(store, date(2025, 2, 3), cluster=cluster)
    assert set(told) == {None}
    told.clear()
    store.add_predictions([answered(one.id, HOLES if one.id % 2 else SIGNS) for one in found])
    run_problems(store, date(2025, 2, 17), cluster=cluster)
    whole = {round(float(beliefs_of([one]).said.sum()), 4) for one in (HOLES, SIGNS)}
    assert {round(value, 4) for row in told for value in row} == whole
