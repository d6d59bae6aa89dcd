"""The first answer's probability, corrected by how often such answers were right.

Inductive Venn-Abers (Vovk, Petej, Fedorova 2015, «Large-scale probabilistic predictors with and
without guarantees of validity»): isotonic regression is fitted twice for each confidence, once as
if the new answer were wrong (p0) and once as if it were right (p1); p1 / (1 - p0 + p1) joins the
two. Unlike plain isotonic regression it never answers 0 or 1 and does not overfit the ends.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

Floats = npt.NDArray[np.float64]

MIN_ROWS = 200
"""With fewer judged answers the curve says less than the temperature already does."""
_BINS = 200
# Within a step of the curve the old order survives: ranks are what coverage is measured by.
_KEPT = 0.01
# At a tie the class further left would become the first answer.
_AHEAD = 1e-6


@dataclass(frozen=True, slots=True)
class TopCurve:
    """A rising curve from raw to corrected confidence; empty arrays change nothing.

    Parameters
    ----------
    knots, levels : float64 of shape (n_knots,)
        Raw confidences, ascending, and what they become; straight between, level outside.
    """

    knots: Floats
    levels: Floats

    def __call__(self, confidence: Floats) -> Floats:
        """Corrected confidence, float64 of the same shape."""
        if not len(self.knots):
            return confidence
        curve: Floats = np.interp(confidence, self.knots, self.levels)
        return (1 - _KEPT) * curve + _KEPT * confidence


def fit_top_curve(confidence: Floats, correct: npt.NDArray[np.bool_]) -> TopCurve:
    """Curve from judged answers; no curve where there are fewer than 200.

    Parameters
    ----------
    confidence : float64 of shape (n,)
        Probability of the first answer.
    correct : bool of shape (n,)
        Whether it was right.
    """
    if len(confidence) < MIN_ROWS:
        return TopCurve(np.empty(0), np.empty(0))
    order = np.argsort(confidence, kind="stable")
    # Equal confidences are one point, and points are joined into bins of about equal size.
    values, first = np.unique(confidence[order], return_index=True)
    wanted = np.linspace(0, len(order), min(_BINS, len(values)), endpoint=False)
    starts = np.unique(first[np.searchsorted(first, wanted, side="right") - 1])
    counts = np.diff(starts, append=len(order)).astype(np.float64)
    hits = np.add.reduceat(correct[order].astype(np.float64), starts)
    knots = np.add.reduceat(confidence[order], starts) / counts
    levels = np.empty(len(knots))
    for place in range(len(knots)):
        wrong, right = (_at(counts, hits, place, answer) for answer in (0.0, 1.0))
        levels[place] = right / (1 - wrong + right)
    # Both fits rise with the confidence, so does their union; rounding must not undo it.
    return TopCurve(knots, np.maximum.accumulate(levels))


def corrected_top(
    probabilities: Floats, curve: TopCurve, parents: npt.NDArray[np.int64] | None = None
) -> Floats:
    """Distributions whose first answer has the corrected probability and stays first.

    The difference is shared by the other topics of its group in proportion; so every group keeps
    its mass, and no topic exceeds its group.

    Parameters
    ----------
    probabilities : float64 of shape (n, k)
        Rows of sum 1.
    curve : TopCurve
    parents : int64 of shape (k,) or None
        Group of each column; None: all are one group.
    """
    if not len(curve.knots) or not len(probabilities):
        return probabilities
    rows = np.arange(len(probabilities))
    top = probabilities.argmax(axis=1)
    before = probabilities[rows, top]
    group = np.zeros(probabilities.shape[1], dtype=np.int64) if parents is None else parents
    others = group[None, :] == group[top][:, None]
    others[rows, top] = False
    inside = np.where(others, probabilities, 0.0)
    outside = np.where(others, 0.0, probabilities)
    outside[rows, top] = 0.0
    rest, second = inside.sum(axis=1), inside.max(axis=1)
    # Lower than this, and another answer would overtake it.
    share = second / np.where(rest > 0, rest, 1.0)
    mass = before + rest
    floor = np.maximum(mass * share / (1 + share), outside.max(axis=1)) * (1 + _AHEAD)
    after = np.where(rest > 0, np.clip(curve(before), floor, mass), before)
    factor = (mass - after) / np.where(rest > 0, rest, 1.0)
    result = np.where(others, probabilities * factor[:, None], probabilities)
    result[rows, top] = after
    return result


def _at(counts: Floats, hits: Floats, place: int, answer: float) -> float:
    weights, sums = counts.copy(), hits.copy()
    weights[place] += 1
    sums[place] += answer
    return float(isotonic_regression(sums / weights, weights=weights).x[place])
