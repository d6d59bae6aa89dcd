"""Which event a message tells of: many reports of one burst pipe or outage become one incident.

A message joins the event that explains it better than chance does. Both are densities: how soon the
next report of this event is due and how near the event is, against how often messages of this kind
come anyway. The logarithm of their ratio is the gain of the link; gains of independent authors add
up, and what outweighs the odds against a mass incident is flagged.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from otklik.models.incident_event import FIRST_GAP_S, Event
from otklik.models.incident_families import family_topics
from otklik.models.incident_place import NEVER, place_between, place_gain
from otklik.models.incident_rates import Rates
from otklik.models.incident_signal import Signal

LEAST_SHARE = 0.1
"""A family that is less likely than this is not looked for."""
_TAIL = 1.0
LIKE, LONE, STEEP, MOST_SENSE = 0.67, 0.1, 8.0, 2.0
"""Measured with the encoder that ships: messages of one topic, of one event and of others."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What may be set.

    Parameters
    ----------
    prior : float
        Odds that a message is the first of a mass incident.
    odds : float
        Odds at which an event is flagged.
    authors : int
        Independent messages that an incident takes.
    first_gain : float
        What a link must gain while an event is not proven yet; later any gain does.
    most_gain : float
        No single link counts for more.
    """

    prior: float = 1e-3
    odds: float = 20.0
    authors: int = 3
    first_gain: float = 1.0
    most_gain: float = 7.0


@dataclass(frozen=True, slots=True)
class Linked:
    """Where a message went; `event` is its own where it opened one."""

    event: Event
    gain: float
    independent: bool
    flags: bool
    absorbed: tuple[int, ...] = ()


class Matcher:
    """Open events and rates; takes messages in the order in which they come.

    Parameters
    ----------
    rates : Rates
        How often messages of each family come anyway.
    events : iterable of Event
        Those that are open.
    """

    def __init__(
        self, rates: Rates, events: Iterable[Event] = (), tuning: Tuning | None = None
    ) -> None:
        self.rates = rates
        self.tuning = tuning or Tuning()
        self._open: dict[str, list[Event]] = {}
        for event in events:
            self._open.setdefault(event.family, []).append(event)

    def take(self, signal: Signal) -> Linked:
        """Find the event of a message, or open one; the work grows with the open events alone."""
        best, gain, odds = None, -math.inf, -math.inf
        rates = {topic: self.rates.per_second(topic, signal.at) for topic in signal.topics}
        for family in self._families(signal):
            for event in self._of(family, signal.at):
                found = self._gain(signal, event, rates)
                if found < self._threshold(event):
                    continue
                # A proven event draws a message more than a coincidence that lies nearer.
                likely = found + _log_chance(event.evidence)
                if likely > odds or (likely == odds and best and event.number < best.number):
                    best, gain, odds = event, found, likely
        if best is None:
            return self._opened(signal)
        independent = best.add(signal, min(gain, self.tuning.most_gain))
        flags = best.flagged_at is None and self._is_proven(best)
        if flags:
            best.flagged_at = signal.at
        if best.flagged_at is None or flags or signal.at > best.first_at + _FRESH:
            # First reports of a known incident say nothing of what comes anyway; were later ones
            # not counted either, an event that feeds on what comes anyway would never end.
            self.rates.count(signal.topic, signal.at)
        event, absorbed = self._join(best, signal.at)
        return Linked(event, gain, independent, flags and event is best, absorbed)

    def _families(self, signal: Signal) -> list[str]:
        likely = [name for name, share in signal.families.items() if share >= LEAST_SHARE]
        return likely or [signal.family]

    def _of(self, family: str, at: datetime) -> list[Event]:
        """Events of a family that are open at a moment; those long over are forgotten."""
        events = self._open.get(family)
        if not events:
            return []
        kept = [event for event in events if event.closes_at + _LATE > at]
        if len(kept) < len(events):
            self._open[family] = kept
        return [event for event in kept if event.closes_at >= at]

    def _gain(self, signal: Signal, event: Event, rates: Mapping[str, float]) -> float:
        """Logarithm of how much better the event explains the message than chance."""
        place = place_gain(signal, event)
        if place == NEVER:
            return NEVER
        soon = _soon(event, event.gap_to(signal.at))
        return soon + place + _topic(event, signal.topics, rates) + _sense(signal, event)

    def _join(self, event: Event, at: datetime) -> tuple[Event, tuple[int, ...]]:
        """Let an incident take in open events that it explains: it was first met in pieces."""
        absorbed: list[int] = []
        if event.flagged_at is None:
            return event, ()
        for other in self._of(event.family, at):
            if other is event:
                continue
            place = place_between(event, other)
            if place == NEVER:
                continue
            rates = {topic: self.rates.per_second(topic, at) for topic in other.topics}
            shares = {topic: n / other.n_messages for topic, n in other.topics.items()}
            topic = _topic(event, shares, rates)
            if _soon(event, other.gap_between(event)) + place + topic < 0.0:
                continue
            if other.flagged_at and abs(other.first_at - event.first_at) > _TOGETHER:
                continue  # two incidents, one after the other
            # What was announced first keeps its number.
            if other.flagged_at and other.number < event.number:
                event, other = other, event
            event.absorb(other)
            absorbed.append(other.number)
        if absorbed:
            gone = set(absorbed)
            self._open[event.family] = [
                one for one in self._open[event.family] if one.number not in gone
            ]
        return event, tuple(absorbed)

    def _threshold(self, event: Event) -> float:
        return 0.0 if event.flagged_at else self.tuning.first_gain

    def _is_proven(self, event: Event) -> bool:
        enough = event.n_independent >= self.tuning.authors
        return enough and event.evidence >= math.log(self.tuning.odds)

    def _opened(self, signal: Signal) -> Linked:
        event = Event.open(signal, math.log(self.tuning.prior))
        self._open.setdefault(event.family, []).append(event)
        self.rates.count(signal.topic, signal.at)
        return Linked(event, 0.0, independent=True, flags=False)


def _soon(event: Event, gap_s: float) -> float:
    """Logarithm of the density of the next report after a gap, in 1/s.

    A heavy tail: reports thin out as they come. What is not proven yet must come thick.
    """
    scale = max(event.gap_s, 1.0)
    if event.flagged_at is None:
        scale = min(scale, FIRST_GAP_S)
    return math.log(_TAIL / scale) - (_TAIL + 1) * math.log1p(gap_s / scale)


def _topic(event: Event, shares: Mapping[str, float], rates: Mapping[str, float]) -> float:
    """Logarithm of how much likelier these topics are of the event than by chance, in s."""
    kin = 1.0 / len(family_topics(event.family))
    found = sum(
        share * (event.topics[topic] + kin) / (event.n_messages + 1.0) / rates[topic]
        for topic, share in shares.items()
    )
    return math.log(found) if found else NEVER


def _sense(signal: Signal, event: Event) -> float:
    """Logarithm of how much likelier a text so like those of the event is of it than by chance."""
    if signal.vector is None or event.sense is None or event.sense.shape != signal.vector.shape:
        return 0.0
    length = float(np.linalg.norm(event.sense))
    if not length:
        return 0.0
    cosine = float(event.sense @ signal.vector) / length
    # The mean of several texts lies nearer to any other than one of them does.
    middle = LIKE - LONE / event.n_messages
    return min(max(STEEP * (cosine - middle), -MOST_SENSE), MOST_SENSE)


def _log_chance(evidence: float) -> float:
    """Logarithm of the chance that odds of this logarithm stand for."""
    return -math.log1p(math.exp(-evidence)) if evidence > -50 else evidence


_FRESH = timedelta(hours=3)
_TOGETHER = timedelta(minutes=20)
"""Pieces of one event begin within this time."""
_LATE = timedelta(hours=12)
"""How much later than its neighbours a message may come."""
