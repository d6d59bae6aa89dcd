"""The words and facts of a week's changes, as the ledger keeps them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from otklik.datasets.ledger import Change, Entry
from otklik.datasets.problem_book import FACTS, ProblemBook, ProblemState, Status
from otklik.pipelines.problem_cells import (
    ANYWHERE,
    WINDOW_WEEKS,
    Window,
    most_common,
)
from otklik.pipelines.problem_match import Part, middle, pack_centre

Namer = Callable[[Window, Part], str | None]


class EntryWriter:
    """Entries of one week."""

    def __init__(
        self,
        window: Window,
        book: ProblemBook,
        week: str,
        stop: datetime,
        namer: Namer | None,
    ) -> None:
        self._window = window
        self._book = book
        self._week = week
        self._stop = stop
        self._namer = namer
        self._at = window.columns["dated_at"]

    def moment(self, row: int) -> datetime:
        """When a message was written."""
        return self._at[row].to_pydatetime()  # type: ignore[no-any-return]

    def merged(self, number: int, into: int) -> Entry:
        """Two problems have become one."""
        ids = sorted(self._book.problems[number].message_ids)
        reason = f"Сообщения говорят об одном и том же, что и проблема № {into}."
        return self._entry(number, Change.MERGED, ids, reason, other=into)

    def grown(self, number: int, rows: Sequence[int], cells: Iterable[str]) -> Entry:
        """New messages for a problem, which may open it again."""
        again = self._book.problems[number].status is Status.CLOSED
        details: dict[str, Any] = {**self._times(rows)}
        if new := sorted(cells):
            details["cells"] = new
        reason = f"Новых сообщений: {len(rows)}."
        if again:
            people = self._window.people(rows)
            reason = f"О закрытой проблеме снова пишут; разных авторов: {people}."
        change = Change.REOPENED if again else Change.GROWN
        return self._entry(number, change, self._ids(rows), reason, details=details)

    def born(self, number: int, part: Part, rows: Sequence[int]) -> Entry:
        """A new problem."""
        people = self._window.people(rows)
        reason = f"Новая проблема: разных авторов за {WINDOW_WEEKS} недель — {people}."
        return self._entry(
            number, Change.BORN, self._ids(rows), reason, details=self._facts(part, rows)
        )

    def split(self, number: int, part: Part, parent: int, rows: Sequence[int], main: Part) -> Entry:
        """A part of a problem that has become one of its own."""
        details = self._facts(part, rows)
        if part.narrow:
            details["left_cells"] = sorted(part.cells - main.cells)
        leaving = set(rows)
        left = [
            row
            for row, number_ in enumerate(self._window.ids)
            if int(number_) in self._book.problems[parent].message_ids and row not in leaving
        ]
        if left:
            details["parent_last_at"] = self._times(left)["last_at"]
        reason = f"Новые сообщения больше не связаны с остальными в проблеме № {parent}."
        return self._entry(
            number, Change.SPLIT, self._ids(rows), reason, other=parent, details=details
        )

    def closed(self, problem: ProblemState, last: datetime) -> Entry:
        """A problem that nobody writes about any more."""
        weeks = (self._stop - last) // timedelta(weeks=1)
        details = {}
        if problem.asset is None and problem.street_key is None:
            inside = [
                row for row, n in enumerate(self._window.ids) if int(n) in problem.message_ids
            ]
            if centre := pack_centre(middle(self._window.vectors, inside)):
                details["centre"] = centre
        reason = f"Об этом не пишут: полных недель тишины — {weeks}."
        return self._entry(problem.number, Change.CLOSED, (), reason, details=details)

    def _facts(self, part: Part, rows: Sequence[int]) -> dict[str, Any]:
        facts: dict[str, Any] = dict(facts_of(self._window, rows))
        name = self._namer(self._window, part) if self._namer else None
        facts["name"] = name or name_of(facts)
        return {**facts, "cells": sorted(part.cells), **self._times(rows)}

    def _times(self, rows: Sequence[int]) -> dict[str, str]:
        times = [self.moment(row) for row in rows]
        return {"first_at": min(times).isoformat(), "last_at": max(times).isoformat()}

    def _ids(self, rows: Sequence[int]) -> list[int]:
        return sorted(int(self._window.ids[row]) for row in rows)

    def _entry(
        self,
        number: int,
        change: Change,
        ids: Sequence[int],
        reason: str,
        *,
        other: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Entry:
        return Entry(
            number, change, self._stop, tuple(ids), other, reason, self._week, None, details or {}
        )


def facts_of(window: Window, rows: Sequence[int]) -> dict[str, str | None]:
    """What messages are about: for each of the `FACTS` the value met most."""
    found = {name: most_common([window.columns[name][row] for row in rows]) for name in FACTS}
    return {name: None if value is None else str(value) for name, value in found.items()}


def name_of(facts: Mapping[str, Any]) -> str:
    """«Нет воды: улица Садовая»."""
    what = facts.get("topic") or facts.get("group") or "Без темы"
    where = facts.get("asset") or facts.get("street") or facts.get("district") or ANYWHERE
    return f"{what}: {where}"
