"""Which values of a dimension changed on their own while the others changed alike."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_NAMED = 8
_HALF = 0.5
_ANSCOMBE = 3 / 8
_OUTLYING = 6.0
_CALM = 10.0
"""Values of dispersion 1 that are counted in."""


def split(
    before: Floats, after: Floats, scale: float, sign: int, known: Bools
) -> tuple[float, tuple[int, ...]]:
    """Choose the values to name, and what naming them gains.

    Either all values got the same multiple of what they had before, or the named ones another
    multiple than the rest. Named are those with the greatest standardised residuals of the sign,
    as many as gain the most.

    Parameters
    ----------
    before, after : float64 of shape (n_values,)
        Messages, as counted.
    scale : float
        Length of the later period over that of the earlier one.
    sign : int
        1 to name values that rose, -1 for those that fell.
    known : bool of shape (n_values,)
        Values that may be named: that a message has no district explains nothing.

    Returns
    -------
    float
        Log-likelihood gained over the dispersion of all but the most surprising value, less
        ln C(n, k) for the choice of k values of n and one for their multiple; 0 where nothing is
        named.
    tuple of int
        Numbers of the named values, the most surprising first.
    """
    n = int(known.sum())
    if len(before) < 2 or not before.sum() or not after.sum():
        return 0.0, ()
    # Counts before are as uncertain as those after: both together weigh as if only one were.
    due, got = (before + _HALF) * scale / (1 + scale), after / (1 + scale)
    common = got.sum() / due.sum()
    residual = (got - common * due) / np.sqrt(common * due)
    order = np.argsort(np.where(known, -sign * residual, np.inf), kind="stable")
    dispersion = _dispersion(due[order[1:]], got[order[1:]])
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    for k in range(1, min(MOST_NAMED, n, len(before) - 1) + 1):
        chosen, rest = order[:k], order[k:]
        if sign * residual[chosen[-1]] <= 0:
            break
        gained = (
            _likelihood(due[chosen].sum(), got[chosen].sum())
            + _likelihood(due[rest].sum(), got[rest].sum())
            - _likelihood(due.sum(), got.sum())
        )
        gain = gained / dispersion - _price(n, k)
        if gain > best[0]:
            best = (float(gain), tuple(chosen.tolist()))
    return best


def _likelihood(due: float, got: float) -> float:
    """Greatest Poisson log-likelihood of a multiple of `due`, without what is common to all."""
    return got * math.log(got / due) if got > 0 else 0.0


def _dispersion(due: Floats, got: Floats) -> float:
    """Dispersion around one multiple, at least 1; that of a few values is drawn towards 1.

    Of square roots, which spread alike in thick and thin values.
    """
    if not got.sum():
        return 1.0
    fitted = due * got.sum() / due.sum()
    squares = 4 * (np.sqrt(got + _ANSCOMBE) - np.sqrt(fitted + _ANSCOMBE)) ** 2
    summed = float(np.minimum(squares, _OUTLYING).sum())
    return max(1.0, (summed + _CALM) / (len(due) - 1 + _CALM))


def _price(n: int, k: int) -> float:
    return 1.0 + math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
