"""How much better a cylinder of its own explains the messages, and what chance alone reaches."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_AT_ONCE = 6_000_000
"""Numbers held in memory for one batch of repeats."""


def likelihood_ratio(observed: Floats, expected: Floats, total: float) -> Floats:
    """Log-likelihood ratio of cylinders.

    0 for one that got no more than expected, and for one message alone, which is no gathering.

    Parameters
    ----------
    observed, expected : float64
        Of one shape.
    total : float
        All messages of the scan.
    """
    found = np.zeros(observed.shape)
    more = (observed > expected) & (observed > 1)
    got, due = observed[more].astype(np.float64), expected[more]
    rest = total - got
    found[more] = got * np.log(got / due) + rest * np.log(np.maximum(rest, 1) / (total - due))
    return found


def likelihoods(
    inside: csr_array, location: Ints, time: Ints, n_periods: int, windows: Ints
) -> Floats:
    """Likelihood ratios of every zone and window.

    Parameters
    ----------
    inside : sparse of shape (n_zones, n_locations)
    location, time : int64 of shape (n_messages,)
        Number of each message's location and period.
    n_periods : int
    windows : int64 of shape (n_windows, 2)
        First period of each, and the one after its last.

    Returns
    -------
    float64 of shape (n_zones, n_windows)
    """
    return _of_times(inside, location, time[None], n_periods, windows)[:, :, 0]


def _of_times(
    inside: csr_array, location: Ints, times: Ints, n_periods: int, windows: Ints
) -> Floats:
    """Likelihood ratios of several dealings of times.

    Parameters
    ----------
    times : int of shape (n_dealings, n_messages)

    Returns
    -------
    float64 of shape (n_zones, n_windows, n_dealings)
    """
    n_dealings, total = times.shape
    n_locations = inside.shape[1]
    first = int(windows[:, 0].min())
    width = n_periods - first
    late = times >= first
    dealing = np.broadcast_to(np.arange(n_dealings)[:, None], times.shape)[late]
    where = np.broadcast_to(location, times.shape)[late]
    spot = (where * width + times[late] - first) * n_dealings + dealing
    counts = np.bincount(spot, minlength=n_locations * width * n_dealings)
    counts = counts.reshape(n_locations, width, n_dealings)
    summed = np.zeros((n_locations, width + 1, n_dealings), dtype=np.float32)
    np.cumsum(counts, axis=1, out=summed[:, 1:])
    window = summed[:, windows[:, 1] - first] - summed[:, windows[:, 0] - first]
    observed = (inside @ window.reshape(n_locations, -1)).reshape(-1, *window.shape[1:])
    in_zone = inside @ np.bincount(location, minlength=n_locations).astype(np.float64)
    # Times are dealt out whole, so a window has the same number of messages in every dealing.
    in_window = window[:, :, :1].sum(axis=0, dtype=np.float64)
    expected = np.broadcast_to(in_zone[:, None, None] * in_window / total, observed.shape)
    return likelihood_ratio(observed, expected, total)


def best_of_repeats(
    inside: csr_array,
    location: Ints,
    time: Ints,
    n_periods: int,
    windows: Ints,
    repeats: int,
    seed: int,
) -> Floats:
    """Greatest likelihood ratio after dealing the times out anew, shape (repeats,).

    Takes what `likelihoods` takes; the same seed gives the same.
    """
    chance = np.random.default_rng(seed)
    width = n_periods - int(windows[:, 0].min())
    each = max(inside.shape[0] * len(windows), inside.shape[1] * width, len(location))
    batch = max(1, _AT_ONCE // each)
    best = []
    for start in range(0, repeats, batch):
        dealt = np.tile(time, (min(batch, repeats - start), 1))
        chance.permuted(dealt, axis=1, out=dealt)
        found = _of_times(inside, location, dealt, n_periods, windows)
        best.append(found.max(axis=(0, 1)))
    return np.concatenate(best) if best else np.empty(0)
