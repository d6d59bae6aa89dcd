"""What a week does to the problems, as entries for the ledger."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.datasets.ledger import Entry
from otklik.datasets.problem_book import ProblemBook, ProblemState, Status
from otklik.pipelines.problem_cells import (
    WINDOW_WEEKS,
    Window,
)
from otklik.pipelines.problem_entries import EntryWriter, Namer
from otklik.pipelines.problem_links import Ties
from otklik.pipelines.problem_match import Part, middle

BORN_PEOPLE = 3
"""Different authors within the window that make a problem."""
BACK_PEOPLE = 2
"""Different authors that open a closed one again."""
FRESH_DAYS, FRESH_PEOPLE = 14, 2
"""What has split off must also be written about of late."""
QUIET_WEEKS = (4, WINDOW_WEEKS)
"""A problem closes after so many weeks of silence: the first at the least, more for one that was
always rare, the second at the most."""
SURE = 3.0
"""Messages that its own rate would have brought in that time: silence by chance is below 5 %."""
MERGE_COSINE = 0.7
"""Likeness of two problems of a wide place that become one."""


@dataclass
class _Plan:
    """Decisions of a week before they are entries."""

    merged: dict[int, int] = field(default_factory=dict)
    split: list[tuple[Part, int, list[int]]] = field(default_factory=list)
    born: list[Part] = field(default_factory=list)
    grown: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    cells: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


def changes_of_week(
    window: Window,
    parts: Sequence[Part],
    ties: Ties,
    matched: Mapping[int, int],
    book: ProblemBook,
    *,
    week: str,
    stop: datetime,
    namer: Namer | None = None,
) -> list[Entry]:
    """Turn an assignment into changes.

    Parameters
    ----------
    matched : mapping of int to int
        Position of a part to the number of its problem.
    book : ProblemBook
        The state before the week; it stays as it is.
    week : str
        «2026-W07».
    stop : datetime
        The first moment after the week: the time of every change.
    namer : callable, optional
        Gives a new problem its name; without one, or where it gives none, topic and place do.
    """
    plan = _plan(window, parts, ties, matched, book)
    write = EntryWriter(window, book, week, stop, namer)
    entries = [write.merged(*pair) for pair in sorted(plan.merged.items())]
    for number, rows in sorted(plan.grown.items()):
        entries.append(write.grown(number, rows, plan.cells[number]))
    own = {number: position for position, number in matched.items()}
    founding = [(part.rows[0], part, parent, rows) for part, parent, rows in plan.split]
    founding += [(part.rows[0], part, 0, part.new) for part in plan.born]
    number = book.next_number
    for _, part, parent, rows in sorted(founding, key=lambda one: one[0]):
        if parent:
            entries.append(write.split(number, part, parent, rows, parts[own[parent]]))
        else:
            entries.append(write.born(number, part, rows))
        number += 1
    gone = set(plan.merged)
    heard = {n: max(write.moment(row) for row in rows) for n, rows in plan.grown.items()}
    for one in sorted(set(book.problems) - gone):
        problem = book.problems[one]
        last = max(heard.get(one, problem.last_at), problem.last_at)
        taken = [n for n, into in plan.merged.items() if into == one]
        last = max([last, *(book.problems[n].last_at for n in taken)])
        if problem.status is Status.OPEN and _is_quiet(problem, last, stop):
            entries.append(write.closed(problem, last))
    return entries


def _plan(
    window: Window,
    parts: Sequence[Part],
    ties: Ties,
    matched: Mapping[int, int],
    book: ProblemBook,
) -> _Plan:
    plan = _Plan()
    plan.merged = _mergers(window, parts, matched, book)
    own = {number: position for position, number in matched.items()}
    for position, part in enumerate(parts):
        number = matched.get(position) or _parent(part, book)
        number = plan.merged.get(number, number)
        if position not in matched and number in own:
            rows = _split_off(window, part, ties, parts[own[number]], book.problems[number])
            if rows:
                plan.split.append((part, number, rows))
                continue
        if not part.new:
            continue
        if number == 0:
            if window.people(part.new) >= BORN_PEOPLE:
                plan.born.append(part)
        elif book.problems[number].status is Status.OPEN or (
            window.people(part.new) >= BACK_PEOPLE
        ):
            plan.grown[number].extend(part.new)
            plan.cells[number] |= part.cells - book.problems[number].cells
    return plan


def _parent(part: Part, book: ProblemBook) -> int:
    """The open problem that most messages of an unmatched part belong to, 0 for none."""
    held = {n: count for n, count in part.held.items() if book.problems[n].status is Status.OPEN}
    return min(held, key=lambda number: (-held[number], number), default=0)


def _mergers(
    window: Window, parts: Sequence[Part], matched: Mapping[int, int], book: ProblemBook
) -> dict[int, int]:
    """Open problems without a part of their own whose messages lie in that of another one."""
    inside: dict[int, int] = defaultdict(int)
    for part in parts:
        for number, count in part.held.items():
            inside[number] += count
    taken = set(matched.values())
    merged: dict[int, int] = {}
    for number in sorted(inside):
        problem = book.problems[number]
        if number in taken or problem.status is not Status.OPEN:
            continue
        best = max(range(len(parts)), key=lambda one: (parts[one].held[number], -one))
        into = matched.get(best, 0)
        if not into or into in problem.apart or book.problems[into].status is not Status.OPEN:
            continue
        if 2 * parts[best].held[number] < inside[number]:
            continue
        if parts[best].narrow or _sound_alike(window, problem, book.problems[into]):
            merged[number] = into
    return merged


def _sound_alike(window: Window, one: ProblemState, other: ProblemState) -> bool:
    centres = []
    for problem in (one, other):
        rows = [row for row, n in enumerate(window.ids) if int(n) in problem.message_ids]
        centres.append(middle(window.vectors, rows))
    if not centres[0].any() or not centres[1].any():
        return True
    return float(centres[0] @ centres[1]) >= MERGE_COSINE


def _split_off(
    window: Window, part: Part, ties: Ties, main: Part, parent: ProblemState
) -> list[int]:
    """Messages that leave a problem, none where the part is too thin to be one.

    Those that speak of both sides stay.
    """
    if part.cells & parent.bound or parent.status is not Status.OPEN:
        return []
    cells = {window.cells[row] for row in main.rows}
    ours = [
        row
        for row in part.rows
        if int(window.ids[row]) in parent.message_ids or row in set(part.new)
    ]
    rows = [row for row in ours if not (ties.named.get(row, frozenset()) & cells)]
    fresh = [row for row in rows if window.ages[row] <= FRESH_DAYS]
    if window.people(rows) < BORN_PEOPLE or window.people(fresh) < FRESH_PEOPLE:
        return []
    return rows


def _is_quiet(problem: ProblemState, last: datetime, stop: datetime) -> bool:
    span = max(1.0, (problem.last_at - problem.first_at) / timedelta(weeks=1))
    rate = max(len(problem.message_ids), 1) / span
    weeks = min(max(math.ceil(SURE / rate), QUIET_WEEKS[0]), QUIET_WEEKS[1])
    # a problem that a person opened again waits as long as a new one
    return stop - max(last, problem.changed_at - timedelta(weeks=1)) >= timedelta(weeks=weeks)
