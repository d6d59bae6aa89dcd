"""How far a series runs above or below what is expected of it: a Gamma–Poisson filter.

The ratio of a series to its expectation is Gamma-distributed; each period adds its count and its
expectation to the two parameters, and everything older fades by a discount. Several discounts run
side by side and are averaged by how well they foretold, so steady series keep a long memory and
restless ones a short memory and wide intervals. Exact for counts of 0 to 3 a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from otklik.pipelines.poisson_glm import OUTLYING, anscombe

Floats = npt.NDArray[np.float64]

SHARES = (0.9, 0.97, 0.99, 0.998)
"""Discounts a week for a cell's share of its parent, which changes slowly."""
LEVELS = (0.75, 0.9, 0.97, 0.995)
"""Discounts a week for the level of a whole series."""
_BELIEF = (0.1, 0.2, 0.3, 0.4)
"""Weight of each discount before anything is seen."""
_POOLED = 60.0
"""Periods that the dispersion of all series together counts for in that of one."""
_MOST = 100.0
"""Squared surprise of one period that is believed, so that one outbreak is not the rule."""
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Forecast:
    """What each period was expected to bring, knowing only earlier ones.

    Parameters
    ----------
    mean : float64 of shape (n_series, n_periods)
        Messages.
    doubt : float64 of shape (n_series, n_periods)
        Variance of the mean itself over its square.
    dispersion : float64 of shape (n_series,)
        Variance over mean of counts around their mean, at least 1.
    """

    mean: Floats
    doubt: Floats
    dispersion: Floats


def foretell(
    counts: Floats,
    expected: Floats,
    seen: Floats,
    strength: Floats,
    discounts: Sequence[float] = LEVELS,
) -> Forecast:
    """Forecast every period from those before it.

    Parameters
    ----------
    counts : float64 of shape (n_series, n_periods)
    expected : float64 of shape (n_series, n_periods)
        Above 0.
    seen : float64 of shape (n_periods,)
        1 where a period may be learnt from, 0 where it is missing or under test.
    strength : float64 of shape (n_series,)
        Messages that the belief "the ratio is 1" weighs as much as.
    discounts : sequence of float
        One for each of `_BELIEF`, 0 to 1.
    """
    expected = np.maximum(expected, _LEAST)
    dispersion = np.ones(len(counts))
    for _ in range(2):
        mean, doubt = _run(counts, expected, seen, strength, discounts, dispersion)
        dispersion = _dispersion(counts, mean, doubt, seen)
    return Forecast(mean, doubt, dispersion)


def _run(
    counts: Floats,
    expected: Floats,
    seen: Floats,
    strength: Floats,
    discounts: Sequence[float],
    dispersion: Floats,
) -> tuple[Floats, Floats]:
    fade = np.array(discounts)[:, None]
    belief = np.log(np.array(_BELIEF))[:, None] + np.zeros_like(fade * strength)
    shape, rate = strength + 0 * belief, strength + 0 * belief
    mean, doubt = np.empty_like(expected), np.empty_like(expected)
    for period in range(counts.shape[1]):
        # What is not seen fades all the same.
        shape, rate = strength + fade * (shape - strength), strength + fade * (rate - strength)
        due = expected[:, period]
        each = due * shape / rate
        part = np.exp(belief - belief.max(axis=0))
        part /= part.sum(axis=0)
        mean[:, period] = now = (part * each).sum(axis=0)
        doubt[:, period] = (part * each**2 * (1 + 1 / shape)).sum(axis=0) / now**2 - 1
        if not seen[period]:
            continue
        got = counts[:, period]
        belief += log_likelihood(got, each, dispersion * each + each**2 / shape)
        spread = dispersion + now * doubt[:, period]
        residual = np.maximum(anscombe(got, now) / np.sqrt(spread), OUTLYING)
        trust = (OUTLYING / residual) ** 2 / dispersion
        shape, rate = shape + trust * got, rate + trust * due
    return mean, doubt


def log_likelihood(counts: Floats, mean: Floats, variance: Floats) -> Floats:
    """Log of the negative binomial chance, without the part that depends on the count alone."""
    size = mean**2 / np.maximum(variance - mean, 1e-4 * mean)
    found: Floats = (
        gammaln(counts + size)
        - gammaln(size)
        - size * np.log1p(mean / size)
        + counts * np.log(mean / (size + mean))
    )
    return found


def _dispersion(counts: Floats, mean: Floats, doubt: Floats, seen: Floats) -> Floats:
    """Squared surprise of each series, drawn towards that of all: thin ones say little alone."""
    # A squared residual of a count with mean m varies by 2 + 1/m.
    weight = seen / (1 + 0.5 / mean)
    squares = (counts - mean) ** 2 / (mean + mean**2 * doubt)
    # One outbreak must not widen every interval after it.
    squares = np.minimum(squares, _MOST)
    weight[:, : _warm_up(seen)] = 0
    all_of_them = weight.sum()
    pooled = (weight * squares).sum() / all_of_them if all_of_them > 0 else 1.0
    own = (weight * squares).sum(axis=1) + _POOLED * max(pooled, 1.0)
    found: Floats = np.maximum(own / (weight.sum(axis=1) + _POOLED), 1.0)
    return found


def _warm_up(seen: Floats) -> int:
    """Periods that show how little the filter knew, not how restless the series is."""
    return min(4, int(seen.sum()) // 3)
