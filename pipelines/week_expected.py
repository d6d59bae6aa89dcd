"""What a week would be like if nothing had changed: counts with intervals, from the last weeks.

A Gamma–Poisson model: chance, and weeks that differ by a share of their mean, as weather and
holidays make them differ. A sparse cell borrows from what it is part of: without that, a cell that
was empty for eight weeks would expect nothing, and its first message would be an alarm.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]

WEEKS = 8
LEAST_WEEKS = 4
LEVEL = 0.95
PRIOR_WEEKS = 2.0
LEAST_MEAN = 0.02
OWN = 0.75
"""How far eight weeks of one column are believed about its spread, where chance hides nothing."""
_TAIL = (1 - LEVEL) / 2


class Expected(NamedTuple):
    """Arrays of shape (n,): mean, interval of 95 %, chance of as many as observed or more."""

    mean: Floats
    low: Floats
    high: Floats
    p: Floats


def expect(
    history: Floats,
    observed: Floats,
    *,
    prior: Floats | None = None,
    spread: Floats | float | None = None,
) -> Expected:
    """Predict counts of one week from those before it.

    Parameters
    ----------
    history : float64 of shape (weeks, n)
        Counts of the weeks before, at least four.
    observed : float64 of shape (n,)
        Counts of the week.
    prior : float64 of shape (n,), optional
        Weekly mean to start from, worth `PRIOR_WEEKS` weeks.
    spread : float or float64 of shape (n,), optional
        Squared coefficient of variation of the weekly means; see `spread_of`, which gives it where
        it is not given.

    Returns
    -------
    Expected
        NaN everywhere where the history is shorter than four weeks.
    """
    weeks = len(history)
    if weeks < LEAST_WEEKS or not observed.size:
        nothing = np.full(observed.shape, np.nan)
        return Expected(nothing, nothing, nothing, nothing)
    worth = PRIOR_WEEKS if prior is not None else 0.0
    start = prior * worth if prior is not None else 0.0
    mean = np.maximum((history.sum(axis=0) + start) / (weeks + worth), LEAST_MEAN)
    varies = spread_of(history) if spread is None else spread
    # The weeks differ, and the mean itself is known from few of them.
    variance = mean * (1 + varies * mean) * (1 + 1 / (weeks + worth))
    size = mean**2 / (variance - mean)
    chance = size / (size + mean)
    low, high = (stats.nbinom.ppf(part, size, chance) for part in (_TAIL, 1 - _TAIL))
    return Expected(mean, low, high, stats.nbinom.sf(observed - 1, size, chance))


def spread_of(history: Floats) -> Floats:
    """How far the means of weeks differ: squared coefficient of variation, float64 of shape (n,).

    Eight weeks tell little about it, and nothing where chance alone differs more: each column is
    drawn to what all show together, a thin one wholly. A spread that were the same share of the
    variance for all would drown small sectors in the noise of the largest.
    """
    mean = np.maximum(history.mean(axis=0), LEAST_MEAN)
    own = (history.var(axis=0, ddof=1) / mean - 1) / mean
    common = max(0.0, float(np.average(own, weights=mean)))
    seen = mean * common
    weight = OWN * seen / (1 + seen)
    return np.asarray(np.maximum(0.0, common + weight * (own - common)), dtype=np.float64)


def false_discovery(p: Floats) -> Floats:
    """Benjamini–Hochberg: the share of false alarms among all that are as surprising or more."""
    known = ~np.isnan(p)
    q = np.full(p.shape, np.nan)
    if known.any():
        q[known] = stats.false_discovery_control(np.clip(p[known], 0.0, 1.0))
    return q


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """Jeffreys interval of 95 % of a share; its ends are 0 and 1 where none or all were hits."""
    low = stats.beta.ppf(_TAIL, hits + 0.5, of - hits + 0.5) if hits else 0.0
    high = stats.beta.ppf(1 - _TAIL, hits + 0.5, of - hits + 0.5) if hits < of else 1.0
    return float(low), float(high)


def expect_hits(hits: int, of: int, trials: int) -> tuple[float, float, float]:
    """How many of `trials` would be hits if the share stayed what it was: mean, low, high."""
    first, second = hits + 0.5, of - hits + 0.5
    mass = stats.betabinom.pmf(np.arange(trials + 1), trials, first, second).cumsum()
    low, high = np.searchsorted(mass, [_TAIL, 1 - _TAIL])
    return trials * first / (first + second), float(low), float(min(high, trials))
