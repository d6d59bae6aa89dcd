"""Problems in the store: the ledger, the state beside it, and the proof that they agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from otklik.datasets.errors import LedgerMismatch
from otklik.datasets.ledger import Change, Entry, entry_row, read_entries
from otklik.datasets.problem_book import FACTS, ProblemBook, ProblemState, Status
from otklik.datasets.schema import PROBLEM_EVENTS, PROBLEMS
from otklik.datasets.schema_problems import PROBLEM_MEMBERS, PROBLEM_STATES, PROBLEM_WEEKS
from otklik.datasets.store_bulk import chop
from otklik.datasets.store_engine import Database

BATCH = 500
"""Ids in one statement: databases limit the number of parameters."""


@dataclass(frozen=True, slots=True)
class WeekDone:
    """One week of work on problems."""

    week: str
    n_messages: int
    n_entries: int
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """What a list says of one problem."""

    number: int
    name: str
    n_messages: int
    first_at: datetime
    last_at: datetime


class ProblemStore:
    """Ledger and state of the problems of a store.

    Parameters
    ----------
    database : Database
        That of an open `Store`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def book(self) -> ProblemBook:
        """Return the present state, read at once from where it is kept."""
        with self._database.reading() as connection:
            return _read_state(connection)

    def problem(self, number: int) -> ProblemState | None:
        """Return the present state of one problem, None if no problem has the number."""
        with self._database.reading() as connection:
            return _read_state(connection, number).problems.get(number)

    def largest(self, most: int, status: Status = Status.OPEN) -> tuple[list[ProblemLine], int]:
        """List the problems with most messages, and count all of this status.

        Returns
        -------
        list of ProblemLine
            At most `most`, the largest first, equal ones by number.
        int
            How many problems have this status.
        """
        columns, held = PROBLEM_STATES.c, PROBLEM_STATES.c.status == status.value
        query = (
            select(*(columns[one.name] for one in fields(ProblemLine)))
            .where(held)
            .order_by(columns.n_messages.desc(), columns.number)
            .limit(most)
        )
        with self._database.reading() as connection:
            lines = [ProblemLine(*row) for row in connection.execute(query)]
            total = connection.scalar(select(func.count()).select_from(PROBLEM_STATES).where(held))
        return lines, int(total or 0)

    def entries(self, number: int | None = None) -> list[Entry]:
        """Return every change in the order of entry, of one problem or of all."""
        with self._database.reading() as connection:
            return read_entries(connection, number)

    def proven(self) -> ProblemBook:
        """Replay the ledger and prove that the state is what it leads to.

        Raises
        ------
        LedgerMismatch
            Something was changed without an entry; names the problem and both values.
        """
        with self._database.reading() as connection:
            return _prove(connection)

    def last_week(self) -> str | None:
        """Name of the last week that was worked through."""
        with self._database.reading() as connection:
            return _last_week(connection)

    def finish_week(
        self, done: WeekDone, entries: Sequence[Entry], book: ProblemBook, n_before: int
    ) -> None:
        """Enter a week's changes, the state after them and the week itself in one transaction.

        Parameters
        ----------
        book : ProblemBook
            The state before the week; the changes are made to it.
        n_before : int
            How many entries the ledger had when the changes were worked out.

        Raises
        ------
        LedgerMismatch
            Somebody else has worked the week through or entered a change meanwhile.
        """
        with self._database.writing(alone=True) as connection:
            last, n_now = _last_week(connection), _count(connection)
            if (last is not None and last >= done.week) or n_now != n_before:
                raise LedgerMismatch(
                    f"Week {done.week}: the ledger has {n_now} entries and ends with {last}; "
                    f"the week was worked out on {n_before}. Somebody changed problems "
                    "meanwhile; run it again."
                )
            _enter(connection, entries, book)
            connection.execute(
                insert(PROBLEM_WEEKS).values(
                    week=done.week,
                    n_messages=done.n_messages,
                    n_entries=done.n_entries,
                    settings=dict(done.settings),
                    done_at=datetime.now(UTC),
                )
            )

    def enter(self, entries: Sequence[Entry]) -> None:
        """Enter changes that a person makes, with the state after them."""
        with self._database.writing(alone=True) as connection:
            _enter(connection, entries, _read_state(connection))

    def count(self) -> int:
        """Count the entries of the ledger."""
        with self._database.reading() as connection:
            return _count(connection)


def _enter(connection: Connection, entries: Sequence[Entry], book: ProblemBook) -> None:
    if not entries:
        return
    touched = set()
    founded = []
    for entry in entries:
        book.apply(entry)
        touched |= {entry.number} | ({entry.other} if entry.other is not None else set())
        if entry.change is Change.MERGED:  # what was apart from it is apart from where it goes on
            touched |= book.problems[entry.number].apart
        if entry.change in (Change.BORN, Change.SPLIT):
            founded.append(_problem_row(book.problems[entry.number]))
    if founded:
        connection.execute(insert(PROBLEMS), founded)
    connection.execute(insert(PROBLEM_EVENTS), [entry_row(entry) for entry in entries])
    for batch in chop(sorted(touched), BATCH):
        connection.execute(delete(PROBLEM_STATES).where(PROBLEM_STATES.c.number.in_(batch)))
        connection.execute(
            insert(PROBLEM_STATES), [_state_row(book.problems[number]) for number in batch]
        )
    moved = {message_id for entry in entries for message_id in entry.message_ids}
    for batch in chop(sorted(moved), BATCH):
        connection.execute(delete(PROBLEM_MEMBERS).where(PROBLEM_MEMBERS.c.message_id.in_(batch)))
        members = [{"message_id": one, "number": book.holders[one]} for one in batch]
        connection.execute(insert(PROBLEM_MEMBERS), members)


def _prove(connection: Connection) -> ProblemBook:
    book, state = ProblemBook.replay(read_entries(connection)), _read_state(connection)
    for number in sorted(book.problems | state.problems):
        told, kept = book.problems.get(number), state.problems.get(number)
        if told != kept:
            raise LedgerMismatch(
                f"Problem {number} was changed without an entry: {_difference(told, kept)}. "
                "Restore the database from its copy."
            )
    if book.holders != state.holders:
        raise LedgerMismatch(
            "Messages were moved between problems without an entry. "
            "Restore the database from its copy."
        )
    return book


def _difference(told: ProblemState | None, kept: ProblemState | None) -> str:
    if told is None or kept is None:
        return "the ledger knows it, the state does not" if told else "the ledger knows nothing"
    names = [name for name in ProblemState.__slots__ if getattr(told, name) != getattr(kept, name)]
    if names == ["message_ids"] or "message_ids" in names:
        odd = sorted(told.message_ids ^ kept.message_ids)
        return f"{len(odd)} messages differ, the first is {odd[0]}"
    name = names[0]
    return f"{name} is {getattr(told, name)!s} in the ledger and {getattr(kept, name)!s} beside it"


def _read_state(connection: Connection, only: int | None = None) -> ProblemBook:
    """State of all problems, or of one."""
    book = ProblemBook()
    columns = PROBLEM_STATES.c
    query = select(*columns).order_by(columns.number)
    members = select(PROBLEM_MEMBERS.c.message_id, PROBLEM_MEMBERS.c.number)
    if only is not None:
        query = query.where(columns.number == only)
        members = members.where(PROBLEM_MEMBERS.c.number == only)
    for number, status, name, first_at, last_at, _n, facts in connection.execute(query):
        book.problems[number] = ProblemState(
            number=number,
            name=name,
            facts={fact: facts.get(fact) for fact in FACTS},
            first_at=first_at,
            last_at=last_at,
            changed_at=datetime.fromisoformat(facts["changed_at"]),
            cells=set(facts["cells"]),
            status=Status(status),
            merged_into=facts["merged_into"],
            named_by=facts["named_by"],
            bound=set(facts["bound"]),
            apart=set(facts["apart"]),
            centre=facts["centre"],
        )
    for message_id, number in connection.execute(members):
        book.holders[message_id] = number
        book.problems[number].message_ids.add(message_id)
    return book


def _problem_row(problem: ProblemState) -> dict[str, object]:
    return {
        "number": problem.number,
        "mechanism": problem.topic or problem.group or problem.name,
        "place_key": problem.asset or problem.street_key or problem.district,
        "recipient": problem.recipient,
    }


def _state_row(problem: ProblemState) -> dict[str, object]:
    return {
        "number": problem.number,
        "status": problem.status.value,
        "name": problem.name,
        "first_at": problem.first_at,
        "last_at": problem.last_at,
        "n_messages": len(problem.message_ids),
        "facts": {
            **problem.facts,
            "changed_at": problem.changed_at.astimezone(UTC).isoformat(),
            "cells": sorted(problem.cells),
            "merged_into": problem.merged_into,
            "named_by": problem.named_by,
            "bound": sorted(problem.bound),
            "apart": sorted(problem.apart),
            "centre": problem.centre,
        },
    }


def _last_week(connection: Connection) -> str | None:
    found: str | None = connection.scalar(select(func.max(PROBLEM_WEEKS.c.week)))
    return found


def _count(connection: Connection) -> int:
    return int(connection.scalar(select(func.count()).select_from(PROBLEM_EVENTS)) or 0)
