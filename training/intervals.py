"""Bootstrap: what a figure would be on another sample of the same size.

Near-duplicates are drawn together: a hundred copies of one text are one piece of evidence.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES = 1000
LEVEL = 0.95


class Estimate(NamedTuple):
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def resample_weights(
    rows: int, groups: npt.ArrayLike | None = None, *, resamples: int = RESAMPLES, seed: int = 7
) -> Iterator[Floats]:
    """How often each row is drawn, float64 of shape (rows,), once per resample.

    Parameters
    ----------
    groups : array-like of int, shape (rows,), or None
        From `near_duplicate_groups`; whole groups are drawn. None: every row is its own group.
    seed : int
        Same seed, same draws.
    """
    rng = np.random.default_rng(seed)
    group_of = np.arange(rows)
    if groups is not None:
        group_of = np.unique(np.asarray(groups), return_inverse=True)[1]
    count = int(group_of.max()) + 1 if rows else 0
    for _ in range(resamples if rows else 0):
        drawn = np.bincount(rng.integers(0, count, count), minlength=count)
        yield drawn.astype(np.float64)[group_of]


def bootstrap(
    figures: Callable[[Floats], Floats],
    rows: int,
    groups: npt.ArrayLike | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 7,
) -> list[Estimate]:
    """Value of each figure with its percentile interval.

    Parameters
    ----------
    figures : callable
        Weights of the rows, float64 of shape (rows,), to figures, float64 of shape (n_figures,);
        a figure that a resample cannot have is nan there.
    """
    value = figures(np.ones(rows))
    drawn = [figures(w) for w in resample_weights(rows, groups, resamples=resamples, seed=seed)]
    if not drawn:
        return [Estimate(float(each), float(each), float(each)) for each in value]
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(np.array(drawn), [tail, 1 - tail], axis=0)
    return [
        Estimate(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True)
    ]
