"""A topic is never likelier than its group, and no mass is lost between the two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.hierarchy import Tree, fit_weight, joined, rubricator_tree, tree_of
from otklik.models.temperature import softmax

TREES = st.lists(st.integers(0, 3), min_size=1, max_size=12).map(
    lambda parents: Tree(np.unique(parents, return_inverse=True)[1].astype(np.int64))
)


@given(TREES, st.integers(0, 1000), st.floats(0, 1), st.sampled_from([1.0, 30.0, 900.0]))
def test_mass_is_conserved(tree, seed, weight, size):
    rng = np.random.default_rng(seed)
    topic_logits = size * rng.standard_normal((5, len(tree.parents)))
    topics, groups = joined(
        topic_logits, size * rng.standard_normal((5, tree.groups)), tree, weight
    )
    assert np.isfinite(topics).all()
    assert topics.sum(axis=1) == pytest.approx(np.ones(5))
    assert groups.sum(axis=1) == pytest.approx(np.ones(5))
    assert tree.sums(topics) == pytest.approx(groups)
    assert (topics <= groups[:, tree.parents] + 1e-12).all()


def test_by_hand():
    tree = Tree(np.array([0, 0, 1]))
    topics, groups = joined(np.log([[0.2, 0.2, 0.6]]), np.log([[0.9, 0.1]]), tree, 1.0)
    assert groups[0].tolist() == pytest.approx([0.9, 0.1])
    assert topics[0].tolist() == pytest.approx([0.45, 0.45, 0.1])
    topics, groups = joined(np.log([[0.2, 0.2, 0.6]]), np.log([[0.9, 0.1]]), tree, 0.0)
    assert topics[0].tolist() == pytest.approx([0.2, 0.2, 0.6])
    # Half and half: √(0.9 · 0.4) against √(0.1 · 0.6).
    _, groups = joined(np.log([[0.2, 0.2, 0.6]]), np.log([[0.9, 0.1]]), tree, 0.5)
    assert groups[0, 0] == pytest.approx(0.36**0.5 / (0.36**0.5 + 0.06**0.5))


def test_heads_that_agree_are_left_alone():
    tree = Tree(np.array([1, 0, 1, 0]))
    chances = softmax(np.random.default_rng(0).standard_normal((4, 4)))
    topics, _ = joined(np.log(chances), np.log(tree.sums(chances)), tree, 0.3)
    assert topics == pytest.approx(chances)


def test_the_weight_goes_to_the_head_that_knows():
    tree = Tree(np.array([0, 0, 1, 1, 2, 2]))
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 500)
    knows = 4.0 * np.eye(3)[truth] + rng.standard_normal((500, 3))
    noise = rng.standard_normal((500, 6))
    assert fit_weight(noise, knows, tree, truth) > 0.9
    assert fit_weight(np.repeat(knows, 2, axis=1), noise[:, :3], tree, truth) < 0.1


def test_the_default_rubricator_is_a_tree():
    rubricator = load_rubricator("im-2026")
    tree = rubricator_tree(rubricator)
    assert tree.groups == len(rubricator.groups)
    for topic, parent in zip(rubricator.topics, tree.parents, strict=True):
        assert rubricator.groups[parent].code == topic.group.code


@pytest.mark.parametrize(
    ("topics", "groups", "message"),
    [
        (["а", "в"], ["а", "б"], "'в' of a topic"),
        (["а"], ["а", "б"], "'б' has no topic"),
        (["б"], ["а", "б"], "group 0 of 2 has no topic"),
        ([], [], "needs topics"),
    ],
)
def test_what_is_no_tree_is_refused(topics, groups, message):
    with pytest.raises(ValueError, match=message):
        tree_of(topics, groups)


def test_wrong_shapes_are_refused():
    tree = Tree(np.array([0, 0, 1]))
    with pytest.raises(ValueError, match="2 topic and 2 group columns; the tree has 3 and 2"):
        joined(np.zeros((1, 2)), np.zeros((1, 2)), tree)
    with pytest.raises(ValueError, match="weight is 2"):
        joined(np.zeros((1, 3)), np.zeros((1, 2)), tree, 2)
