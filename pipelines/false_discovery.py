"""How surprising counts are, and how many surprises are believed at a stated level."""

import math

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]

_EVEN = 0.02
"""Share of the level that goes to all cells alike, whatever can be found in them."""


def upper_p(counts: Floats, mean: Floats, variance: Floats) -> Floats:
    """Mid-p of a count this high or higher: half of the chance of the very count is given away.

    Counts are discrete: without the half, thin cells would never reach the level that is stated.

    Parameters
    ----------
    counts, mean, variance : float64 of shape (n,)
        The variance is not below the mean; the law is Poisson where they agree, else negative
        binomial.
    """
    size, chance = _law(mean, variance)
    above = stats.nbinom.sf(counts, size, chance)
    found: Floats = above + 0.5 * stats.nbinom.pmf(counts, size, chance)
    return found


def interval(mean: Floats, variance: Floats, cover: float = 0.9) -> tuple[Floats, Floats]:
    """Least and greatest count of a prediction interval, both included."""
    size, chance = _law(mean, variance)
    tail = (1 - cover) / 2
    return stats.nbinom.ppf(tail, size, chance), stats.nbinom.isf(tail, size, chance)


def _law(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    mean = np.maximum(mean, 1e-9)
    size = mean**2 / np.maximum(variance - mean, 1e-6 * mean)
    return size, size / (size + mean)


def benjamini_hochberg(p: Floats, weights: Floats | None = None) -> Floats:
    """Least level of false discovery at which each test is believed.

    Parameters
    ----------
    p : float64 of shape (n,)
    weights : float64 of shape (n,), optional
        Mean 1, chosen without looking at what is tested (Genovese, Roeder and Wasserman 2006).

    Returns
    -------
    float64 of shape (n,)
        q values, 0 to 1.
    """
    if not len(p):
        return np.empty(0)
    weighed = p if weights is None else p / np.maximum(weights, 1e-12)
    order = np.argsort(weighed, kind="stable")
    raised = weighed[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return q


def weights_for(mean: Floats, dispersion: Floats, surplus: Floats, level: float = 0.1) -> Floats:
    """Weights that spend the level where a surplus can just be found.

    A cell in which the surplus is plain at any level, or hopeless at any, needs little of it.

    Parameters
    ----------
    mean, dispersion : float64 of shape (n,)
        What is expected, from the past alone, and variance over mean.
    surplus : float64 of shape (n,)
        Messages above `mean` that are worth finding.
    """
    n = len(mean)
    if not n:
        return np.empty(0)
    # Square roots of counts have the same spread everywhere.
    effect = 2 * (np.sqrt(mean + surplus) - np.sqrt(mean)) / np.sqrt(dispersion)
    effect = np.maximum(effect, 0.1)

    def spent(price: float) -> Floats:
        found: Floats = stats.norm.sf(effect / 2 + price / effect) * n / level
        return found

    low, high = -50.0, 200.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle).mean() > 1 else (low, middle)
    aimed = spent((low + high) / 2)
    total = aimed.mean()
    if not math.isfinite(total) or total <= 0:
        return np.ones(n)
    found: Floats = _EVEN + (1 - _EVEN) * aimed / total
    return found
