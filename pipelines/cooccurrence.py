"""Topics that rise together in place and time: pairs tested against what would be expected."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from otklik.pipelines.false_discovery import benjamini_hochberg, upper_p
from otklik.pipelines.topic_rises import STEP_DAYS, STEPS, Rises, find_rises

LEVELS = ("street_key",)
FALSE_DISCOVERY = 0.1
COVER = 0.9
RAISED, LEAST_IN_PLACE = 1.0, 2
"""Log likelihood ratio and messages from which a place counts as one where a topic rises."""
LEAST_MESSAGES, LEAST_RATIO = 12, 2.5
"""A rise must have so many messages, and so many times what is expected, to look for others in."""
LEAST_PLACES = 3
LEAST_EXPECTED = 0.5
"""Topics of which less is expected there are not tested: two of their messages prove nothing."""
AKIN_WEIGHT = 10.0
"""Topics of one group or recipient break together more often: they get more of the level."""
_REGIONS = 2
"""Rises a topic that others are looked for in: its strongest ones that do not overlap."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RisingPair:
    """A topic that rises where and when another one does.

    Parameters
    ----------
    leader, topic : str
        Places and weeks were chosen by the leader's rise alone; the topic is tested in them.
    level : str
        Column that the places come from.
    starts, ends : Timestamp
        First day of the weeks, and the day after the last.
    places : tuple of str
        Where the leader rises, the strongest first.
    count, expected : int, float
        Messages of the topic there and then but for its best place, and how many there would be
        if it kept its own places and seasons and the places were as busy as they are.
    ratio, low, high : float
        Count over expected, with an exact Poisson interval of `COVER` widened by the topic's own
        dispersion.
    p, q : float
        Chance of as many, and false discovery over everything that was tested.
    message_ids : tuple of int
        Messages of both topics there and then.
    """

    leader: str
    topic: str
    level: str
    starts: pd.Timestamp
    ends: pd.Timestamp
    places: tuple[str, ...]
    count: int
    expected: float
    ratio: float
    low: float
    high: float
    p: float
    q: float
    message_ids: tuple[int, ...]


@dataclass(frozen=True)
class _Region:
    """Where and when a topic rises; `p` of the topics that are `tested` in it."""

    rises: Rises
    leader: int
    window: int
    places: tuple[int, ...]
    own: float
    own_expected: float
    tested: npt.NDArray[np.int64]
    counts: Floats
    expected: Floats
    p: Floats

    @property
    def weights(self) -> Floats:
        """How much of the level each test deserves."""
        akin = self.rises.akin[self.leader, self.tested]
        weights: Floats = np.where(akin, AKIN_WEIGHT, 1.0)
        return weights


def find_pairs(
    table: pd.DataFrame,
    *,
    levels: Sequence[str] = LEVELS,
    false_discovery: float = FALSE_DISCOVERY,
) -> list[RisingPair]:
    """Find topics that rise where others do, the least false discovery first.

    A pair must show in several places: two troubles of one place may meet by chance.

    Parameters
    ----------
    table : DataFrame
        Of a `Snapshot`.
    levels : sequence of str
        Columns of places, each tested; of two topics the plainest finding is given.
    false_discovery : float
        Level of Benjamini and Hochberg over every topic in every rise of every other, weighed for
        topics akin.
    """
    regions = [
        region
        for level in levels
        if (rises := find_rises(table, level)) is not None
        for region in _regions(rises)
    ]
    if not regions:
        return []
    weights = np.concatenate([region.weights for region in regions])
    p = np.concatenate([region.p for region in regions])
    q = benjamini_hochberg(p, weights / weights.mean() if len(p) else None)
    pairs: list[RisingPair] = []
    start = 0
    for region in regions:
        own = q[start : start + len(region.p)]
        start += len(region.p)
        believed = np.flatnonzero(own <= false_discovery)
        pairs += [_pair(region, int(row), float(own[row])) for row in believed]
    pairs.sort(key=lambda pair: (pair.q, pair.p, pair.leader, pair.topic, pair.level))
    best: dict[frozenset[str], RisingPair] = {}
    for pair in pairs:
        best.setdefault(frozenset((pair.leader, pair.topic)), pair)
    return list(best.values())


