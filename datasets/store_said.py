"""What a source says of a message beside its text: labels, answers, statuses. Each thing once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Table, select

from otklik.datasets.records import GivenAnswer, GivenStatus, SourceLabel
from otklik.datasets.schema import ANSWERS, MESSAGES, SOURCE_LABELS, STATUSES
from otklik.datasets.store_bulk import among, chop, insert_many, upsert
from otklik.datasets.store_intake import Columns, Version, number_of

Said = SourceLabel | GivenAnswer | GivenStatus

TABLES: dict[str, tuple[Table, type[Said]]] = {
    "labels": (SOURCE_LABELS, SourceLabel),
    "answers": (ANSWERS, GivenAnswer),
    "statuses": (STATUSES, GivenStatus),
}


def say(connection: Connection, versions: Sequence[Version], run_id: int) -> None:
    """Write what these versions say; what an earlier version said, too, is only confirmed."""
    for field, (table, made) in TABLES.items():
        places = [
            (version, position, said)
            for version in versions
            for position, said in enumerate(getattr(version.intake.message, field))
        ]
        columns: Columns = {
            name.name: [getattr(said, name.name) for _, _, said in places] for name in fields(made)
        }
        columns |= {
            "fingerprint": [fingerprint(*values) for values in zip(*columns.values(), strict=True)],
            "message_id": [version.message_id for version, _, _ in places],
            "version": [version.number for version, _, _ in places],
            "position": [position for _, position, _ in places],
            "run_id": [run_id] * len(places),
        }
        confirm = upsert(connection, table, ("message_id", "fingerprint"), ("version", "position"))
        insert_many(connection, confirm, columns)


def said_now(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, list[Said]]]:
    """Read what the current versions say: message id → "labels", "answers", "statuses"."""
    found: dict[int, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))
    for field, (table, made) in TABLES.items():
        columns = [table.c[name.name] for name in fields(made)]
        query = select(table.c.message_id, *columns).join(
            MESSAGES,
            (MESSAGES.c.id == table.c.message_id) & (MESSAGES.c.version == table.c.version),
        )
        for chunk in chop(ids):
            current = query.where(among(connection, table.c.message_id, chunk)).order_by(
                table.c.position
            )
            for message_id, *values in connection.execute(current):
                found[message_id][field].append(made(*values))
    return found


def said_ever(connection: Connection, field: str, message_id: int) -> list[Said]:
    """Read all that was ever said in one field, in the order of versions."""
    table, made = TABLES[field]
    columns = [table.c[name.name] for name in fields(made)]
    query = select(*columns).where(table.c.message_id == message_id)
    found = connection.execute(query.order_by(table.c.version, table.c.position))
    return [made(*values) for values in found]


@lru_cache(maxsize=4096)  # a batch repeats the same few labels
def fingerprint(*values: str | datetime | None) -> int:
    """Number that tells what is said from all else that is said of the same message."""
    parts = [str(value.timestamp() if isinstance(value, datetime) else value) for value in values]
    return number_of("\x1f".join(parts).encode(errors="replace"))
