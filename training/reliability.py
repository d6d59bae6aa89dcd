"""Whether «0.8» is right in 8 of 10 cases: expected calibration error of the first answer."""

from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bins = Literal["mass", "width"]

BINS = 15


class Reliability:
    """First answers in bins of confidence, weighed anew at will (for resampling).

    Parameters
    ----------
    confidence : float64 of shape (n,)
        Probability of the first answer, 0 to 1.
    correct : bool of shape (n,)
    bins : {"width", "mass"}
        15 bins of equal width (Guo et al. 2017), which is what papers print and we report; or 15
        bins of equally many answers, which no empty bin can flatter. Equal confidences share a
        bin.
    """

    def __init__(
        self, confidence: Floats, correct: npt.NDArray[np.bool_], bins: Bins = "width"
    ) -> None:
        if bins == "width":
            edges = np.linspace(0, 1, BINS + 1)[1:-1]
        else:
            edges = np.quantile(confidence, np.linspace(0, 1, BINS + 1)[1:-1])
        self._bin = np.searchsorted(edges, confidence, side="left")
        self._confidence = confidence
        self._correct = correct.astype(np.float64)

    def table(self, weights: Floats | None = None) -> tuple[Floats, Floats, Floats]:
        """Weight, mean confidence and accuracy of each bin, float64 of shape (15,).

        An empty bin has the weight 0 and nan for the rest.
        """
        given = np.ones(len(self._bin)) if weights is None else weights
        mass, stated, right = (
            np.bincount(self._bin, weights=each, minlength=BINS).astype(np.float64)
            for each in (given, given * self._confidence, given * self._correct)
        )
        filled = np.where(mass > 0, mass, np.nan)
        return mass, stated / filled, right / filled

    def error(self, weights: Floats | None = None) -> float:
        """Mean distance between confidence and accuracy over bins, each by its weight."""
        mass, stated, right = self.table(weights)
        if not mass.sum():
            return 0.0
        return float(np.nansum(mass * np.abs(stated - right)) / mass.sum())
