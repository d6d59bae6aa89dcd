"""Mass incidents in the store: rows of events, their messages, and what they stand out from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from otklik.datasets.schema_incidents import INCIDENT_MEMBERS, INCIDENT_RATES, INCIDENTS
from otklik.datasets.store_bulk import among, chop, upsert

KEPT_OPEN = timedelta(days=2)
"""How long after it was last touched an event is kept that never became an incident."""
_COLUMNS = tuple(column.name for column in INCIDENTS.c)


class Member(NamedTuple):
    """A message of an event, and how it got there."""

    message_id: int
    number: int
    gain: float
    independent: bool


@dataclass(frozen=True, slots=True)
class Incident:
    """A mass incident as it is shown.

    Parameters
    ----------
    number : int
        Lasting: the id of its first message.
    topic : str
        Code that most messages carry.
    streets, houses, districts, assets : tuple of str
        Where, the most named first; streets are keys («садовая|улица»).
    messages : tuple of int
        Ids in the store, ascending; empty where they were not asked for.
    """

    number: int
    family: str
    topic: str
    first_at: datetime
    last_at: datetime
    closes_at: datetime
    flagged_at: datetime
    n_messages: int
    n_independent: int
    streets: tuple[str, ...]
    houses: tuple[str, ...]
    districts: tuple[str, ...]
    assets: tuple[str, ...]
    messages: tuple[int, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Whether silence has not lasted long enough yet."""
        return at < self.closes_at


def read_incidents(
    connection: Connection, *, since: datetime | None = None, until: datetime | None = None
) -> list[Incident]:
    """Incidents that began in a period, in the order of their beginning, with their messages."""
    conditions = [INCIDENTS.c.flagged_at.is_not(None), *_period(since, until)]
    query = select(INCIDENTS).where(*conditions).order_by(INCIDENTS.c.first_at, INCIDENTS.c.number)
    rows = connection.execute(query).all()
    members: dict[int, list[int]] = {row.number: [] for row in rows}
    for chunk in chop(members):
        chosen = select(INCIDENT_MEMBERS.c.number, INCIDENT_MEMBERS.c.message_id).where(
            among(connection, INCIDENT_MEMBERS.c.number, chunk)
        )
        for number, message_id in connection.execute(chosen):
            members[number].append(message_id)
    return [_incident(row, members[row.number]) for row in rows]


