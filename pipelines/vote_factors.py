"""What speaks for a question, each from 0 to 1 and each shown."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SMALL = 5.0
"""Authors below which a ratio of districts says nothing."""
MOST_IMPORTANT = 5
DEAREST = 4


def counted_factors(
    cells: Floats, active: Floats, lift: Floats, expected: Floats, scale: float
) -> Floats:
    """Burden, reach, persistence, spread and inequity.

    Parameters
    ----------
    cells : float64 of shape (…, n_candidates, n_districts + 1, n_weeks)
        Authors by district and week of their first message; leading axes are draws.
    active : float64 of shape (…, n_candidates, n_weeks)
        Authors who wrote in a week, whenever they began.
    lift : float64 of shape (n_districts + 1,)
        Correction for districts that write little.
    expected : float64 of shape (n_candidates,)
        Authors that such a candidate has in such a period anyway.
    scale : float
        Authors that count as 1 in burden and reach.

    Returns
    -------
    float64 of shape (…, n_candidates, 5)
    """
    lifted = cells * lift[:, None]
    by_district = lifted.sum(axis=-1)
    total = by_district.sum(axis=-1)
    top = np.log1p(scale)
    burden = np.log1p(np.maximum(total - expected, 0)) / top
    reach = np.log1p(total) / top
    alive = 1 - np.exp(-active)  # half an author is half a week
    persistence = alive.mean(axis=-1) if active.shape[-1] else np.zeros_like(total)
    spread, inequity = _districts(by_district[..., :-1])
    stacked = np.stack([burden, reach, persistence, spread, inequity], axis=-1)
    clipped: Floats = np.clip(stacked, 0.0, 1.0)
    return clipped


def _districts(by_district: Floats) -> tuple[Floats, Floats]:
    """Effective share of the districts, and how far the most troubled one stands out."""
    count = by_district.shape[-1]
    total = by_district.sum(axis=-1)
    if count < 2:
        return np.zeros_like(total), np.zeros_like(total)
    share = by_district / np.maximum(total, 1e-12)[..., None]
    entropy = -np.sum(np.where(share > 0, share * np.log(np.maximum(share, 1e-12)), 0), axis=-1)
    spread = np.where(total > 0, (np.exp(entropy) - 1) / (count - 1), 0.0)
    even = total / count
    peak = (by_district.max(axis=-1) + SMALL) / (even + SMALL)
    inequity = np.log(peak) / np.log(count)
    return spread, inequity


def fixed_factors(importance: Floats, cost: npt.NDArray[np.int64], divided: Floats) -> Floats:
    """Importance, solvable and divided: float64 of shape (n_candidates, 3).

    Parameters
    ----------
    importance : float64 of shape (n_candidates,)
        Mean of the messages', 1 to 5.
    cost : int64 of shape (n_candidates,)
        Class of the budget, 1 to 4.
    divided : float64 of shape (n_candidates,)
        From 0 to 1.
    """
    weight = (np.nan_to_num(importance, nan=1.0) - 1) / (MOST_IMPORTANT - 1)
    solvable = 1 - (cost - 1) / (DEAREST - 1)
    return np.clip(np.stack([weight, solvable, divided], axis=-1), 0.0, 1.0)
