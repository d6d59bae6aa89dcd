"""Messages by pages, and by their ids: what an interface asks of the store."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from otklik.datasets.schema import MESSAGES
from otklik.datasets.store_bulk import among, chop
from otklik.datasets.store_engine import Database
from otklik.datasets.store_read import Filters, Stored, _complete, _conditions


@dataclass(frozen=True, slots=True)
class Page:
    """Messages in the order of acceptance; `after` continues behind them, None at the end."""

    messages: tuple[Stored, ...]
    after: int | None


def read_page(database: Database, filters: Filters, *, after: int = 0, limit: int = 100) -> Page:
    """Read current messages whose ids are above `after`.

    Messages that are stored in the meantime come at the end: no page repeats or skips one.
    """
    query = select(MESSAGES).where(*_conditions(filters), MESSAGES.c.id > after)
    with database.reading() as connection:
        rows = connection.execute(query.order_by(MESSAGES.c.id).limit(limit + 1)).all()
        found = tuple(_complete(connection, rows[:limit]))
    return Page(found, found[-1].id if len(rows) > limit else None)


def read_message(database: Database, message_id: int) -> Stored | None:
    """Read the current version of a message by its id in the store."""
    with database.reading() as connection:
        rows = connection.execute(select(MESSAGES).where(MESSAGES.c.id == message_id)).all()
        return next(iter(_complete(connection, rows)), None)


def read_messages(database: Database, ids: Sequence[int]) -> dict[int, Stored]:
    """Read the current versions of messages by their ids; those that are not there are left out."""
    found: list[Stored] = []
    with database.reading() as connection:
        for chunk in chop(ids):
            query = select(MESSAGES).where(among(connection, MESSAGES.c.id, chunk))
            found += _complete(connection, connection.execute(query).all())
    return {one.id: one for one in found}