def incident_of(connection: Connection, message_id: int) -> Incident | None:
    """Incident that a message tells of; None while too few tell of it."""
    query = (
        select(INCIDENTS)
        .join(INCIDENT_MEMBERS, INCIDENT_MEMBERS.c.number == INCIDENTS.c.number)
        .where(INCIDENT_MEMBERS.c.message_id == message_id, INCIDENTS.c.flagged_at.is_not(None))
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _incident(row, ())


def linked(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Those of the messages that belong to an event, proven or not."""
    found: set[int] = set()
    for chunk in chop(ids):
        chosen = select(INCIDENT_MEMBERS.c.message_id).where(
            among(connection, INCIDENT_MEMBERS.c.message_id, chunk)
        )
        found.update(connection.scalars(chosen))
    return found


def open_rows(
    connection: Connection, families: Iterable[str], around: tuple[datetime, datetime]
) -> list[Mapping[str, Any]]:
    """Events of these families that messages of a span of time may still join."""
    first, last = around
    query = select(INCIDENTS).where(
        INCIDENTS.c.family.in_(sorted(set(families))),
        INCIDENTS.c.closes_at >= first,
        INCIDENTS.c.first_at <= last + timedelta(hours=12),
    )
    return [dict(row._mapping) for row in connection.execute(query.order_by(INCIDENTS.c.number))]


def save_rows(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    members: Sequence[Member],
    absorbed: Mapping[int, int],
) -> None:
    """Write events and members; members of an absorbed event go over to the other.

    Parameters
    ----------
    rows : sequence of mapping
        Columns of `incidents` but for `touched_at`.
    absorbed : mapping of int to int
        Event that is no more → the one it has become part of.
    """
    now = datetime.now(UTC)
    if rows:
        changed = [name for name in _COLUMNS if name != "number"]
        replace = upsert(connection, INCIDENTS, ("number",), changed)
        connection.execute(replace, [{**row, "touched_at": now} for row in rows])
    if members:
        given = [{**one._asdict(), "independent": int(one.independent)} for one in members]
        connection.execute(insert(INCIDENT_MEMBERS), given)
    for gone, stays in absorbed.items():
        mine = INCIDENT_MEMBERS.c.number == gone
        connection.execute(update(INCIDENT_MEMBERS).where(mine).values(number=stays))
        connection.execute(delete(INCIDENTS).where(INCIDENTS.c.number == gone))


def forget_unproven(connection: Connection, before: datetime | None = None) -> None:
    """Delete events that never became incidents and were not touched for long."""
    before = before or datetime.now(UTC) - KEPT_OPEN
    old = INCIDENTS.c.flagged_at.is_(None) & (INCIDENTS.c.touched_at < before)
    numbers = select(INCIDENTS.c.number).where(old)
    connection.execute(delete(INCIDENT_MEMBERS).where(INCIDENT_MEMBERS.c.number.in_(numbers)))
    connection.execute(delete(INCIDENTS).where(old))


def forget_period(connection: Connection, since: datetime | None, until: datetime | None) -> None:
    """Delete every event that began in a period, so that it can be replayed."""
    numbers = select(INCIDENTS.c.number).where(*_period(since, until))
    connection.execute(delete(INCIDENT_MEMBERS).where(INCIDENT_MEMBERS.c.number.in_(numbers)))
    connection.execute(delete(INCIDENTS).where(*_period(since, until)))


def members_of_period(
    connection: Connection, since: datetime | None, until: datetime | None
) -> tuple[set[int], datetime | None]:
    """Messages of every event that began in a period, and the moment of the last of them."""
    query = select(INCIDENTS.c.number, INCIDENTS.c.last_at).where(*_period(since, until))
    rows = connection.execute(query).all()
    found: set[int] = set()
    for chunk in chop([row.number for row in rows]):
        chosen = select(INCIDENT_MEMBERS.c.message_id).where(
            among(connection, INCIDENT_MEMBERS.c.number, chunk)
        )
        found.update(connection.scalars(chosen))
    return found, max((row.last_at for row in rows), default=None)


def rows_over(connection: Connection, at: datetime) -> list[Mapping[str, Any]]:
    """Events that began before a moment and were still open then."""
    query = select(INCIDENTS).where(INCIDENTS.c.first_at < at, INCIDENTS.c.closes_at >= at)
    return [dict(row._mapping) for row in connection.execute(query.order_by(INCIDENTS.c.number))]


def read_rates(
    connection: Connection, topics: Iterable[str]
) -> tuple[dict[str, tuple[float, datetime]], datetime | None]:
    """Faded counts of these topics, and when counting began."""
    wanted = INCIDENT_RATES.c.topic.in_(sorted(set(topics)))
    rows = connection.execute(select(INCIDENT_RATES).where(wanted)).all()
    counts = {row.topic: (row.weight, row.at) for row in rows}
    return counts, min((row.since for row in rows), default=None)


def save_rates(
    connection: Connection, counts: Mapping[str, tuple[float, datetime]], since: datetime
) -> None:
    """Write faded counts."""
    rows = [
        {"topic": topic, "weight": count, "at": at, "since": since}
        for topic, (count, at) in counts.items()
    ]
    if rows:
        replace = upsert(connection, INCIDENT_RATES, ("topic",), ("weight", "at", "since"))
        connection.execute(replace, rows)


def drop_rates(connection: Connection) -> None:
    """Forget every count."""
    connection.execute(delete(INCIDENT_RATES))


def _period(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(INCIDENTS.c.first_at >= since)
    if until is not None:
        conditions.append(INCIDENTS.c.first_at < until)
    return conditions


def _incident(row: Row[Any], messages: Iterable[int]) -> Incident:
    state = row.state
    names = {
        name: tuple(sorted(state[name], key=lambda one: (-state[name][one], one)))
        for name in ("streets", "houses", "districts", "assets", "topics")
    }
    return Incident(
        number=row.number,
        family=row.family,
        topic=names.pop("topics")[0],
        first_at=row.first_at,
        last_at=row.last_at,
        closes_at=row.closes_at,
        flagged_at=row.flagged_at,
        n_messages=row.n_messages,
        n_independent=state["n_independent"],
        messages=tuple(sorted(messages)),
        **names,
    )
