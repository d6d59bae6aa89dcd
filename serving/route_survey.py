"""Every case that a table can be asked about, tried: conflicts, gaps, rows that never decide."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import Generic

from otklik.datasets.records import Kind
from otklik.datasets.rubricator import Rubricator
from otklik.serving.route_match import AnyRow, RowIndex, pick
from otklik.serving.route_rows import Case, DeadlineRow, RouteRow, Row

ANY = "*"
"""Stands for all districts or sources where no row tells them apart."""


@dataclass(frozen=True, slots=True)
class Domain:
    """What a message can be: topics, districts of the city, sources of the file."""

    rubricator: Rubricator
    districts: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics that no row tells apart; `topic` None stands for the group itself too."""

    group: str
    topic: str | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A case without a row, and the day from which on.

    `district` is None for messages of no known district, `ANY` where districts do not matter.
    """

    topics: Topics
    district: str | None
    source: str
    importance: int
    since: date


@dataclass(slots=True)
class Survey(Generic[AnyRow]):
    """What trying every case has shown.

    Parameters
    ----------
    conflicts : dict
        Numbers of rows that contradict each other → the rows and the first such case.
    gaps : list of Gap
        Only of periods that are not over.
    deciding : set of int
        Numbers of rows that decide some case.
    beaten_by : dict of int to dict
        Number of a row that matched without deciding → those that decided, by number.
    """

    conflicts: dict[tuple[int, ...], tuple[tuple[AnyRow, ...], Case]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    deciding: set[int] = field(default_factory=set)
    beaten_by: dict[int, dict[int, AnyRow]] = field(default_factory=lambda: defaultdict(dict))

    def unreachable(self, rows: Iterable[AnyRow]) -> list[tuple[AnyRow, list[AnyRow]]]:
        """Rows that decide nothing, each with those that decide instead; conflicts aside."""
        disputed = {number for numbers in self.conflicts for number in numbers}
        return [
            (row, list(self.beaten_by.get(row.number, {}).values()))
            for row in rows
            if row.number not in self.deciding | disputed
        ]


def survey(
    rows: Sequence[AnyRow], domain: Domain, today: date, kind: Kind = Kind.MESSAGE
) -> Survey[AnyRow]:
    """Try every case: topics × districts × sources × importance × periods of validity.

    What no row tells apart is tried once.

    Parameters
    ----------
    rows : sequence of Row
        Routes, or the deadlines of one kind and stage.
    today : date
        Gaps before it are nobody's trouble any more.
    kind : Kind
        Of the cases.
    """
    found: Survey[AnyRow] = Survey()
    for start, stop in _periods(rows):
        living = [row for row in rows if row.in_force(start)]
        index = RowIndex(living)
        for topics in _topics(living, domain.rubricator):
            near = index.of(topics.group, topics.topic)
            for district, source, importance in product(*_values(near, domain)):
                case = Case(topics.group, topics.topic, district, source, start, kind, importance)
                picked = pick(near, case)
                if picked.rivals:
                    numbers = tuple(sorted(row.number for row in picked.rivals))
                    found.conflicts.setdefault(numbers, (picked.rivals, case))
                elif picked.row is not None:
                    found.deciding.add(picked.row.number)
                    for row in near:
                        if row is not picked.row and row.matches(case):
                            found.beaten_by[row.number][picked.row.number] = picked.row
                elif stop is None or stop >= today:
                    since = max(start, today)
                    found.gaps.append(Gap(topics, district, source, importance, since))
    return found


def _periods(rows: Sequence[Row]) -> Iterator[tuple[date, date | None]]:
    """First and last days of the periods within which the same rows are in force."""
    one = timedelta(days=1)
    starts = {date.min}
    starts |= {row.valid_from for row in rows if row.valid_from is not None}
    starts |= {row.valid_to + one for row in rows if row.valid_to not in (None, date.max)}
    ordered = sorted(starts)
    for start, following in zip(ordered, [*ordered[1:], None], strict=True):
        yield start, following - one if following is not None else None


def _topics(rows: Sequence[Row], rubricator: Rubricator) -> Iterator[Topics]:
    named = {code for row in rows for code in row.topics}
    for group in rubricator.groups:
        members = [topic.code for topic in rubricator.members(group.code)]
        yield Topics(group.code, None, tuple(code for code in members if code not in named))
        for code in members:
            if code in named:
                yield Topics(group.code, code, (code,))


def _values(rows: Sequence[Row], domain: Domain) -> tuple[list[str | None], list[str], list[int]]:
    """Districts, sources and importance to try, as far as these rows tell them apart."""
    districts: list[str | None] = [ANY]
    if any(isinstance(row, RouteRow) and row.districts for row in rows):
        districts = [*domain.districts, None]
    sources = list(domain.sources) if any(row.sources for row in rows) else [ANY]
    graded = any(isinstance(row, DeadlineRow) and row.importance for row in rows)
    return districts, sources, list(range(6)) if graded else [0]
