"""Districts that write less than they suffer: by how much their counts are lifted.

A district writes rarely either because it lacks little or because it does not write. Messages
alone cannot tell the two apart for the whole of a district; what is corrected here is the
difference in writing per resident, within a limit that the owner sets, and it is shown.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

PRIOR = 20.0
"""Authors that a district is credited with beforehand, at the city's rate."""

Floats = npt.NDArray[np.float64]


def lifts(
    cells: Floats,
    districts: Sequence[str],
    residents: Mapping[str, float],
    most_lift: float,
) -> Floats:
    """Factor for the counts of every district: 1 at the city's rate of writing, more below it.

    Parameters
    ----------
    cells : float64 of shape (n_candidates, n_districts + 1, n_weeks)
    residents : mapping of str to float
        In any unit; a district that is not listed, or no list at all, is not corrected.
    most_lift : float
        Largest factor; the smallest is its inverse.

    Returns
    -------
    float64 of shape (n_districts + 1,)
        The last, for messages without a district, is 1.
    """
    found = np.ones(len(districts) + 1)
    written = cells.sum(axis=(0, 2))[: len(districts)]
    people = np.array([residents.get(name, 0.0) for name in districts])
    known = people > 0
    if known.sum() < 2 or not written[known].sum():
        return found
    rate = written[known].sum() / people[known].sum()
    expected = people[known] * rate
    ratio = (expected + PRIOR) / (written[known] + PRIOR)
    found[: len(districts)][known] = np.clip(ratio, 1 / most_lift, most_lift)
    return found
