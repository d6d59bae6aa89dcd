"""One head, judged: accuracy, F1, top-3, coverage, AUGRC, ECE, with intervals and by slice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.training.intervals import RESAMPLES, Estimate, bootstrap
from otklik.training.reliability import Reliability
from otklik.training.selective import RiskCoverage

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FIGURES = (
    "accuracy",
    "weighted_f1",
    "macro_f1",
    "top_3",
    "coverage_90",
    "coverage_95",
    "augrc",
    "ece",
    "ece_mass",
)
"""`ece` has 15 bins of equal width, `ece_mass` 15 of equal mass; the gates read `ece`."""
_TOP = 3


@dataclass(frozen=True)
class Report:
    """What one head is worth on one set of labelled messages.

    Parameters
    ----------
    rows : int
        All labelled rows, those with an unknown label included: the head is wrong on them.
    unknown : dict of str to int
        Labels that are no class of the head, and their rows.
    scores : dict of str to Estimate
        By the names in `FIGURES`.
    slices : dict of str to (int, dict)
        Rows and scores of each slice that has rows.
    seed : int
        Of the resampling.
    """

    rows: int
    unknown: dict[str, int]
    scores: dict[str, Estimate]
    slices: dict[str, tuple[int, dict[str, Estimate]]]
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; an estimate becomes value, low and high."""
        return {
            "rows": self.rows,
            "unknown": self.unknown,
            "scores": _plain(self.scores),
            "slices": {
                name: {"rows": rows, "scores": _plain(scores)}
                for name, (rows, scores) in self.slices.items()
            },
            "seed": self.seed,
        }


def evaluate_head(
    probabilities: npt.NDArray[np.floating],
    classes: Sequence[str],
    labels: Sequence[str] | Indices,
    groups: npt.ArrayLike | None = None,
    slices: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    seed: int = 7,
    *,
    resamples: int = RESAMPLES,
) -> Report:
    """Judge one head.

    Parameters
    ----------
    probabilities : float of shape (n, k)
        Calibrated; the largest of a row is its confidence.
    classes : sequence of str of length k
    labels : sequence of str, or int64 of shape (n,)
        Names, or columns with -1 for unknown. A name that is no class counts as a class of its
        own in the F1s, which the head never names.
    groups : array-like of int, shape (n,), or None
        Near-duplicates, drawn together by the bootstrap.
    slices : mapping of str to bool of shape (n,), or None
        From `text_slices`.
    seed, resamples : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        Nothing to judge, or lengths differ.
    """
    if len(labels) != len(probabilities) or len(classes) != probabilities.shape[1]:
        raise ValueError(
            f"{len(labels)} labels and {len(classes)} classes, probabilities of shape "
            f"{probabilities.shape}; expected one row per label, one column per class."
        )
    if not len(labels):
        raise ValueError("no labelled rows; nothing can be judged.")
    truth, unknown = encode_labels(labels, classes)
    judged = _Judged(probabilities, truth)
    group_of = np.arange(len(truth)) if groups is None else np.asarray(groups)

    def scores(rows: Indices) -> dict[str, Estimate]:
        part = judged.part(rows)
        found = bootstrap(part.figures, len(rows), group_of[rows], resamples=resamples, seed=seed)
        return dict(zip(FIGURES, found, strict=True))

    parts = {name: np.flatnonzero(mask) for name, mask in (slices or {}).items()}
    return Report(
        rows=len(truth),
        unknown=unknown,
        scores=scores(np.arange(len(truth))),
        slices={name: (len(rows), scores(rows)) for name, rows in parts.items() if len(rows)},
        seed=seed,
    )


def encode_labels(
    labels: Sequence[str] | Indices, classes: Sequence[str]
) -> tuple[Indices, dict[str, int]]:
    """Columns of the labels, and the names that are no class, the most frequent first.

    Unknown names get numbers from `len(classes)` on; a label given as -1 gets one that is called
    «?».

    Returns
    -------
    truth : int64 of shape (n,)
    unknown : dict of str to int
        Rows of each unknown name.
    """
    if isinstance(labels, np.ndarray) and labels.dtype.kind == "i":
        truth = np.where(labels < 0, len(classes), labels).astype(np.int64)
        missing = int(np.count_nonzero(labels < 0))
        return truth, {"?": missing} if missing else {}
    column = {name: place for place, name in enumerate(classes)}
    unknown = Counter(label for label in labels if label not in column)
    for name in sorted(unknown):
        column[name] = len(column)
    truth = np.fromiter((column[label] for label in labels), dtype=np.int64, count=len(labels))
    return truth, dict(sorted(unknown.items(), key=lambda item: (-item[1], item[0])))


class _Judged:
    """First answers, confidences and ranks: all that the figures need."""

    def __init__(self, probabilities: npt.NDArray[np.floating], truth: Indices) -> None:
        self.truth = truth
        self.answer = probabilities.argmax(axis=1)
        self.confidence = probabilities.max(axis=1).astype(np.float64)
        self.in_top = _in_top(probabilities, truth)
        self._prepare()

    def part(self, rows: Indices) -> "_Judged":
        part = object.__new__(_Judged)
        part.truth, part.answer = self.truth[rows], self.answer[rows]
        part.confidence, part.in_top = self.confidence[rows], self.in_top[rows]
        part._prepare()
        return part

    def _prepare(self) -> None:
        correct = self.answer == self.truth
        self._risk = RiskCoverage(self.confidence, correct)
        self._width = Reliability(self.confidence, correct, "width")
        self._mass = Reliability(self.confidence, correct, "mass")
        # As floats, or each of a thousand products would convert them anew.
        self._hits = np.stack([correct, self.in_top]).astype(np.float64)

    def figures(self, weights: Floats) -> Floats:
        total = weights.sum()
        accuracy, top = self._hits @ weights / total
        weighted, macro = f1_scores(self.truth, self.answer, weights)
        curve = self._risk.curve(weights)
        return np.array(
            [
                accuracy,
                weighted,
                macro,
                top,
                curve.coverage_at(0.90),
                curve.coverage_at(0.95),
                curve.augrc(),
                self._width.error(weights),
                self._mass.error(weights),
            ]
        )


def f1_scores(truth: Indices, answer: Indices, weights: Floats) -> tuple[float, float]:
    """Weighted and macro F1 of weighted rows; the classes are those that occur on either side.

    The same as scikit-learn's `f1_score` with `sample_weight`, which takes hundreds of times
    longer and would be called for each resample.
    """
    size = int(max(truth.max(), answer.max())) + 1
    hits = np.bincount(truth, weights=weights * (truth == answer), minlength=size)
    support = np.bincount(truth, weights=weights, minlength=size)
    both = support + np.bincount(answer, weights=weights, minlength=size)
    present = both > 0
    f1 = 2 * hits[present] / both[present]
    return float(f1 @ support[present] / support.sum()), float(f1.mean())


def _in_top(probabilities: npt.NDArray[np.floating], truth: Indices) -> npt.NDArray[np.bool_]:
    """Whether fewer than three classes stand before the true one; of equals the left one does."""
    known = truth < probabilities.shape[1]
    column = np.where(known, truth, 0)[:, None]
    own = np.take_along_axis(probabilities, column, axis=1)
    before = (probabilities == own) & (np.arange(probabilities.shape[1]) < column)
    ahead: Indices = (probabilities > own).sum(axis=1) + before.sum(axis=1)
    return np.asarray((ahead < _TOP) & known)


def _plain(scores: Mapping[str, Estimate]) -> dict[str, dict[str, float]]:
    return {name: estimate._asdict() for name, estimate in scores.items()}
