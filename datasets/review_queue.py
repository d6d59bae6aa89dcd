"""The review queue: what waits for a person, in which order, and who holds what until when.

The nearest day of a deadline comes first, and within a day what the model is least sure of. A
claim is a lease: while it lasts nobody else is given the message; when it ends by time the message
is free again, and the first one who asks gets it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, or_, select, tuple_, update

from otklik.datasets.review_intake import MILLION, REVIEW
from otklik.datasets.schema import MESSAGES
from otklik.datasets.schema_review import NO_DAY, REVIEW_QUEUE
from otklik.datasets.store_engine import Database

Place = tuple[int, int, int]
"""Where a message stands in the order: day, sureness, id."""

_Q = REVIEW_QUEUE.c
_ORDER = (_Q.due_day, _Q.sureness, _Q.message_id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the queue; `claim` and `holder` tell of the last claim, live or ended."""

    message_id: int
    purpose: str
    due_at: datetime | None
    sureness: float
    place: Place
    claim: str | None
    holder: str | None
    holder_name: str | None
    held_until: datetime | None

    def is_held(self, now: datetime) -> bool:
        """Whether somebody holds it."""
        return self.held_until is not None and self.held_until > now


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks: the id of a key and its name; `asked` is what they call the request."""

    id: str
    name: str
    asked: str | None = None


class ReviewQueue:
    """The queue of a store.

    Parameters
    ----------
    database : Database
        That of an open `Store`, which has brought it to the current revision.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        now: datetime,
        *,
        purpose: str = REVIEW,
        source: str | None = None,
        district: str | None = None,
        free: bool = False,
        after: Place | None = None,
        limit: int = 50,
    ) -> list[Waiting]:
        """Messages in order, those behind a place; `free` leaves out what somebody holds."""
        query = _of(_rows(), purpose, source, district)
        if free:
            query = query.where(_is_free(now))
        if after is not None:
            query = query.where(tuple_(*_ORDER) > tuple_(*map(literal, after)))
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(*_ORDER).limit(limit))
            return [_waiting(row) for row in found]

    def counts(self, now: datetime, purpose: str = REVIEW) -> dict[str, int]:
        """How many wait, how many of them are held, and how many are overdue."""
        conditions = {"waiting": literal(True), "held": ~_is_free(now), "overdue": _Q.due_at < now}
        columns = [func.count().filter(one).label(name) for name, one in conditions.items()]
        query = select(*columns).where(_Q.purpose == purpose)
        with self._database.reading() as connection:
            row = connection.execute(query).one()
        return {name: int(getattr(row, name)) for name in conditions}

    def claim(
        self,
        holder: Holder,
        now: datetime,
        lease: timedelta,
        *,
        count: int = 1,
        messages: Sequence[int] | None = None,
        purpose: str = REVIEW,
        source: str | None = None,
        district: str | None = None,
    ) -> list[Waiting]:
        """Take the first free messages, or the free ones of those named; nobody else gets them.

        A request that is repeated under the name it had gets what it got.
        """
        with self._database.writing() as connection:
            if holder.asked is not None:
                query = _rows().where(_Q.holder == holder.id, _Q.asked == holder.asked)
                held = connection.execute(query.where(_Q.held_until > now).order_by(*_ORDER)).all()
                if held:
                    return [_waiting(row) for row in held]
            query = _of(_rows(), purpose, source, district).where(_is_free(now))
            if messages is not None:
                query = query.where(_Q.message_id.in_(messages))
            # PostgreSQL locks the rows and passes over those that another one is taking; in
            # SQLite nobody else writes meanwhile.
            query = (
                query.order_by(*_ORDER)
                .limit(count)
                .with_for_update(skip_locked=True, of=REVIEW_QUEUE)
            )
            numbers = [row.message_id for row in connection.execute(query)]
            for number in numbers:
                connection.execute(
                    update(REVIEW_QUEUE)
                    .where(_Q.message_id == number)
                    .values(
                        claim=secrets.token_hex(8),
                        holder=holder.id,
                        holder_name=holder.name,
                        asked=holder.asked,
                        held_until=now + lease,
                    )
                )
            taken = _rows().where(_Q.message_id.in_(numbers)).order_by(*_ORDER)
            return [_waiting(row) for row in connection.execute(taken)]

    def renew(self, claim: str, holder: str, now: datetime, lease: timedelta) -> Waiting | None:
        """Hold a message longer; None where the claim has ended."""
        mine = (_Q.claim == claim, _Q.holder == holder, _Q.held_until > now)
        with self._database.writing() as connection:
            done = connection.execute(
                update(REVIEW_QUEUE).where(*mine).values(held_until=now + lease)
            )
            if not done.rowcount:
                return None
            return _waiting(connection.execute(_rows().where(_Q.claim == claim)).one())

    def release(self, claim: str, holder: str) -> int | None:
        """Give a message back; its id, or None where the claim has ended."""
        mine = (_Q.claim == claim, _Q.holder == holder)
        nothing = dict.fromkeys(("claim", "holder", "holder_name", "asked", "held_until"))
        with self._database.writing() as connection:
            found: int | None = connection.scalar(select(_Q.message_id).where(*mine))
            connection.execute(update(REVIEW_QUEUE).where(*mine).values(nothing))
        return found


def format_place(place: Place) -> str:
    """A place as a cursor of pages."""
    return ".".join(map(str, place))


def parse_place(cursor: str) -> Place:
    """A place from a cursor; numbers beyond those of any message mean the end."""
    day, sureness, number = (min(int(part), NO_DAY) for part in cursor.split("."))
    return day, sureness, number


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(_Q.held_until.is_(None), _Q.held_until <= now)


def _rows() -> Select[Any]:
    return select(REVIEW_QUEUE)


def _of(query: Select[Any], purpose: str, source: str | None, district: str | None) -> Select[Any]:
    query = query.where(_Q.purpose == purpose)
    wanted = {MESSAGES.c.source: source, MESSAGES.c.district: district}
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if conditions:
        query = query.join(MESSAGES, MESSAGES.c.id == _Q.message_id).where(*conditions)
    return query


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        row.message_id,
        row.purpose,
        row.due_at,
        row.sureness / MILLION,
        (row.due_day, row.sureness, row.message_id),
        row.claim,
        row.holder,
        row.holder_name,
        row.held_until,
    )
