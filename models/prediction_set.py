"""Prediction sets that a person can read: a few topics of one group, else whole groups.

For each message the possible answers form a ladder: the likeliest group's likeliest topic, its two
likeliest topics, …, the whole group, the two likeliest groups, …, everything. A topic's score is
the probability mass of all rungs below the one on which it first appears (adaptive prediction
sets, Romano et al. 2020; nested sets, Gupta et al. 2022; sets as nodes of a tree, Mortier et al.
2025). Split conformal calibration finds the score that 1 - α of the true topics do not exceed; the
set is the lowest rung that holds every topic within it, so it is never empty and never torn.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.models.hierarchy import Floats, Indices, Tree

MIN_LABELS = 50
"""From this many labels on, a topic has its own bound, and its own coverage is guaranteed."""


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """Topics of one group, or whole groups; both ascending by rank, both empty: any topic."""

    topics: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SetRule:
    """How far up the ladder each topic's bound reaches.

    Parameters
    ----------
    alpha : float
        Share of messages whose true topic may be missing.
    bounds : float64 of shape (n_topics,)
        Largest score of a topic in the set; inf where the window cannot tell.
    own : bool of shape (n_topics,)
        Topics with a bound of their own (class-conditional coverage); the rest share one.
    tree : Tree
    max_topics, max_groups : int
        Rungs of single topics, then of whole groups, before everything.
    """

    alpha: float
    bounds: Floats
    own: npt.NDArray[np.bool_]
    tree: Tree
    max_topics: int = 3
    max_groups: int = 3

    def rungs(self, topics: Floats) -> Indices:
        """Rung of each message's set, int64 of shape (n,); 0 is one topic.

        Parameters
        ----------
        topics : float64 of shape (n, n_topics)
            Calibrated probabilities, rows of sum 1.
        """
        return self._highest(self._ladder(topics))

    def predict(self, topics: Floats) -> list[PredictionSet]:
        """One set per row of probabilities."""
        ladder = self._ladder(topics)
        rungs = self._highest(ladder).tolist()
        return [ladder.members(row, rung) for row, rung in enumerate(rungs)]

    def covers(self, topics: Floats, labels: Indices) -> npt.NDArray[np.bool_]:
        """Whether each row's true topic is in its set, bool of shape (n,); -1 never is."""
        ladder = self._ladder(topics)
        rung_of_truth = ladder.rungs[np.arange(len(labels)), labels]
        inside: npt.NDArray[np.bool_] = rung_of_truth <= self._highest(ladder)
        return inside & (labels >= 0)

    def _ladder(self, topics: Floats) -> "_Ladder":
        return _Ladder(topics, self.tree, self.max_topics, self.max_groups)

    def _highest(self, ladder: "_Ladder") -> Indices:
        within = ladder.scores() <= self.bounds
        # A topic beyond its bound says nothing; the lowest rung stands in every set.
        highest: Indices = np.where(within, ladder.rungs, 0).max(axis=1)
        return highest

    def dump(self) -> dict[str, npt.NDArray[np.generic]]:
        """Arrays for a safetensors file; `load_set_rule` reads them."""
        return {
            "bounds": self.bounds,
            "own": self.own,
            "parents": self.tree.parents,
            "alpha": np.array([self.alpha]),
            "limits": np.array([self.max_topics, self.max_groups], dtype=np.int64),
        }


def load_set_rule(arrays: Mapping[str, npt.NDArray[np.generic]]) -> SetRule:
    """Rule from what `SetRule.dump` returned.

    Raises
    ------
    KeyError
        An array is missing.
    """
    most = arrays["limits"].tolist()
    return SetRule(
        alpha=float(arrays["alpha"][0]),
        bounds=arrays["bounds"].astype(np.float64),
        own=arrays["own"].astype(bool),
        tree=Tree(arrays["parents"].astype(np.int64)),
        max_topics=most[0],
        max_groups=most[1],
    )


