"""What a person decides about problems: stored as entries by role, and heeded by later runs.

A name stays; what was merged stays together, and what was split apart. A problem that a person
closed opens again only when new messages come.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from otklik.datasets.errors import BadProblem
from otklik.datasets.ledger import Change, Entry
from otklik.datasets.problem_book import ProblemBook, ProblemState, Status
from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.store import Store
from otklik.pipelines.problem_cells import Window, build_window, lasting
from otklik.pipelines.problem_entries import facts_of
from otklik.pipelines.snapshot import snapshot_of_store


@dataclass(frozen=True)
class Decision:
    """Who decides, why and when.

    Parameters
    ----------
    role : str
        «координатор»; never a person's name.
    reason : str
        In their words.
    at : datetime or None
        With time zone; None means now.
    """

    role: str
    reason: str
    at: datetime | None = None

    def entry(
        self,
        number: int,
        change: Change,
        ids: Sequence[int] = (),
        other: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> Entry:
        """Make the entry of a change."""
        at = self.at or datetime.now(UTC)
        return Entry(
            number, change, at, tuple(ids), other, self.reason, None, self.role, details or {}
        )


def rename_problem(store: Store, number: int, name: str, by: Decision) -> None:
    """Give a problem a name that weekly runs leave alone.

    Raises
    ------
    BadProblem
        No such problem, or an empty name.
    """
    if not name.strip():
        raise BadProblem(f"Problem {number}: the new name is empty. Give it a few words.")

    def change(book: ProblemBook) -> Entry:
        problem = _standing(book, number)
        return by.entry(problem.number, Change.RENAMED, details={"name": name.strip()})

    _enter(store, change)


def merge_problems(store: Store, number: int, into: int, by: Decision) -> None:
    """Let one problem go on under the number of another; weekly runs never part them.

    Raises
    ------
    BadProblem
        No such problem, or one and the same.
    """

    def change(book: ProblemBook) -> Entry:
        problem, other = _standing(book, number), _standing(book, into)
        if problem is other:
            raise BadProblem(f"Problem {number} cannot be merged into itself. Name another one.")
        return by.entry(number, Change.MERGED, sorted(problem.message_ids), into)

    _enter(store, change)


def split_problem(
    store: Store, number: int, message_ids: Sequence[int], by: Decision, *, name: str = ""
) -> int:
    """Take messages out of a problem into a new one; weekly runs never join the two.

    Returns
    -------
    int
        Number of the new problem.

    Raises
    ------
    BadProblem
        No such problem, a message that is not of it, or nothing that would stay.
    """
    leaving = set(message_ids)
    numbers: list[int] = []

    def change(book: ProblemBook) -> Entry:
        problem = _standing(book, number)
        if strange := sorted(leaving - problem.message_ids):
            raise BadProblem(f"Message {strange[0]} is not of problem {number}; see `show`.")
        if not leaving or leaving == problem.message_ids:
            raise BadProblem(
                f"Problem {number} has {len(problem.message_ids)} messages, {len(leaving)} would "
                "leave it: name some of them, not none and not all."
            )
        numbers.append(book.next_number)
        details = _details(store, problem, leaving, name.strip())
        return by.entry(numbers[-1], Change.SPLIT, sorted(leaving), number, details)

    _enter(store, change)
    return numbers[-1]


def close_problem(store: Store, number: int, by: Decision) -> None:
    """Close an open problem.

    Raises
    ------
    BadProblem
        No such problem, or not open.
    """
    _enter(store, lambda book: by.entry(_in(book, number, Status.OPEN).number, Change.CLOSED))


def reopen_problem(store: Store, number: int, by: Decision) -> None:
    """Open a closed problem again.

    Raises
    ------
    BadProblem
        No such problem, or not closed.
    """
    _enter(store, lambda book: by.entry(_in(book, number, Status.CLOSED).number, Change.REOPENED))


def find_problem(book: ProblemBook, number: int) -> ProblemState:
    """Return a problem by its number, merged ones too.

    Raises
    ------
    BadProblem
        There is none.
    """
    if number not in book.problems:
        last = max(book.problems, default=0)
        raise BadProblem(f"There is no problem {number}; numbers go up to {last}.")
    return book.problems[number]


def _enter(store: Store, change: Callable[[ProblemBook], Entry]) -> None:
    problems = ProblemStore(store.database)
    problems.enter([change(problems.proven())])


def _standing(book: ProblemBook, number: int) -> ProblemState:
    problem = find_problem(book, number)
    if problem.status is Status.MERGED:
        raise BadProblem(
            f"Problem {number} goes on as problem {book.live(number)}: change that one."
        )
    return problem


def _in(book: ProblemBook, number: int, status: Status) -> ProblemState:
    problem = _standing(book, number)
    if problem.status is not status:
        raise BadProblem(f"Problem {number} is {problem.status}, not {status}.")
    return problem


def _details(store: Store, problem: ProblemState, leaving: set[int], name: str) -> dict[str, Any]:
    """Facts of what leaves a problem, and what the problem loses."""
    window = _messages_of(store, problem)
    rows = [row for row, one in enumerate(window.ids) if int(one) in leaving]
    stay = [
        row
        for row, one in enumerate(window.ids)
        if int(one) in problem.message_ids and int(one) not in leaving
    ]
    mine, theirs = (_cells(window, its) & problem.cells for its in (rows, stay))
    times = window.columns["dated_at"]
    facts: dict[str, Any] = dict(facts_of(window, rows))
    return facts | {
        "name": name or f"{problem.name} (отделено от № {problem.number})",
        "cells": sorted(mine or problem.cells),
        "left_cells": sorted(mine - theirs) if theirs else [],
        "first_at": min(times[row] for row in rows).isoformat(),
        "last_at": max(times[row] for row in rows).isoformat(),
        "parent_last_at": max(times[row] for row in stay).isoformat(),
    }


def _messages_of(store: Store, problem: ProblemState) -> Window:
    start, stop = problem.first_at, problem.last_at + timedelta(seconds=1)
    snapshot = snapshot_of_store(store, since=start, until=stop, vectors=False)
    return build_window(snapshot, start, stop, None)


def _cells(window: Window, rows: Sequence[int]) -> set[str]:
    return {lasting(cell) for row in rows if (cell := window.cells[row]) is not None}
