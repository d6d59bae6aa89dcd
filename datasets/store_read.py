"""Reading messages back: current versions in the order of acceptance, former ones by message."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from otklik.datasets.records import Kind, Message, Place
from otklik.datasets.schema import MESSAGE_VERSIONS, MESSAGES
from otklik.datasets.store_engine import Database
from otklik.datasets.store_intake import RESOLVED
from otklik.datasets.store_said import Said, said_now


class Filters(TypedDict, total=False):
    """What to choose messages by; what is not given does not restrict.

    `since` (included) and `until` (excluded) cut by the time of posting, or of receipt where the
    source gives none. `unique` leaves out exact duplicates of earlier messages.
    """

    source: str
    kind: Kind
    district: str
    since: datetime
    until: datetime
    unique: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a message as the store holds it.

    `message.place` is as given by the source, `place` as resolved. `duplicate_of` is the id of
    the first message with the same text. Of a former version the labels, answers and statuses
    are left empty: `raw` has them.
    """

    id: int
    version: int
    message: Message
    place: Place
    mask_spans: tuple[tuple[str, int, int], ...]
    duplicate_of: int | None
    run_id: int
    stored_at: datetime


def stream(database: Database, batch_size: int, filters: Filters) -> Iterator[Stored]:
    """Yield current versions, `batch_size` per short transaction: a long walk blocks nobody."""
    last = 0
    while True:
        query = _restrict(select(MESSAGES), filters).where(MESSAGES.c.id > last)
        with database.reading() as connection:
            found = connection.execute(query.order_by(MESSAGES.c.id).limit(batch_size)).all()
            batch = _complete(connection, found)
        yield from batch
        if len(batch) < batch_size:
            return
        last = batch[-1].id


def count(connection: Connection, filters: Filters) -> int:
    """Count current messages."""
    query = _restrict(select(func.count()).select_from(MESSAGES), filters)
    return int(connection.scalar(query) or 0)


def count_by_source(connection: Connection) -> dict[str, int]:
    """Count current messages by source."""
    query = select(MESSAGES.c.source, func.count()).group_by(MESSAGES.c.source)
    rows = connection.execute(query.order_by(MESSAGES.c.source))
    return {source: number for source, number in rows}  # noqa: C416 - rows are no plain pairs to mypy


def find(connection: Connection, source: str, external_id: str) -> Stored | None:
    """Return the current version under a name."""
    query = select(MESSAGES).where(
        MESSAGES.c.source == source, MESSAGES.c.external_id == external_id
    )
    return next(iter(_complete(connection, connection.execute(query).all())), None)


def versions(connection: Connection, message_id: int) -> list[Stored]:
    """Return every version of a message, the current one last."""
    former = select(MESSAGE_VERSIONS).where(MESSAGE_VERSIONS.c.message_id == message_id)
    found = connection.execute(former.order_by(MESSAGE_VERSIONS.c.version)).all()
    current = connection.execute(select(MESSAGES).where(MESSAGES.c.id == message_id)).all()
    return [_stored(row, {}) for row in found] + _complete(connection, current)


def _restrict(query: Select[Any], filters: Filters) -> Select[Any]:
    return query.where(*_conditions(filters))


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    columns = MESSAGES.c
    for name in ("source", "kind", "district"):
        if (wanted := filters.get(name)) is not None:
            yield columns[name] == str(wanted)
    if (since := filters.get("since")) is not None:
        yield columns.dated_at >= since
    if (until := filters.get("until")) is not None:
        yield columns.dated_at < until
    if filters.get("unique"):
        yield columns.duplicate_of.is_(None)


def _complete(connection: Connection, rows: Sequence[Row[Any]]) -> list[Stored]:
    said = said_now(connection, [row.id for row in rows])
    return [_stored(row, said.get(row.id, {})) for row in rows]


def _stored(row: Row[Any], said: dict[str, list[Said]]) -> Stored:
    values = row._mapping
    place = {name: values[name] for name in RESOLVED}
    message = Message(
        source=row.source,
        external_id=row.external_id,
        kind=Kind(row.kind),
        text=row.text,
        posted_at=row.posted_at,
        received_at=row.received_at,
        author=row.author,
        place=Place(**row.place_given or {}),
        reply_to=row.reply_to,
        raw=row.raw or {},
        **{field: tuple(things) for field, things in said.items()},  # type: ignore[arg-type]
    )
    return Stored(
        id=values["id"] if "id" in values else values["message_id"],
        version=row.version,
        message=message,
        place=Place(**place),
        mask_spans=tuple((kind, start, stop) for kind, start, stop in row.mask_spans or ()),
        duplicate_of=values.get("duplicate_of"),
        run_id=row.run_id,
        stored_at=row.stored_at,
    )
