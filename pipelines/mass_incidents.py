"""Mass incidents of a stored period, as they would have been found while it passed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from otklik.datasets.incidents import (
    drop_rates,
    forget_period,
    linked,
    members_of_period,
    rows_over,
    save_rates,
)
from otklik.datasets.store import Store
from otklik.datasets.store_read import Filters
from otklik.models.incident_book import Matched, match, write
from otklik.models.incident_event import Event
from otklik.models.incident_rates import TAU_S, Rates
from otklik.models.incident_signal import Signal
from otklik.models.mass_incident import Matcher
from otklik.pipelines.incident_signals import signals_of

WARM_UP = timedelta(seconds=2 * TAU_S)
"""So long before the period counting begins, to know what comes anyway."""
GOES_ON = timedelta(days=3)
"""What begins so long before a period may be told of in it."""

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Heard:
    """Messages of a period, read once for the replays of its weeks."""

    since: datetime
    until: datetime
    signals: tuple[Signal, ...]

    @classmethod
    def of(cls, store: Store, since: datetime, until: datetime) -> "Heard":
        """Read what replays and reports of the time between two moments need."""
        since -= WARM_UP + GOES_ON
        return cls(since, until, tuple(signals_of(store, since=since, until=until)))

    def between(self, since: datetime, until: datetime) -> Iterator[Signal] | None:
        """As `signals_of`; None where the period is not covered."""
        if since < self.since or until > self.until:
            return None
        return (one for one in self.signals if since <= one.at < until)


def known_at(heard: Heard, since: datetime, until: datetime) -> Matched:
    """Mass incidents of a period as they were known when it ended, from the messages alone.

    What the store holds of a period changes with what came after it: two incidents become one, a
    later message makes one of an event that was none. A report of the period must not.
    """
    begun = since - GOES_ON
    rates, fresh = Rates(), []
    # As much before it as one week alone would have read, whatever was read for other weeks.
    near = [one for one in heard.signals if begun - WARM_UP <= one.at < until]
    for signal in sorted(near, key=lambda one: (one.at, one.number)):
        if signal.at < begun:
            rates.count(signal.topic, signal.at)
        else:
            fresh.append(signal)
    matched = match(Matcher(rates, []), fresh)
    matched.keep(lambda event: bool(event.flagged_at) and event.last_at >= since)
    return matched


@dataclass(frozen=True, slots=True)
class Replayed:
    """Messages that were looked at, and mass incidents that began in the period."""

    messages: int
    incidents: int


def replay(
    store: Store,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    heard: Heard | None = None,
    advance: Advance = lambda _done: None,
) -> Replayed:
    """Find the mass incidents of a period anew; the same messages give the same incidents.

    Events that began before the period stay, and messages of the period join them where they
    did. A replay up to the last message is what the service goes on from.

    Parameters
    ----------
    since, until : datetime or None
        With time zone; `until` is excluded.
    heard : Heard, optional
        What was read before; what it does not cover is read from the store.
    """
    with store.database.reading() as connection:
        again, last_at = members_of_period(connection, since, until)
    signals = _read(store, since, until, again, last_at, heard, advance)
    with store.database.writing(alone=True) as connection:
        forget_period(connection, since, until)
        rates = Rates()
        for signal in signals:
            if since is not None and signal.at < since:
                rates.count(signal.topic, signal.at)
        rows = rows_over(connection, since) if since is not None else []
        kept = linked(connection, [signal.number for signal in signals])
        matcher = Matcher(rates, [Event.from_state(row) for row in rows])
        fresh = [
            one for one in signals if one.number not in kept and (since is None or one.at >= since)
        ]
        matched = match(matcher, fresh)
        ends = until is None or store.count(since=until) == 0
        stop = max((one.at for one in signals), default=None) if ends else until
        matched.keep(lambda event: bool(event.flagged_at) or _may_go_on(event, stop))
        write(connection, matched)
        if ends and rates.since is not None:
            drop_rates(connection)
            save_rates(connection, rates.counts, rates.since)
    flagged = sum(bool(event.flagged_at) for event in matched.events.values())
    return Replayed(len(fresh), flagged)


def _may_go_on(event: Event, stop: datetime | None) -> bool:
    return stop is not None and event.closes_at >= stop


def _read(
    store: Store,
    since: datetime | None,
    until: datetime | None,
    again: set[int],
    last_at: datetime | None,
    heard: Heard | None,
    advance: Advance,
) -> list[Signal]:
    """Messages of the period in the order of writing, with those before it that count.

    Messages behind it that told of an event of the period are looked at again, too.
    """
    filters = Filters()
    if since is not None:
        filters["since"] = since - WARM_UP
    if until is not None:
        filters["until"] = max(until, last_at + timedelta(seconds=1)) if last_at else until
    known = None
    if heard is not None and since is not None and until is not None:
        known = heard.between(filters["since"], filters["until"])
    found = []
    for signal in signals_of(store, **filters) if known is None else known:
        advance(1)
        if until is None or signal.at < until or signal.number in again:
            found.append(signal)
    return sorted(found, key=lambda one: (one.at, one.number))
