"""Rare classes get their turn, and n-grams speak for themselves where a head asks for it."""

import numpy as np
import pytest

from otklik.datasets.errors import BadSettings
from otklik.models.lexical_table import LexicalTable
from otklik.training.branches import lexical_branch
from otklik.training.direct import MOST_CLASSES, check_direct, joined_vectors
from otklik.training.rare import class_shares, rare_lift
from otklik.training.targets import Target

ONES = np.ones(6, dtype=np.float32)
TOPIC = Target("topic", ["вода", "дороги", "свет"], np.array([0, 0, 0, 1, -1, 2]))
SHARED = Target("shared", ["a", "b"], np.empty(0), np.array([[1, 0], [0.5, 0.5]], dtype=np.float32))


def test_every_class_has_a_share_and_one_text_more():
    rows = np.array([0, 1, 2, 3, 4])
    assert class_shares(TOPIC, rows, ONES) == pytest.approx(np.array([4, 2, 1]) / 7)
    assert class_shares(SHARED, np.array([0, 1]), ONES) == pytest.approx(np.array([2.5, 1.5]) / 4)


def test_a_heavier_text_counts_more():
    heavy = ONES.copy()
    heavy[3] = 3
    assert class_shares(TOPIC, np.arange(4), heavy) == pytest.approx(np.array([4, 4, 1]) / 9)


def test_rare_classes_are_lifted_and_the_whole_stays():
    shares = np.array([0.7, 0.2, 0.1])
    lift = rare_lift(shares, 0.5)
    assert (np.diff(lift) > 0).all()
    assert float(lift.sum()) == pytest.approx(0, abs=1e-6)
    assert not rare_lift(shares, 0.0).any()
    # Pulled whole, an unclear text (logits = logs of the shares) is of every class alike.
    assert np.ptp(np.log(shares) + rare_lift(shares, 1.0)) == pytest.approx(0, abs=1e-6)


STREETS = [f"{word} на улице {street}" for street in ("Садовой", "Речной") for word in
           ("яма", "лужа", "мусор", "свет", "снег", "вода", "шум", "газ")]  # fmt: skip
OFFICES = Target("office", ["левый", "правый"], np.repeat([0, 1], 8))
TROUBLES = Target("trouble", ["яма", "иное"], np.tile([0, 1, 1, 1, 1, 1, 1, 1], 2))


def branch(direct):
    weights = np.ones(len(STREETS), dtype=np.float32)
    return lexical_branch(STREETS, weights, [OFFICES, TROUBLES], direct=direct, seed=7)


@pytest.fixture(scope="module")
def spoken():
    return branch(["office"])


def test_a_direct_head_answers_by_its_own_numbers(spoken):
    table, heads = spoken
    assert isinstance(table, LexicalTable)
    scores = table.transform(STREETS) @ heads.weights["office"].T + heads.biases["office"]
    assert (scores.argmax(axis=1) == OFFICES.numbers).all()


def test_other_heads_do_not_hear_them(spoken):
    table, heads = spoken
    plain_table, plain = branch([])
    assert table.steps.shape[1] == plain_table.steps.shape[1] + 2
    assert not heads.weights["trouble"][:, -2:].any()
    assert np.array_equal(heads.weights["trouble"][:, :-2], plain.weights["trouble"])


def test_margins_survive_the_common_scale():
    rng = np.random.default_rng(1)
    shared = rng.normal(size=(5, 3)).astype(np.float32)
    own = (rng.normal(size=(2, 5)) * 40).astype(np.float32)
    vectors, factor = joined_vectors(shared, own)
    assert vectors.shape == (5, 5)
    assert np.allclose(vectors[:, 3:] / factor, own.T, rtol=1e-5)
    assert np.sqrt((vectors[:, 3:] ** 2).mean()) == pytest.approx(np.sqrt((shared**2).mean()), 1e-4)


def test_what_cannot_be_direct_is_named_before_anything_is_fitted():
    many = Target("many", [str(i) for i in range(40)], np.arange(40))
    check_direct([TOPIC, SHARED, many], ["topic"])
    with pytest.raises(BadSettings, match=rf"'many' with 40 classes.*2 to {MOST_CLASSES}"):
        check_direct([TOPIC, many], ["many"])
    for name in ("shared", "nobody"):
        with pytest.raises(BadSettings, match=f"{name!r}; heads with labels are many, topic"):
            check_direct([TOPIC, SHARED, many], [name])