def fit_set_rule(
    topics: Floats,
    labels: Indices,
    tree: Tree,
    *,
    alpha: float = 0.1,
    min_labels: int = MIN_LABELS,
    max_topics: int = 3,
    max_groups: int = 3,
) -> SetRule:
    """Bounds from a calibration window that neither the head nor its calibrator has seen.

    A topic with `min_labels` labels or more is covered in 1 - α of *its* messages; the rest are
    pooled and covered so together. Where the rest is smaller than `min_labels`, it is pooled with
    all others, and only its part of the whole is covered.

    Parameters
    ----------
    topics : float64 of shape (n, n_topics)
        Calibrated probabilities, rows of sum 1.
    labels : int64 of shape (n,)
        Column of the true topic; -1 (unknown to the head) counts as beyond every bound.

    Raises
    ------
    ValueError
        α is out of range.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; expected more than 0 and less than 1.")
    ladder = _Ladder(topics, tree, max_topics, max_groups)
    scores = np.full(len(labels), np.inf)
    known = labels >= 0
    scores[known] = ladder.scores()[np.flatnonzero(known), labels[known]]
    counts = np.bincount(labels[known], minlength=len(tree.parents))
    own = counts >= min_labels
    rest = ~known | ~own[labels]
    pool = scores[rest] if np.count_nonzero(rest) >= min_labels else scores
    bounds = np.full(len(tree.parents), conformal_bound(pool, alpha))
    for topic in np.flatnonzero(own).tolist():
        bounds[topic] = conformal_bound(scores[labels == topic], alpha)
    return SetRule(alpha, bounds, own, tree, max_topics, max_groups)


def conformal_bound(scores: Floats, alpha: float) -> float:
    """Score that a new message does not exceed with probability 1 - α or more.

    The k-th smallest of n scores, k = ⌈(n + 1)(1 - α)⌉; inf where k > n.
    """
    place = int(np.ceil((len(scores) + 1) * (1 - alpha) - 1e-9))
    return float(np.sort(scores)[place - 1]) if place <= len(scores) else float("inf")


class _Ladder:
    """Rung on which each topic of each row first appears, and the mass below each rung."""

    def __init__(self, topics: Floats, tree: Tree, max_topics: int, max_groups: int) -> None:
        self._topics, self._tree = topics, tree
        max_topics, most = min(max_topics, topics.shape[1]), min(max_groups, tree.groups)
        self._max_topics = max_topics
        rows = np.arange(len(topics))[:, None]
        masses = tree.sums(topics)
        self._groups = np.argsort(-masses, axis=1, kind="stable")[:, :most]
        inside = np.where(tree.parents[None, :] == self._groups[:, :1], topics, -1.0)
        self._first = np.argsort(-inside, axis=1, kind="stable")[:, :max_topics]
        member = inside[rows, self._first] >= 0
        single = np.where(member, topics[rows, self._first], 0.0)
        chosen = masses[rows, self._groups]
        below = np.concatenate([np.zeros((len(topics), 1)), np.cumsum(single, axis=1)], axis=1)
        group_below = np.cumsum(chosen, axis=1)
        self.below = np.concatenate([below, group_below], axis=1)
        self.rungs = np.full(topics.shape, max_topics + most, dtype=np.int64)
        for place in range(most - 1, -1, -1):
            same = tree.parents[None, :] == self._groups[:, place : place + 1]
            self.rungs[same] = max_topics + place
        for place in range(self._first.shape[1] - 1, -1, -1):
            row = np.flatnonzero(member[:, place])
            self.rungs[row, self._first[row, place]] = place

    def scores(self) -> Floats:
        scores: Floats = np.take_along_axis(self.below, self.rungs, axis=1)
        return scores

    def members(self, row: int, rung: int) -> PredictionSet:
        if rung < self._max_topics:
            return PredictionSet(topics=tuple(self._first[row, : rung + 1].tolist()))
        groups = tuple(self._groups[row, : rung - self._max_topics + 1].tolist())
        everything = rung - self._max_topics >= self._groups.shape[1]
        return PredictionSet() if everything else PredictionSet(groups=groups)
