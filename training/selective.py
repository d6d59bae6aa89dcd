"""How well confidence tells right answers from wrong ones.

Ties are never cut: a threshold lets all answers of one confidence through, or none.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Curve(NamedTuple):
    """Shares of all answers, float64 of shape (n_distinct,), one pair per threshold; both rise.

    `coverage` is what a threshold accepts, `risk` what it accepts and is wrong. The selective
    error is their quotient.
    """

    coverage: Floats
    risk: Floats

    def augrc(self) -> float:
        """Area under the generalised risk-coverage curve (Traub et al. 2024, arXiv 2407.01032).

        The risk that a random threshold lets a wrong answer through: 0 is perfect, lower is
        better; half the error where confidence says nothing. Trapezoids, so ties count as drawn
        in random order.
        """
        return float(np.trapezoid(np.append(0.0, self.risk), np.append(0.0, self.coverage)))

    def coverage_at(self, precision: float) -> float:
        """Largest share of answers that can be accepted with at least this precision; 0: none."""
        # Without the hair a precision of exactly 0.95 would be lost to rounding.
        enough = np.flatnonzero(self.risk <= (1 - precision) * self.coverage + 1e-12)
        return float(self.coverage[enough[-1]]) if len(enough) else 0.0


class RiskCoverage:
    """Answers ranked by confidence, weighed anew at will (for resampling).

    Parameters
    ----------
    confidence : float64 of shape (n,)
    correct : bool of shape (n,)
    """

    def __init__(self, confidence: Floats, correct: npt.NDArray[np.bool_]) -> None:
        self._order = np.argsort(-confidence, kind="stable")
        ranked = confidence[self._order]
        self._last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))[: len(ranked)]
        self._wrong = (~correct[self._order]).astype(np.float64)

    def curve(self, weights: Floats | None = None) -> Curve:
        """Curve of the answers, each as often as its weight says."""
        given = np.ones(len(self._order)) if weights is None else weights[self._order]
        accepted = np.cumsum(given)
        total = accepted[-1] if len(accepted) else 1.0
        wrong = np.cumsum(given * self._wrong)
        return Curve(accepted[self._last] / total, wrong[self._last] / total)
