"""How loud the encoder and the n-grams speak: two gains per head, fitted on calibration texts."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Floats = npt.NDArray[np.float32]
Shares = npt.NDArray[np.float32]


class Gains(NamedTuple):
    """Factors of the logits of both branches."""

    dense: float
    lexical: float


def fit_gains(dense: Floats, lexical: Floats, wanted: Shares) -> Gains:
    """Gains under which the wanted labels are likeliest.

    Parameters
    ----------
    dense, lexical : float32 of shape (n, k)
        Logits of both branches for texts that neither was fitted on.
    wanted : float32 of shape (n, k)
        Shares of the classes, rows of sum 1.

    Raises
    ------
    ValueError
        No text.
    """
    if not len(wanted):
        raise ValueError("no calibration text has a label of this head; gains need some.")

    def loss(logs: npt.NDArray[np.float64]) -> float:
        logits = np.exp(logs[0]) * dense + np.exp(logs[1]) * lexical
        top = logits.max(axis=1)
        mass = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
        return float((mass * wanted.sum(axis=1) - (wanted * logits).sum(axis=1)).mean())

    best = minimize(loss, np.log([0.7, 0.7]), method="Nelder-Mead", options={"xatol": 1e-2})
    return Gains(*(float(gain) for gain in np.exp(best.x)))


def one_hot(numbers: npt.NDArray[np.int64], classes: int) -> Shares:
    """Class numbers as shares: float32 of shape (n, classes); -1 becomes a row of zeros."""
    shares = np.zeros((len(numbers), classes), dtype=np.float32)
    known = np.flatnonzero(numbers >= 0)
    shares[known, numbers[known]] = 1
    return shares
