"""Two heads, one tree: a topic never likelier than its group, both proper distributions.

The topic head also says something about groups (the sum over a group's topics), the group head
knows them better; a weighted geometric mean joins the two opinions. Inside a group the topic head
alone decides. So the mass of every group is exactly the sum over its topics.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from otklik.datasets.rubricator import Rubricator

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """Which group each topic belongs to.

    Parameters
    ----------
    parents : int64 of shape (n_topics,)
        Column of the topic's group; every group has at least one topic.

    Raises
    ------
    ValueError
        No topics, or a group without a topic: its mass would have nowhere to go.
    """

    parents: Indices

    def __post_init__(self) -> None:
        if not len(self.parents) or self.parents.min() < 0:
            raise ValueError("a tree needs topics, and groups numbered from 0.")
        empty = np.setdiff1d(np.arange(self.groups), self.parents)
        if len(empty):
            raise ValueError(
                f"group {empty[0]} of {self.groups} has no topic; leave it out of the group head."
            )

    @property
    def groups(self) -> int:
        """Number of groups."""
        return int(self.parents.max()) + 1

    @cached_property
    def _order(self) -> tuple[Indices, Indices]:
        order = np.argsort(self.parents, kind="stable")
        return order, np.searchsorted(self.parents[order], np.arange(self.groups))

    def sums(self, topics: Floats) -> Floats:
        """Mass of each group, float64 of shape (n, n_groups)."""
        order, starts = self._order
        summed: Floats = np.add.reduceat(topics[:, order], starts, axis=1)
        return summed

    def log_sums(self, log_topics: Floats) -> Floats:
        """Logarithm of the mass of each group, from logarithms; exact where `exp` would be 0."""
        order, starts = self._order
        highest = np.maximum.reduceat(log_topics[:, order], starts, axis=1)
        inside = np.exp(log_topics - highest[:, self.parents])
        return np.asarray(highest + np.log(self.sums(inside)), dtype=np.float64)


def rubricator_tree(rubricator: Rubricator) -> Tree:
    """Tree of a rubricator, topics and groups in its order."""
    return tree_of(
        [topic.group.code for topic in rubricator.topics],
        [group.code for group in rubricator.groups],
    )


def tree_of(group_of_topic: Sequence[str], groups: Sequence[str]) -> Tree:
    """Tree from the group of every topic and the columns of the group head.

    Raises
    ------
    ValueError
        A topic's group is not a column of the group head, or a group has no topic.
    """
    column = {name: place for place, name in enumerate(groups)}
    missing = sorted(set(group_of_topic) - set(column))
    if missing:
        raise ValueError(f"group {missing[0]!r} of a topic is none of the {len(groups)} groups.")
    tree = Tree(np.array([column[name] for name in group_of_topic], dtype=np.int64))
    if tree.groups != len(groups):
        raise ValueError(f"group {groups[tree.groups]!r} has no topic; leave it out.")
    return tree


def joined(
    topic_logits: npt.NDArray[np.floating],
    group_logits: npt.NDArray[np.floating],
    tree: Tree,
    weight: float = 0.5,
) -> tuple[Floats, Floats]:
    """Consistent probabilities of topics and groups.

    Parameters
    ----------
    topic_logits : float of shape (n, n_topics)
    group_logits : float of shape (n, n_groups)
        Both already divided by their temperatures; any constant per row may be added.
    weight : float
        Say of the group head about groups, 0 to 1; from `fit_weight`.

    Returns
    -------
    topics : float64 of shape (n, n_topics)
    groups : float64 of shape (n, n_groups)
        Rows of sum 1; each group is the sum of its topics.

    Raises
    ------
    ValueError
        Shapes contradict the tree, or the weight is out of range.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight is {weight}; expected 0 to 1.")
    columns = (topic_logits.shape[1], group_logits.shape[1])
    if columns != (len(tree.parents), tree.groups):
        raise ValueError(
            f"{columns[0]} topic and {columns[1]} group columns; the tree has "
            f"{len(tree.parents)} and {tree.groups}."
        )
    topics = _log_softmax(np.asarray(topic_logits, dtype=np.float64))
    implied = tree.log_sums(topics)
    groups = _log_softmax(np.asarray(group_logits, dtype=np.float64))
    groups = _log_softmax(weight * groups + (1 - weight) * implied)
    inside = np.exp(topics - implied[:, tree.parents])
    result = inside * np.exp(groups)[:, tree.parents]
    return result, tree.sums(result)


def fit_weight(
    topic_logits: npt.NDArray[np.floating],
    group_logits: npt.NDArray[np.floating],
    tree: Tree,
    groups: Indices,
) -> float:
    """Weight under which the true groups are likeliest, 0 to 1.

    Parameters
    ----------
    groups : int64 of shape (n,)
        Column of the true group; -1 does not count.

    Raises
    ------
    ValueError
        No row has a known group.
    """
    known = groups >= 0
    if not known.any():
        raise ValueError(f"none of {len(groups)} rows has a known group; a weight needs some.")
    implied = tree.log_sums(_log_softmax(np.asarray(topic_logits[known], dtype=np.float64)))
    stated = _log_softmax(np.asarray(group_logits[known], dtype=np.float64))
    rows = np.arange(len(stated))

    def loss(weight: float) -> float:
        mixed = _log_softmax(weight * stated + (1 - weight) * implied)
        return -float(mixed[rows, groups[known]].mean())

    found = minimize_scalar(loss, bounds=(0, 1), method="bounded", options={"xatol": 1e-3})
    return float(found.x)


def _log_softmax(logits: Floats) -> Floats:
    shifted: Floats = logits - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted
