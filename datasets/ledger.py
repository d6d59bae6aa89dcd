"""Problems under lasting numbers: every change is an entry, nothing is rewritten."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from otklik.datasets.errors import StoreError
from otklik.datasets.schema import PASSPORTS, PROBLEM_EVENTS
from otklik.datasets.store_engine import Database


class Change(StrEnum):
    """What may happen to a problem."""

    BORN = "born"
    GROWN = "grown"
    MERGED = "merged"
    SPLIT = "split"
    CLOSED = "closed"
    REOPENED = "reopened"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a problem.

    `message_ids` are those that the change added; `other` is the problem it was merged into or
    split from. `week` is the run that entered it («2026-W07»), `role` the person who did; one of
    them is None. `details` are the facts that the change states (`otklik.datasets.problem_book`).
    """

    number: int
    change: Change
    at: datetime
    message_ids: tuple[int, ...] = ()
    other: int | None = None
    reason: str = ""
    week: str | None = None
    role: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement with the messages that prove it."""

    text: str
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Passport:
    """The root cause of a problem as stated at one time; a later one stands beside it."""

    number: int
    sentences: tuple[Sentence, ...]
    made_at: datetime


class Ledger:
    """The passports of a store; its changes are entered by `otklik.datasets.problem_store`.

    Parameters
    ----------
    database : Database
        That of an open `Store`, which has brought it to the current revision.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_passport(self, passport: Passport) -> None:
        """Append a passport.

        Raises
        ------
        StoreError
            A sentence has no message behind it.
        """
        for sentence in passport.sentences:
            if not sentence.message_ids:
                raise StoreError(
                    f"Passport of problem {passport.number}: no message proves "
                    f"{sentence.text!r}. Name one, or leave the sentence out."
                )
        sentences = [[sentence.text, sentence.message_ids] for sentence in passport.sentences]
        with self._database.writing() as connection:
            connection.execute(
                insert(PASSPORTS).values(
                    number=passport.number, sentences=sentences, made_at=passport.made_at
                )
            )

    def passports(self, number: int) -> list[Passport]:
        """Return every passport of a problem, the latest last."""
        query = select(PASSPORTS.c.sentences, PASSPORTS.c.made_at)
        query = query.where(PASSPORTS.c.number == number).order_by(PASSPORTS.c.id)
        with self._database.reading() as connection:
            return [
                Passport(number, tuple(Sentence(text, tuple(ids)) for text, ids in sentences), at)
                for sentences, at in connection.execute(query)
            ]


def read_entries(connection: Connection, number: int | None = None) -> list[Entry]:
    """Return every change in the order of entry, of one problem or of all."""
    columns = PROBLEM_EVENTS.c
    query = select(*(columns[one.name] for one in fields(Entry))).order_by(columns.id)
    if number is not None:
        query = query.where(columns.number == number)
    return [_entry(row) for row in connection.execute(query)]


def entry_row(entry: Entry) -> dict[str, object]:
    """Row of the table of events."""
    return {
        "number": entry.number,
        "change": entry.change.value,
        "at": entry.at,
        "message_ids": entry.message_ids,
        "other": entry.other,
        "reason": entry.reason,
        "week": entry.week,
        "role": entry.role,
        "details": dict(entry.details) or None,
    }


def _entry(row: Row[Any]) -> Entry:
    values = row._asdict()
    values["change"] = Change(values["change"])
    values["message_ids"] = tuple(values["message_ids"])
    values["details"] = values["details"] or {}
    return Entry(**values)
