"""Events on their way out: written with what they tell of, leased to be delivered, or dead."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, text, update

from otklik.datasets.schema_webhook import WEBHOOK_EVENTS
from otklik.datasets.store_engine import Database

OUTBOX_LOCK = 0x07_11_1D
"""Of PostgreSQL: who leases events does so alone. SQLite knows no other way."""
_EVENTS = WEBHOOK_EVENTS.c


class State(StrEnum):
    """Where an event stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Retry(StrEnum):
    """What became of the wish to deliver a dead event after all."""

    WAITING = "waiting"
    UNKNOWN = "unknown"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be told; `event` is its name for the receiver, `body` what is sent."""

    event: str
    message_id: int
    body: str
    made_at: datetime
    most_attempts: int


@dataclass(frozen=True, slots=True)
class Leased:
    """An event that nobody else delivers while the lease lasts."""

    id: int
    event: str
    message_id: int
    body: str
    attempts: int
    most_attempts: int
    lease: str


@dataclass(frozen=True, slots=True)
class Dead:
    """An event that nobody tries to deliver any more."""

    id: int
    event: str
    message_id: int
    made_at: datetime
    ended_at: datetime
    attempts: int
    trouble: str | None


def put(connection: Connection, events: Sequence[Event]) -> None:
    """Add events within the transaction that makes them true; the last thing that it does."""
    if events:
        _alone(connection)  # so that ids are in the order of commits
        rows = [
            {
                "event": one.event,
                "message_id": one.message_id,
                "body": one.body,
                "made_at": one.made_at,
                "most_attempts": one.most_attempts,
                "state": State.WAITING.value,
                "due_at": one.made_at,
                "attempts": 0,
            }
            for one in events
        ]
        connection.execute(insert(WEBHOOK_EVENTS), rows)


class Outbox:
    """The events of a store; processes may share it.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def lease(self, now: datetime, lasts: timedelta, most: int) -> list[Leased]:
        """Take events that are due, at most one of a message: the earliest that waits.

        While an event of a message is out, none of its others is given to anybody.
        """
        other = WEBHOOK_EVENTS.alias()
        waits = other.c.state == State.WAITING.value
        in_the_way = exists().where(
            other.c.message_id == _EVENTS.message_id,
            other.c.id != _EVENTS.id,
            waits,
            or_(other.c.id < _EVENTS.id, other.c.leased_until > now),
        )
        due = (
            select(_EVENTS.id)
            .where(
                _EVENTS.state == State.WAITING.value,
                _EVENTS.due_at <= now,
                or_(_EVENTS.leased_until.is_(None), _EVENTS.leased_until <= now),
                ~in_the_way,
            )
            .order_by(_EVENTS.due_at, _EVENTS.id)
            .limit(most)
        )
        token = secrets.token_hex(16)
        names = [_EVENTS[field.name] for field in fields(Leased)]
        with self._database.writing() as connection:
            _alone(connection)
            ids = list(connection.scalars(due))
            if not ids:
                return []
            # An attempt counts when it begins: one that kills its process must end some day too.
            connection.execute(
                update(WEBHOOK_EVENTS)
                .where(_EVENTS.id.in_(ids))
                .values(lease=token, leased_until=now + lasts, attempts=_EVENTS.attempts + 1)
            )
            query = select(*names).where(_EVENTS.id.in_(ids)).order_by(_EVENTS.id)
            return [Leased(*row) for row in connection.execute(query)]

    def is_due(self, now: datetime) -> bool:
        """Whether anything waits whose time has come, before anybody takes a lock for it."""
        query = select(_EVENTS.id).where(
            _EVENTS.state == State.WAITING.value,
            _EVENTS.due_at <= now,
            or_(_EVENTS.leased_until.is_(None), _EVENTS.leased_until <= now),
        )
        with self._database.reading() as connection:
            return connection.scalar(query.limit(1)) is not None

    def delivered(self, one: Leased, now: datetime) -> bool:
        """Note that an event was taken; False when the lease was lost meanwhile."""
        return self._end(one, state=State.DELIVERED.value, ended_at=now, trouble=None)

    def failed(self, one: Leased, trouble: str, now: datetime, due_at: datetime | None) -> bool:
        """Note that an attempt failed; without a time for the next one the event is dead."""
        if due_at is None:
            return self._end(one, state=State.DEAD.value, ended_at=now, trouble=trouble)
        return self._end(one, due_at=due_at, trouble=trouble)

    def dead(self, after: int, most: int) -> list[Dead]:
        """Read dead events whose ids are above `after`, in order."""
        names = [_EVENTS[field.name] for field in fields(Dead)]
        query = select(*names).where(_EVENTS.state == State.DEAD.value, _EVENTS.id > after)
        with self._database.reading() as connection:
            return [
                Dead(*row) for row in connection.execute(query.order_by(_EVENTS.id).limit(most))
            ]

    def retry(self, number: int, now: datetime, most_attempts: int) -> Retry:
        """Let a dead event wait again; not when a later one of its message was delivered."""
        other = WEBHOOK_EVENTS.alias()
        later = select(other.c.id).where(
            other.c.message_id == _EVENTS.message_id,
            other.c.id > _EVENTS.id,
            or_(
                other.c.state == State.DELIVERED.value,
                and_(other.c.state == State.WAITING.value, other.c.leased_until > now),
            ),
        )
        chosen = and_(_EVENTS.id == number, _EVENTS.state == State.DEAD.value)
        with self._database.writing() as connection:
            _alone(connection)
            if connection.scalar(select(_EVENTS.id).where(chosen)) is None:
                return Retry.UNKNOWN
            if connection.scalar(select(_EVENTS.id).where(chosen, later.exists())) is not None:
                return Retry.OVERTAKEN
            connection.execute(
                update(WEBHOOK_EVENTS)
                .where(chosen)
                .values(
                    state=State.WAITING.value,
                    due_at=now,
                    attempts=0,
                    most_attempts=most_attempts,
                    ended_at=None,
                    lease=None,
                    leased_until=None,
                )
            )
            return Retry.WAITING

    def counts(self) -> dict[str, int]:
        """How many events stand where."""
        query = select(_EVENTS.state, func.count()).group_by(_EVENTS.state)
        with self._database.reading() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(query)}
        return {state.value: found.get(state.value, 0) for state in State}

    def forget(self, before: datetime) -> int:
        """Drop events that were delivered before a time; returns how many."""
        gone = delete(WEBHOOK_EVENTS).where(
            _EVENTS.state == State.DELIVERED.value, _EVENTS.ended_at < before
        )
        with self._database.writing() as connection:
            return int(connection.execute(gone).rowcount)

    def _end(self, one: Leased, **values: object) -> bool:
        mine = update(WEBHOOK_EVENTS).where(
            _EVENTS.id == one.id,
            _EVENTS.lease == one.lease,
            _EVENTS.state == State.WAITING.value,
        )
        with self._database.writing() as connection:
            done = connection.execute(mine.values(lease=None, leased_until=None, **values))
            return int(done.rowcount) == 1


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({OUTBOX_LOCK})"))
