"""Sets hold the truth as often as promised and are never torn across the tree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.models.hierarchy import Tree
from otklik.models.prediction_set import (
    PredictionSet,
    SetRule,
    conformal_bound,
    fit_set_rule,
    load_set_rule,
)
from otklik.models.temperature import softmax

TREE = Tree(np.repeat(np.arange(5), 4))


def _drawn(rows, seed, sharp=2.0, true_sharp=1.5):
    """Probabilities that are too sure, and labels drawn from the flatter truth."""
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((rows, 20)) + 1.5 * rng.standard_normal((rows, 5))[:, TREE.parents]
    chances = softmax(true_sharp * logits)
    labels = (rng.random((rows, 1)) > np.cumsum(chances, axis=1)).sum(axis=1)
    return softmax(sharp * logits), np.minimum(labels, 19)


def _rule(bound, tree=TREE, **limits):
    topics = len(tree.parents)
    return SetRule(0.1, np.full(topics, bound), np.zeros(topics, dtype=bool), tree, **limits)


def test_the_bound_by_hand():
    assert conformal_bound(np.array([0.3, 0.1, 0.2, 0.4]), 0.2) == 0.4
    assert conformal_bound(np.array([0.3, 0.1, 0.2, 0.4]), 0.4) == 0.3
    assert conformal_bound(np.array([0.3, 0.1, 0.2]), 0.2) == float("inf")
    assert conformal_bound(np.array([]), 0.5) == float("inf")


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (-1.0, PredictionSet(topics=(1,))),
        (0.0, PredictionSet(topics=(1,))),
        (0.3, PredictionSet(topics=(1, 0))),
        (0.55, PredictionSet(groups=(0,))),
        (0.6, PredictionSet(groups=(0, 2))),
        (0.9, PredictionSet()),
        (float("inf"), PredictionSet()),
    ],
)
def test_the_ladder_by_hand(bound, expected):
    tree = Tree(np.array([0, 0, 0, 1, 2, 2]))
    chances = np.array([[0.2, 0.3, 0.1, 0.1, 0.2, 0.1]])
    rule = _rule(bound + 1e-9, tree, max_topics=2, max_groups=2)
    assert rule.predict(chances) == [expected]


@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
def test_the_truth_is_covered_as_promised(alpha):
    covered, sizes = [], []
    for seed in range(60):
        chances, labels = _drawn(700, seed)
        rule = fit_set_rule(chances[:400], labels[:400], TREE, alpha=alpha, min_labels=10_000)
        covered.append(rule.covers(chances[400:], labels[400:]).mean())
        sizes.append((rule.rungs(chances[400:]) < 3).mean())
    # The mean over 60 windows is known to about half a point.
    assert np.mean(covered) >= 1 - alpha - 0.015
    assert np.mean(sizes) > 0


def test_a_frequent_topic_is_covered_by_itself():
    """The head confuses topic 0; pooled, its failures drown in the others."""
    own, pooled = [], []
    for seed in range(40):
        chances, labels = _drawn(3000, seed)
        rng = np.random.default_rng(seed)
        hard = rng.random(3000) < 0.08
        labels = np.where(hard, 0, labels)
        fit, test = slice(0, 2000), slice(2000, None)
        hit = labels[test] == 0
        for found, least in ((own, 50), (pooled, 10_000)):
            rule = fit_set_rule(chances[fit], labels[fit], TREE, alpha=0.1, min_labels=least)
            found.append(rule.covers(chances[test], labels[test])[hit].mean())
            assert rule.own[0] == (least == 50)
    assert np.mean(own) >= 0.885
    assert np.mean(pooled) < 0.85


@given(st.integers(0, 10_000), st.floats(0.02, 0.5))
@settings(max_examples=40)
def test_sets_are_nodes_or_siblings_and_agree_with_covers(seed, alpha):
    chances, labels = _drawn(160, seed)
    rule = fit_set_rule(chances[:100], labels[:100], TREE, alpha=alpha)
    sets = rule.predict(chances[100:])
    covers = rule.covers(chances[100:], labels[100:])
    for found, label, inside in zip(sets, labels[100:], covers, strict=True):
        assert not (found.topics and found.groups)
        assert len({TREE.parents[topic] for topic in found.topics}) <= 1
        assert len(found.topics) <= 3
        everything = not found.topics and not found.groups
        held = label in found.topics or TREE.parents[label] in found.groups or everything
        assert held == inside


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_a_stricter_promise_never_shrinks_a_set(seed):
    chances, labels = _drawn(200, seed)
    rungs = [
        fit_set_rule(chances[:150], labels[:150], TREE, alpha=alpha, min_labels=500).rungs(
            chances[150:]
        )
        for alpha in (0.4, 0.2, 0.05)
    ]
    assert (np.diff(rungs, axis=0) >= 0).all()


def test_labels_unknown_to_the_head_widen_the_sets():
    chances, labels = _drawn(400, 1)
    half = np.where(np.arange(400) % 2, labels, -1)
    rule = fit_set_rule(chances, half, TREE, alpha=0.2)
    assert rule.predict(chances[:1]) == [PredictionSet()]
    assert not rule.covers(chances[:2], np.array([-1, -1])).any()


def test_a_tree_smaller_than_the_limits():
    tree = Tree(np.array([0, 1]))
    rule = _rule(0.6, tree)
    assert rule.predict(np.array([[0.55, 0.45]])) == [PredictionSet(groups=(0, 1))]
    assert rule.predict(np.array([[0.7, 0.3]])) == [PredictionSet(topics=(0,))]


def test_alpha_out_of_range():
    with pytest.raises(ValueError, match="alpha is 1"):
        fit_set_rule(np.ones((1, 20)) / 20, np.array([0]), TREE, alpha=1)


def test_a_dumped_rule_is_the_same(tmp_path):
    from safetensors.numpy import load_file, save_file

    chances, labels = _drawn(600, 2)
    rule = fit_set_rule(chances, labels, TREE, alpha=0.1, max_topics=2)
    save_file(rule.dump(), tmp_path / "sets.safetensors")
    loaded = load_set_rule(load_file(tmp_path / "sets.safetensors"))
    assert loaded.predict(chances[:50]) == rule.predict(chances[:50])
    assert (loaded.alpha, loaded.max_topics, loaded.max_groups) == (0.1, 2, 3)
