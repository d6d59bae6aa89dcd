"""Many official answers at once, told apart from their messages."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Any

from sqlalchemy import Connection, func, select

from otklik.datasets.records import GivenAnswer
from otklik.datasets.schema import ANSWERS, MESSAGES
from otklik.datasets.store_bulk import among, chop, insert_many, upsert
from otklik.datasets.store_engine import Database
from otklik.datasets.store_intake import Key
from otklik.datasets.store_said import fingerprint

Rows = list[tuple[int, int, GivenAnswer]]


def tell_answers(
    database: Database, told: Sequence[tuple[Key, GivenAnswer]], run_id: int
) -> list[bool | None]:
    """Store answers, each once, in one transaction.

    Parameters
    ----------
    told : sequence of (key, answer)
        Source and external id of the message as stored; the answer masked.

    Returns
    -------
    list of bool or None
        For each: whether it is new; None where there is no such message.
    """
    with database.writing(alone=True) as connection:
        messages = _messages(connection, [key for key, _ in told])
        marks = [_mark(answer) for _, answer in told]
        numbers = [messages[key][0] for key, _ in told if key in messages]
        known, last = _known(connection, numbers)
        columns: dict[str, list[Any]] = defaultdict(list)
        outcome: list[bool | None] = []
        for (key, answer), mark in zip(told, marks, strict=True):
            if key not in messages:
                outcome.append(None)
                continue
            number, version = messages[key]
            outcome.append((number, mark) not in known)
            known.add((number, mark))
            last[number] += 1
            own = {field.name: getattr(answer, field.name) for field in fields(answer)}
            place = {"message_id": number, "fingerprint": mark, "version": version}
            row = {**own, **place, "position": last[number], "run_id": run_id}
            for name, value in row.items():
                columns[name].append(value)
        hold = upsert(connection, ANSWERS, ("message_id", "fingerprint"), ("version",))
        insert_many(connection, hold, columns)
    return outcome


def _messages(connection: Connection, keys: Sequence[Key]) -> dict[Key, tuple[int, int]]:
    """Id and version of each message that is stored, by its name."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, external_id in dict.fromkeys(keys):
        by_source[source].append(external_id)
    columns = MESSAGES.c
    wanted = select(columns.external_id, columns.id, columns.version)
    found: dict[Key, tuple[int, int]] = {}
    for source, external_ids in by_source.items():
        for chunk in chop(external_ids):
            query = wanted.where(
                columns.source == source, among(connection, columns.external_id, chunk)
            )
            for external_id, number, version in connection.execute(query):
                found[source, external_id] = number, version
    return found


def _known(
    connection: Connection, numbers: Sequence[int]
) -> tuple[set[tuple[int, int]], dict[int, int]]:
    """What these messages were answered before, and the last position of each."""
    known: set[tuple[int, int]] = set()
    last: dict[int, int] = defaultdict(lambda: -1)
    columns = ANSWERS.c
    for chunk in chop(dict.fromkeys(numbers)):
        among_them = among(connection, columns.message_id, chunk)
        query = select(columns.message_id, columns.fingerprint).where(among_them)
        known.update((number, mark) for number, mark in connection.execute(query))
        ends = select(columns.message_id, func.max(columns.position)).where(among_them)
        for number, position in connection.execute(ends.group_by(columns.message_id)):
            last[number] = position
    return known, last


def _mark(answer: GivenAnswer) -> int:
    return fingerprint(*astuple(answer))
