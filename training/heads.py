"""From two fitted branches to the heads of a bundle: fused, joined with groups, calibrated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from otklik.models.bundle import Window
from otklik.models.calibrate import Calibrator, fit_calibrator
from otklik.models.heads import Head, calibrated
from otklik.models.hierarchy import Tree, fit_weight, joined
from otklik.models.prediction_set import SetRule, fit_set_rule
from otklik.models.venn_abers import fit_top_curve
from otklik.training.fuse import fit_gains, one_hot
from otklik.training.targets import Target

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Branch:
    """Linear heads over one kind of vector.

    Parameters
    ----------
    weights : dict of str to float32 of shape (n_classes, width)
    biases : dict of str to float32 of shape (n_classes,)
    """

    weights: Mapping[str, Floats]
    biases: Mapping[str, Floats]


def make_heads(
    targets: Sequence[Target],
    dense: Branch,
    lexical: Branch,
    vectors: Floats,
    lexical_vectors: Floats,
    rows: Indices,
    trees: Mapping[str, tuple[str, Tree]],
    *,
    lifts: Mapping[str, Floats],
    seed: int,
) -> dict[str, Head]:
    """Heads fused and calibrated on the calibration side.

    Parameters
    ----------
    targets : sequence of Target
        Of all texts.
    vectors, lexical_vectors : float32 of shape (len(rows), width)
        As they are served: of the calibration texts, from the quantised encoder.
    rows : int64
        Numbers of the calibration texts.
    trees : mapping of str to (str, Tree)
        Head of topics → head of its groups, and who belongs to whom.
    lifts : mapping of str to float32 of shape (n_classes,)
        Per head, what is added to the logits before they are calibrated: `rare_lift`.
    seed : int
        Of the labels drawn where a text has shares of several.
    """
    heads: dict[str, Head] = {}
    labels = {t.head: drawn_labels(t, rows, seed) for t in targets}
    for target in targets:
        name = target.head
        known = np.flatnonzero(target.known[rows])
        wanted = _shares(target, rows[known])
        gains = fit_gains(
            vectors[known] @ dense.weights[name].T + dense.biases[name],
            lexical_vectors[known] @ lexical.weights[name].T + lexical.biases[name],
            wanted,
        )
        head = Head(
            name,
            tuple(target.classes),
            gains.dense * dense.weights[name],
            gains.lexical * lexical.weights[name],
            gains.dense * dense.biases[name] + gains.lexical * lexical.biases[name] + lifts[name],
            Calibrator(),
        )
        logits = head.logits(vectors[known], lexical_vectors[known])
        joins = name in trees or name in {parent for parent, _ in trees.values()}
        own = labels[name][known]
        heads[name] = replace(head, calibrator=fit_calibrator(logits, own, curve=not joins))
    for name, (parent, tree) in trees.items():
        _join(heads, labels, name, parent, tree, vectors, lexical_vectors)
    return heads


def judged_windows(
    heads: Mapping[str, Head],
    targets: Sequence[Target],
    vectors: Floats,
    lexical_vectors: Floats,
    rows: Indices,
    *,
    seed: int,
) -> dict[str, Window]:
    """Answers of every head on its calibration texts, with what was right.

    Topics and their groups are judged on the same texts: routing asks one after the other.
    """
    found = calibrated(
        heads, {name: head.logits(vectors, lexical_vectors) for name, head in heads.items()}
    )
    windows = {}
    partner = {head.name: head.parent for head in heads.values() if head.parent}
    partner |= {parent: name for name, parent in partner.items()}
    known_to = {target.head: target.known[rows] for target in targets}
    for target in targets:
        other = partner.get(target.head, target.head)
        known = np.flatnonzero(known_to[target.head] & known_to[other])
        probabilities = found[target.head][known]
        windows[target.head] = Window(
            probabilities.argmax(axis=1).astype(np.int64),
            drawn_labels(target, rows, seed)[known],
            probabilities.max(axis=1),
        )
    return windows


def topic_sets(
    heads: Mapping[str, Head],
    targets: Sequence[Target],
    vectors: Floats,
    lexical_vectors: Floats,
    rows: Indices,
    *,
    seed: int,
) -> dict[str, SetRule]:
    """Rules of prediction sets for every head that has a tree."""
    found = calibrated(
        heads, {name: head.logits(vectors, lexical_vectors) for name, head in heads.items()}
    )
    rules = {}
    for target in targets:
        tree = heads[target.head].tree
        known = np.flatnonzero(target.known[rows])
        if tree is not None and len(known):
            labels = drawn_labels(target, rows, seed)[known]
            rules[target.head] = fit_set_rule(found[target.head][known], labels, tree)
    return rules


def drawn_labels(target: Target, rows: Indices, seed: int) -> Indices:
    """Class of each text, int64 of shape (len(rows),); of several shares one is drawn by its size.

    A drawn label is right on average: what is calibrated on it is calibrated on the shares.
    """
    if target.shares is None:
        return target.numbers[rows]
    shares = target.shares[rows]
    total = shares.sum(axis=1)
    drawn = np.random.default_rng(seed).random(len(rows)) * total
    place = (shares.cumsum(axis=1) < drawn[:, None]).sum(axis=1)
    return np.where(total > 0, np.minimum(place, shares.shape[1] - 1), -1).astype(np.int64)


def topic_tree(topics: Target, groups: Target) -> Tree | None:
    """Group of each topic as the labels pair them; None where they do not make a tree."""
    parents = np.full(len(topics.classes), -1, dtype=np.int64)
    for topic, group in zip(topics.numbers.tolist(), groups.numbers.tolist(), strict=True):
        if topic < 0 or group < 0:
            continue
        if parents[topic] not in (-1, group):
            return None
        parents[topic] = group
    complete = len(np.unique(parents)) == len(groups.classes) and parents.min() >= 0
    return Tree(parents) if complete else None


def _join(
    heads: dict[str, Head],
    labels: Mapping[str, Indices],
    name: str,
    parent: str,
    tree: Tree,
    vectors: Floats,
    lexical_vectors: Floats,
) -> None:
    """Weigh topic head against group head, then put a curve on each answer."""
    topic, group = heads[name], heads[parent]
    both = np.flatnonzero((labels[parent] >= 0) & (labels[name] >= 0))
    scores = [
        head.logits(vectors[both], lexical_vectors[both]) / head.calibrator.temperatures[0]
        for head in (topic, group)
    ]
    say = fit_weight(scores[0], scores[1], tree, labels[parent][both])
    for head, rows in zip((topic, group), joined(scores[0], scores[1], tree, say), strict=True):
        right = rows.argmax(axis=1) == labels[head.name][both]
        curve = fit_top_curve(rows.max(axis=1), right)
        heads[head.name] = replace(head, calibrator=replace(head.calibrator, curve=curve))
    heads[name] = replace(heads[name], parent=parent, tree=tree, group_say=say)


def _shares(target: Target, rows: Indices) -> Floats:
    if target.shares is None:
        return one_hot(target.numbers[rows], len(target.classes))
    return target.shares[rows]
