"""What a week would be like if nothing had changed: counts with intervals, from the last weeks.

A Gamma–Poisson model widened by how much weeks really differ. A sparse cell borrows from what it is
part of: without that, a cell that was empty for eight weeks would expect nothing, and its first
message would be an alarm.
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
    dispersion: float | None = None,
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
    dispersion : float, optional
        Variance over mean; found in the history of each column where it is not given.

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
    phi = dispersion_of(history) if dispersion is None else dispersion
    # The weeks differ (phi), and the mean itself is known from few of them.
    variance = mean * phi * (1 + 1 / (weeks + worth))
    size = mean**2 / (variance - mean)
    chance = size / (size + mean)
    low, high = (stats.nbinom.ppf(part, size, chance) for part in (_TAIL, 1 - _TAIL))
    return Expected(mean, low, high, stats.nbinom.sf(observed - 1, size, chance))


def dispersion_of(history: Floats) -> Floats:
    """Variance over mean of each column, never below 1; float64 of shape (n,).

    Eight weeks tell little about it: it is drawn half-way to what all columns together show.
    """
    mean = np.maximum(history.mean(axis=0), LEAST_MEAN)
    own = history.var(axis=0, ddof=1) / mean
    common = np.average(own, weights=mean)
    return np.asarray(np.maximum(1.0, (own + common) / 2), dtype=np.float64)


def common_dispersion(history: Floats) -> float:
    """Variance over mean of many thin columns together, never below 1."""
    mean = history.mean(axis=0)
    if len(history) < 2 or not mean.sum():
        return 1.0
    return max(1.0, float(history.var(axis=0, ddof=1).sum() / mean.sum()))


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
