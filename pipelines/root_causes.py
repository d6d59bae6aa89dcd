"""Root causes: what goes wrong, where and when, and who answers for it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import pandas as pd
from scipy import stats

from otklik.pipelines.cause_cells import ANY, CauseCells, count_cause_cells
from otklik.pipelines.cause_choice import Choice, choose_causes
from otklik.pipelines.cause_claims import collect_claims
from otklik.pipelines.cause_places import PlaceSets, find_place_sets
from otklik.pipelines.independent import independent
from otklik.pipelines.snapshot import Snapshot

LEVEL = 0.05
_AGREED = 0.6
"""Share of the messages that know an asset, a recipient or a district and name the same one."""
_NAMED = {"asset": 0.3, "recipient": 0.5, "district": 0.5}
"""Share of all messages that must know it at all."""
_RISES = 0.05
"""Chance above which a topic is left out of a cause: it did not come more often there itself."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A root cause as the counts show it.

    Parameters
    ----------
    topics : tuple of str
        Names of the topics that rise together.
    mechanism : str or None
        Class of cause that its messages and answers state more often than others do.
    unit : str
        What `places` are values of: "street_key", "municipality" or "district".
    places : tuple of str
        Those that rise, the heaviest first.
    asset : str or None
        Name of the asset where the messages name it or their recipient is one of many.
    recipient : str or None
        Who most of the messages went to.
    starts, ends : date
        First day and the day after the last.
    observed : int
        Independent messages in the cell.
    expected : float
        As many as usual, by the rest of the city in the same period.
    log_evidence : float
        Natural logarithm of the evidence for a cause against chance, among all that was tried.
    message_ids : tuple of int
        The independent messages of the cell, in the order of time.
    """

    topics: tuple[str, ...]
    mechanism: str | None
    unit: str
    places: tuple[str, ...]
    asset: str | None
    recipient: str | None
    starts: date
    ends: date
    observed: int
    expected: float
    log_evidence: float
    message_ids: tuple[int, ...]

    @property
    def ratio(self) -> float:
        """How many times more messages than usual."""
        return self.observed / max(self.expected, 0.1)


def find_causes(
    snapshot: Snapshot, *, until: date | None = None, level: float = LEVEL
) -> list[Cause]:
    """Root causes in the messages of a snapshot, the most certain first.

    A cause is a set of topics that one recipient answers for, which come more often than usual
    at several places of one asset or neighbourhood for weeks. What rises in the whole city, in a
    district in all topics, at one address, in one burst or by copies is none.

    Parameters
    ----------
    until : date or None
        First day that is not looked at; the day after the last message where None.
    level : float
        Share of false causes among those returned that is put up with; in a city without any
        cause, the chance of returning one.
    """
    table = snapshot.table
    if until is not None:
        before = pd.Timestamp(until, tz="Europe/Moscow")
        table = table[table["dated_at"] < before]
    voices = table[independent(table)]
    if voices.empty:
        return []
    claims = collect_claims(snapshot, set(voices.index))
    cells = count_cause_cells(voices, claims, until)
    if not cells.topics or not cells.places:
        return []
    sets = find_place_sets(cells)
    causes = (_cause(cells, sets, choice) for choice in choose_causes(cells, sets, level))
    return [cause for cause in causes if cause is not None]


def _cause(cells: CauseCells, sets: PlaceSets, choice: Choice) -> Cause | None:
    """None where places far apart have neither asset nor recipient nor district in common."""
    rows = cells.rows
    period = rows[(rows["week"] >= choice.start) & (rows["week"] < choice.stop)]
    family = _rising(period, choice)
    here = period["place_no"].isin(choice.places)
    members = period[here & period["topic_no"].isin(family)]
    by_place = Counter(members["place_no"])
    places = sorted(choice.places.tolist(), key=lambda place: (-by_place[place], place))
    asset, recipient, district = (_common(members[name], least) for name, least in _NAMED.items())
    best = choice.finding.best_set
    if best >= 0 and sets.own[list(choice.finding.family), best].all():
        asset = sets.names[best][1]
    if not (asset or recipient or district):
        return None
    share = len(members) / max(choice.observed, 1)
    return Cause(
        tuple(cells.topics[topic] for topic in family),
        choice.kind if choice.kind not in ("", ANY) else None,
        cells.unit,
        tuple(cells.places[place] for place in places),
        asset,
        recipient,
        cells.periods.start(choice.start),
        cells.periods.start(choice.stop),
        len(members),
        round(choice.expected * min(share, 1.0), 2),
        round(choice.log_evidence, 2),
        tuple(int(number) for number in members.index),
    )


def _rising(period: pd.DataFrame, choice: Choice) -> tuple[int, ...]:
    """Topics of a choice that come more often at its places themselves; all if none does."""
    family = choice.finding.family
    of_family = period[period["topic_no"].isin(family)]
    here = of_family["place_no"].isin(choice.places)
    elsewhere = max(int((~here).sum()), 1)
    usual = choice.expected / (choice.expected + elsewhere)
    found = []
    for topic in family:
        own = here[of_family["topic_no"] == topic]
        if len(own) and stats.binom.sf(own.sum() - 1, len(own), usual) < _RISES:
            found.append(topic)
    return tuple(found) or family


def _common(values: "pd.Series[str]", least: float) -> str | None:
    """The value that most of those that are known share, if enough are known."""
    known = Counter(value for value in values if isinstance(value, str))
    if known.total() < max(least * len(values), 1):
        return None
    value, times = min(known.items(), key=lambda pair: (-pair[1], pair[0]))
    return value if times >= _AGREED * known.total() else None
