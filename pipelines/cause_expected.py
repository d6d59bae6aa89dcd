"""How many messages a topic would bring at a place in a period if nothing were wrong there.

A topic may rise in the whole city (season, weekday, trend, a campaign) and a district may rise in
all topics: neither is a cause at a place. So the city's own count of the topic in the period is
shared out among places by what they usually write, by what their district writes in that period,
and by how much they write of this topic in the rest of the time.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.pipelines.cause_cells import CauseCells, Counts

LENGTHS = (3, 4, 6, 8, 11)
"""Weeks of a period."""
_OWN_LEVEL = 8.0
"""Expected messages that the usual level of a place weighs as much as."""
_CLAIM_WEIGHT = 30.0
_ROUNDS = 5
_TRIMMED = 0.98
_DISPERSION_WEEKS = 4

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Expected:
    """Observed and expected counts of every topic, period and place.

    Parameters
    ----------
    starts, stops : int64 of shape (n_windows,)
        First week of each period and the week after its last.
    counts, expected : float32 of shape (n_topics, n_windows, n_places)
    claimed : float32 of shape (n_kinds, n_topics, n_windows, n_places)
    claim_rate : float32 of shape (n_kinds, n_topics, n_windows)
        Share of the topic's messages outside the period that state a cause of the kind.
    dispersion : float32 of shape (n_topics,)
        Variance of counts in expected counts, 1 at the least.
    """

    starts: Ints
    stops: Ints
    counts: Counts
    claimed: Counts
    expected: Counts
    claim_rate: Counts
    dispersion: Counts


def expect_places(cells: CauseCells) -> Expected:
    """Count and expect every topic, period and place."""
    counts, claimed = cells.counts, cells.claimed
    starts, stops = windows(counts.shape[1])
    share = usual_share(counts)
    weights = share * _district_factors(cells, share, starts, stops)
    weights /= weights.sum(axis=1, keepdims=True)
    within = _summed(counts, starts, stops)
    claimed_within = np.array([_summed(of_kind, starts, stops) for of_kind in claimed])
    expected = _own_level(counts, within, share) * weights
    expected *= (within.sum(axis=2) / expected.sum(axis=2))[:, :, None]
    return Expected(
        starts,
        stops,
        within,
        claimed_within,
        expected,
        np.array(
            [
                _claim_rate(counts, of_kind, within, of_kind_within)
                for of_kind, of_kind_within in zip(claimed, claimed_within, strict=True)
            ]
        ),
        _dispersion(within, expected, starts, stops),
    )


def windows(n_weeks: int) -> tuple[Ints, Ints]:
    """First weeks and ends of all periods that fit."""
    pairs = [
        (start, start + length)
        for length in LENGTHS
        for start in range(n_weeks - min(length, n_weeks) + 1)
        if length <= n_weeks or length == LENGTHS[0]
    ]
    starts, stops = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return starts, np.minimum(stops, n_weeks)


def usual_share(counts: Counts) -> Counts:
    """Share of all messages that each place writes, cells far above it clipped.

    Parameters
    ----------
    counts : float32 of shape (n_topics, n_weeks, n_places)

    Returns
    -------
    float32 of shape (n_places,)
    """
    whole = counts.sum(axis=1)
    clipped: Counts = whole
    for _ in range(_ROUNDS):
        expected = clipped.sum(axis=1, keepdims=True) * clipped.sum(axis=0) / clipped.sum()
        clipped = np.minimum(whole, expected + 3 * np.sqrt(expected) + 1)
    share: Counts = (clipped.sum(axis=0) + 0.5) / (clipped.sum() + 0.5 * clipped.shape[1])
    return share


def _summed(counts: Counts, starts: Ints, stops: Ints) -> Counts:
    padded = np.zeros((counts.shape[0], counts.shape[1] + 1, counts.shape[2]), np.float32)
    np.cumsum(counts, axis=1, out=padded[:, 1:])
    found: Counts = padded[:, stops] - padded[:, starts]
    return found


def _district_factors(cells: CauseCells, share: Counts, starts: Ints, stops: Ints) -> Counts:
    """How much more than usual each place's district writes of everything in each period."""
    rows = cells.rows.dropna(subset=["district"])
    if rows.empty or cells.unit == "district":
        return np.ones((len(starts), len(share)), np.float32)
    most = rows.groupby(["place_no", "district"]).size().reset_index(name="n")
    most = most.sort_values(["place_no", "n", "district"], ascending=[True, False, True])
    district = most.drop_duplicates("place_no").set_index("place_no")["district"]
    all_topics = _summed(cells.counts.sum(axis=0, keepdims=True), starts, stops)[0]
    factors: Counts = np.ones_like(all_topics)
    for name in sorted(district.unique()):
        members = district.index[district == name].to_numpy()
        usual = all_topics.sum(axis=1) * share[members].sum()
        now = all_topics[:, members].sum(axis=1)
        factors[:, members] = ((now + 5) / (usual + 5))[:, None]
    return factors


def _own_level(counts: Counts, within: Counts, share: Counts) -> Counts:
    """Level of each topic at each place outside each period, drawn towards 1."""
    outside = counts.sum(axis=1)[:, None, :] - within
    usual = outside.sum(axis=2, keepdims=True) * share
    level: Counts = (outside + _OWN_LEVEL) / (usual + _OWN_LEVEL)
    return level


def _claim_rate(counts: Counts, claimed: Counts, within: Counts, claimed_within: Counts) -> Counts:
    """Outside the period, drawn towards the whole topic: a season may leave little outside."""
    everywhere = claimed.sum() / max(counts.sum(), 1.0) + 1e-3
    of_topic, in_topic = claimed.sum(axis=(1, 2)), counts.sum(axis=(1, 2))
    usual = (of_topic + _CLAIM_WEIGHT * everywhere) / (in_topic + _CLAIM_WEIGHT)
    stated = of_topic[:, None] - claimed_within.sum(axis=2)
    outside = in_topic[:, None] - within.sum(axis=2)
    rate: Counts = (stated + _CLAIM_WEIGHT * usual[:, None]) / (outside + _CLAIM_WEIGHT)
    return rate


def _dispersion(within: Counts, expected: Counts, starts: Ints, stops: Ints) -> Counts:
    """Robust: a real cause in a few cells does not make its whole topic restless."""
    apart = np.flatnonzero(
        (stops - starts == _DISPERSION_WEEKS) & (starts % _DISPERSION_WEEKS == 0)
    )
    if not len(apart) or not within.size:
        return np.ones(len(within), np.float32)
    mean = expected[:, apart].reshape(len(within), -1)
    squares = (within[:, apart].reshape(mean.shape) - mean) ** 2
    limit = np.quantile(squares, _TRIMMED, axis=1, keepdims=True)
    kept = squares <= limit
    ratio = (squares * kept).sum(axis=1) / np.maximum((mean * kept).sum(axis=1), 1e-6)
    found: Counts = np.maximum(ratio, 1).astype(np.float32)
    return found
