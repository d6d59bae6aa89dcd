"""Writing a batch of messages: each row of a source once, each change a new version."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update

from otklik.datasets.originals import Originals
from otklik.datasets.schema import MESSAGE_VERSIONS, MESSAGES, ORIGINALS, UtcTime
from otklik.datasets.store_bulk import among, chop, insert_many
from otklik.datasets.store_intake import Columns, Intake, Key, Saved, Version, message_columns
from otklik.datasets.store_said import say
from otklik.datasets.told_answers import keep_told


class _Known(NamedTuple):
    """What the store already has under a key."""

    id: int
    version: int
    source_hash: str
    text_key: int | None


_COPIED = [column for column in MESSAGE_VERSIONS.c if column.name != "message_id"]
# A change keeps the moment of receipt that the source does not repeat.
_CHANGE = (
    update(MESSAGES)
    .where(MESSAGES.c.id == bindparam("message_id"))
    .values(
        received_at=func.coalesce(bindparam("received", type_=UtcTime), MESSAGES.c.received_at),
        dated_at=func.coalesce(bindparam("dated", type_=UtcTime), MESSAGES.c.received_at),
    )
)


def save(
    connection: Connection, batch: Sequence[Intake], run_id: int, originals: Originals | None
) -> Saved:
    """Write a batch; the caller holds the only writing transaction."""
    saved = Saved()
    for wave in _waves(batch):
        saved += _save_wave(connection, wave, run_id, originals)
    return saved


def source_hashes(connection: Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """Return the hash of the current version of each message that is stored."""
    return {key: known.source_hash for key, known in _find(connection, keys).items()}


def _waves(batch: Iterable[Intake]) -> Iterator[dict[Key, Intake]]:
    """Split so that no key repeats: the second row of a key is a change of the first."""
    rest = list(batch)
    while rest:
        wave: dict[Key, Intake] = {}
        repeated = []
        for intake in rest:
            key = intake.key
            if key in wave:
                repeated.append(intake)
            else:
                wave[key] = intake
        yield wave
        rest = repeated


def _save_wave(
    connection: Connection, wave: dict[Key, Intake], run_id: int, originals: Originals | None
) -> Saved:
    known = _find(connection, wave)
    fresh = [intake for key, intake in wave.items() if key not in known]
    changed = [
        (intake, found)
        for key, intake in wave.items()
        if (found := known.get(key)) and found.source_hash != intake.source_hash
    ]
    added, duplicates = _insert(connection, fresh, run_id)
    replaced = _change(connection, changed, run_id)
    say(connection, added + replaced, run_id)
    keep_told(connection, [version.message_id for version in replaced])
    if originals:
        _seal(connection, added + replaced, originals)
    return Saved(len(fresh), len(changed), len(wave) - len(fresh) - len(changed), duplicates)


def _find(connection: Connection, keys: Iterable[Key]) -> dict[Key, _Known]:
    by_source: dict[str, list[str]] = {}
    for source, external_id in keys:
        by_source.setdefault(source, []).append(external_id)
    columns = MESSAGES.c
    wanted = select(
        columns.external_id, columns.id, columns.version, columns.source_hash, columns.text_key
    )
    known = {}
    for source, external_ids in by_source.items():
        for chunk in chop(external_ids):
            query = wanted.where(
                columns.source == source, among(connection, columns.external_id, chunk)
            )
            for external_id, *found in connection.execute(query):
                known[source, external_id] = _Known(*found)
    return known


def _insert(connection: Connection, fresh: list[Intake], run_id: int) -> tuple[list[Version], int]:
    now = datetime.now(UTC)
    first = 1 + (connection.scalar(select(func.max(MESSAGES.c.id))) or 0)
    added = [Version(first + offset, 1, intake) for offset, intake in enumerate(fresh)]
    columns = message_columns(added, run_id, now)
    columns["received_at"] = [intake.message.received_at or now for intake in fresh]
    columns["dated_at"] = [
        posted or received
        for posted, received in zip(columns["posted_at"], columns["received_at"], strict=True)
    ]
    columns["duplicate_of"] = _heads(connection, columns["id"], columns["text_key"])
    insert_many(connection, insert(MESSAGES), columns)
    return added, len(fresh) - columns["duplicate_of"].count(None)


def _change(
    connection: Connection, changed: list[tuple[Intake, _Known]], run_id: int
) -> list[Version]:
    if not changed:
        return []
    for chunk in chop(found.id for _, found in changed):
        _archive(connection, chunk)
    replaced = [Version(found.id, found.version + 1, intake) for intake, found in changed]
    columns = message_columns(replaced, run_id, datetime.now(UTC))
    columns["message_id"] = columns.pop("id")
    columns["received"] = [intake.message.received_at for intake, _ in changed]
    columns["dated"] = [
        intake.message.posted_at or intake.message.received_at for intake, _ in changed
    ]
    rows = zip(*columns.values(), strict=True)
    connection.execute(_CHANGE, [dict(zip(columns, row, strict=True)) for row in rows])
    _relink(connection, {found.text_key for _, found in changed} | set(columns["text_key"]))
    return replaced


def _archive(connection: Connection, ids: list[int]) -> None:
    """Copy the versions about to be replaced."""
    former = select(MESSAGES.c.id, *(MESSAGES.c[column.name] for column in _COPIED))
    connection.execute(
        insert(MESSAGE_VERSIONS).from_select(
            ["message_id", *(column.name for column in _COPIED)],
            former.where(among(connection, MESSAGES.c.id, ids)),
        )
    )


def _heads(connection: Connection, ids: list[int], text_keys: list[int | None]) -> list[int | None]:
    """Return, for each new message, the first one with its text; None where it is the first."""
    earliest: dict[int, int] = {}
    for chunk in chop({key for key in text_keys if key is not None}):
        query = select(MESSAGES.c.text_key, func.min(MESSAGES.c.id))
        query = query.where(among(connection, MESSAGES.c.text_key, chunk)).group_by(
            MESSAGES.c.text_key
        )
        earliest.update((key, first) for key, first in connection.execute(query))
    heads: list[int | None] = []
    for message_id, key in zip(ids, text_keys, strict=True):
        head = message_id if key is None else earliest.setdefault(key, message_id)
        heads.append(None if head == message_id else head)
    return heads


def _relink(connection: Connection, text_keys: Iterable[int | None]) -> None:
    """Point every message of these texts to the first of its kind, after a text has changed."""
    twin = MESSAGES.alias()
    first = select(func.min(twin.c.id)).where(twin.c.text_key == MESSAGES.c.text_key)
    head = func.nullif(first.scalar_subquery(), MESSAGES.c.id)
    for chunk in chop(sorted(key for key in text_keys if key is not None)):
        connection.execute(
            update(MESSAGES)
            .where(among(connection, MESSAGES.c.text_key, chunk))
            .values(duplicate_of=head)
        )


def _seal(connection: Connection, versions: list[Version], originals: Originals) -> None:
    kept = [version for version in versions if version.intake.original is not None]
    columns: Columns = {
        "message_id": [version.message_id for version in kept],
        "version": [version.number for version in kept],
        "sealed": [originals.seal(version.intake.original or "") for version in kept],
    }
    insert_many(connection, insert(ORIGINALS), columns)
