"""Messages linked to events in the store: open ones are read, matched and written back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from otklik.datasets.incidents import (
    Member,
    forget_unproven,
    linked,
    open_rows,
    read_rates,
    save_rates,
    save_rows,
)
from otklik.datasets.store_engine import Database
from otklik.models.incident_event import Event
from otklik.models.incident_families import family_topics
from otklik.models.incident_rates import EVERYTHING, Rates
from otklik.models.incident_signal import Signal
from otklik.models.mass_incident import LEAST_SHARE, Matcher

FORGET_EVERY = 50
"""Once in so many messages, events that came to nothing are deleted."""


def link_messages(database: Database, signals: Sequence[Signal]) -> None:
    """Link messages that are stored, in one transaction; what was linked before stays as it is.

    Work grows with the open events of the families that the messages may belong to. Several
    services may do it at once: one waits for the other.

    Parameters
    ----------
    signals : sequence of Signal
        Of stored messages, in any order; of a message that comes twice, the last one counts.
    """
    latest = {signal.number: signal for signal in signals}
    with database.writing(alone=True) as connection:
        known = linked(connection, list(latest))
        fresh = [one for one in latest.values() if one.topics and one.number not in known]
        if not fresh:
            return
        if any(signal.number % FORGET_EVERY == 0 for signal in fresh):
            forget_unproven(connection)
        topics = {
            topic for signal in fresh for name in signal.families for topic in family_topics(name)
        }
        counts, since = read_rates(connection, topics | {EVERYTHING})
        matcher = Matcher(Rates(counts, since), _open_events(connection, fresh))
        write(connection, match(matcher, fresh))
        rates = matcher.rates
        changed = {name: one for name, one in rates.counts.items() if counts.get(name) != one}
        if rates.since is not None:
            save_rates(connection, changed, rates.since)


class Matched:
    """What became of a run of messages: events that were touched, members, joined events."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        self.members: list[Member] = []
        self.absorbed: dict[int, int] = {}

    def keep(self, wanted: Callable[[Event], bool]) -> None:
        """Forget events that are not wanted, and that their messages belong to them."""
        for gone in self.absorbed:
            self.events.pop(gone, None)
        self.events = {number: one for number, one in self.events.items() if wanted(one)}
        self.members = [
            one for one in self.members if _last(self.absorbed, one.number) in self.events
        ]

    def by_event(self) -> dict[int, list[int]]:
        """Messages of every event that is left, those of events that it took in among them."""
        found: dict[int, list[int]] = {number: [] for number in self.events}
        for one in self.members:
            found[_last(self.absorbed, one.number)].append(one.message_id)
        return found


def match(matcher: Matcher, signals: Sequence[Signal]) -> Matched:
    """Take messages in the order in which they were written."""
    matched = Matched()
    for signal in sorted(signals, key=lambda one: (one.at, one.number)):
        done = matcher.take(signal)
        matched.events[done.event.number] = done.event
        matched.members.append(
            Member(signal.number, done.event.number, round(done.gain, 4), done.independent)
        )
        for gone in done.absorbed:
            matched.absorbed[gone] = done.event.number
    return matched


def write(connection: Connection, matched: Matched) -> None:
    """Write what was matched; events that became part of another are no more."""
    for gone in matched.absorbed:
        matched.events.pop(gone, None)
    members = [one._replace(number=_last(matched.absorbed, one.number)) for one in matched.members]
    rows = [row_of(event) for event in matched.events.values()]
    # What was absorbed by an event that was absorbed itself is now in the last one.
    absorbed = {gone: _last(matched.absorbed, gone) for gone in matched.absorbed}
    save_rows(connection, rows, members, absorbed)


def row_of(event: Event) -> dict[str, Any]:
    """Columns of an event."""
    return {
        "number": event.number,
        "family": event.family,
        "first_at": event.first_at,
        "last_at": event.last_at,
        "closes_at": event.closes_at,
        "flagged_at": event.flagged_at,
        "n_messages": event.n_messages,
        "state": event.to_state(),
    }


def _open_events(connection: Connection, signals: Sequence[Signal]) -> list[Event]:
    families = {
        name
        for signal in signals
        for name, share in signal.families.items()
        if share >= LEAST_SHARE
    } | {signal.family for signal in signals}
    moments = [signal.at for signal in signals]
    rows = open_rows(connection, families, (min(moments), max(moments)))
    return [Event.from_state(row) for row in rows]


def _last(absorbed: Mapping[int, int], number: int) -> int:
    while number in absorbed:
        number = absorbed[number]
    return number