def rising_beside(
    rises: Rises,
    topic: str,
    places: Collection[str],
    at: pd.Timestamp,
    false_discovery: float = FALSE_DISCOVERY,
) -> list[RisingPair]:
    """Find topics that rise beside a trouble that is known: far fewer tests than of all pairs.

    Parameters
    ----------
    rises : Rises
        Of the whole city, from `find_rises`.
    topic : str
        The trouble's own topic.
    places : collection of str
        Where it is, values of `rises.level`; those that are not known are passed over.
    at : Timestamp
        Middle of its weeks, UTC.
    """
    there = np.isin(np.array(rises.places, object), list(places))
    if topic not in rises.topics or there.sum() < LEAST_PLACES or there.all():
        return []
    middles = rises.starts + pd.Timedelta(days=STEP_DAYS * STEPS / 2)
    window = int(np.argmin(np.abs(middles - at)))
    region = _region(rises, rises.topics.index(topic), window, there)
    q = benjamini_hochberg(region.p, region.weights / region.weights.mean())
    believed = np.flatnonzero(q <= false_discovery)
    pairs = [_pair(region, int(row), float(q[row])) for row in believed]
    return sorted(pairs, key=lambda pair: (pair.q, pair.p, pair.topic))


def _regions(rises: Rises) -> Iterator[_Region]:
    """Rises of every topic with the chance of every other topic's count in them."""
    plain = (rises.strength >= RAISED) & (rises.counts >= LEAST_IN_PLACE)
    raised = np.where(plain, rises.strength, 0.0)
    for leader, score in enumerate(raised.sum(axis=2).T):
        free = score > 0
        for _ in range(_REGIONS):
            if not free.any():
                break
            window = int(np.argmax(np.where(free, score, 0.0)))
            free[max(0, window - STEPS + 1) : window + STEPS] = False
            there = raised[window, leader] > 0
            if there.sum() < LEAST_PLACES or there.all():
                continue
            region = _region(rises, leader, window, there)
            if region.own >= LEAST_MESSAGES and region.own >= LEAST_RATIO * region.own_expected:
                yield region


def _region(rises: Rises, leader: int, window: int, there: npt.NDArray[np.bool_]) -> _Region:
    by_place = rises.counts[window][:, there]
    means, unsure = rises.expected_in(window, there)
    own, own_expected = float(by_place[leader].sum()), float(means[leader].sum())
    # A trouble of one place that meets the rise by chance: a topic's best place does not count.
    best = (by_place - means).argmax(axis=1)[:, None]
    counts = by_place.sum(axis=1) - np.take_along_axis(by_place, best, 1)[:, 0]
    expected = means.sum(axis=1) - np.take_along_axis(means, best, 1)[:, 0]
    tested = np.flatnonzero(means.sum(axis=1) >= LEAST_EXPECTED)
    tested = tested[tested != leader]
    spread = rises.dispersion * expected + unsure * expected**2
    order = np.argsort(-rises.strength[window, leader], kind="stable")
    return _Region(
        rises,
        leader,
        window,
        tuple(int(place) for place in order if there[place]),
        own,
        own_expected,
        tested,
        counts,
        expected,
        upper_p(counts[tested], expected[tested], spread[tested]),
    )


def _pair(region: _Region, row: int, q: float) -> RisingPair:
    rises, window, topic = region.rises, region.window, int(region.tested[row])
    count, mean = int(region.counts[topic]), float(region.expected[topic])
    low, high = _interval(count, float(rises.dispersion[topic]))
    starts = rises.starts[window]
    return RisingPair(
        leader=rises.topics[region.leader],
        topic=rises.topics[topic],
        level=rises.level,
        starts=starts,
        ends=starts + pd.Timedelta(days=STEP_DAYS * STEPS),
        places=tuple(rises.places[place] for place in region.places),
        count=count,
        expected=mean,
        ratio=count / mean,
        low=low / mean,
        high=high / mean,
        p=float(region.p[row]),
        q=q,
        message_ids=rises.ids(window, (region.leader, topic), region.places),
    )


def _interval(count: int, dispersion: float) -> tuple[float, float]:
    """Exact Poisson interval of a count that varies `dispersion` times as much."""
    tail = (1 - COVER) / 2
    effective = count / dispersion
    low = float(stats.chi2.ppf(tail, 2 * effective)) / 2 * dispersion
    high = float(stats.chi2.ppf(1 - tail, 2 * effective + 2)) / 2 * dispersion
    return low, high
