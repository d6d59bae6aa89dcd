"""Which row decides a case, who stands in for whom, and what that makes for one message."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Generic, TypeVar

from otklik.datasets.records import Kind
from otklik.serving.deadline import due
from otklik.serving.route_rows import Case, DeadlineRow, Event, RouteRow, Row, Stage
from otklik.serving.route_table import RouteTable

AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True, slots=True)
class Picked(Generic[AnyRow]):
    """The row that decides a case.

    Parameters
    ----------
    row : Row or None
        None where nothing matches, or where `rivals` contradict each other.
    rivals : tuple of Row
        Rows of which none is more specific, and which decide differently.
    """

    row: AnyRow | None
    rivals: tuple[AnyRow, ...] = ()


def pick(rows: Sequence[AnyRow], case: Case) -> Picked[AnyRow]:
    """Choose among rows: highest priority, then the one that is most specific in every condition.

    A row for a topic beats one for its group, one for a district beats one for all, and so on. A
    row that is more specific in one condition and less in another beats nobody: the owner decides,
    by a row for both or by a priority.
    """
    found = [row for row in rows if row.matches(case)]
    if not found:
        return Picked(None)
    top = max(row.priority for row in found)
    found = [row for row in found if row.priority == top]
    best = [row for row in found if all(row.beats(other) for other in found)]
    # Without a best row the rivals are those that no other is strictly better than.
    rivals = best or [
        row
        for row in found
        if not any(other.beats(row) and not row.beats(other) for other in found)
    ]
    if any(row.value != rivals[0].value for row in rivals):
        return Picked(None, tuple(rivals))
    return Picked(rivals[0])


class RowIndex(Generic[AnyRow]):
    """Rows by topic and group: a message meets a handful of hundreds."""

    def __init__(self, rows: Sequence[AnyRow]) -> None:
        self._named: dict[str, list[AnyRow]] = defaultdict(list)
        self._all = [row for row in rows if not row.topic_level]
        for row in rows:
            for code in {*row.topics, *row.groups}:
                self._named[code].append(row)

    def of(self, group: str, topic: str | None) -> list[AnyRow]:
        """Rows that name the topic, its group, or neither topics nor groups."""
        named = self._named.get(topic, []) if topic is not None else []
        return [*named, *self._named.get(group, []), *self._all]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who answers a message.

    Parameters
    ----------
    recipients : tuple of str
        Codes of those who answer on that day, the responsible one first; empty where a person must
        decide.
    row : RouteRow or None
        The row that decided.
    substituted : tuple of (str, str)
        Who is absent, and who stands in.
    reason : str
        In Russian, for the staff.
    """

    recipients: tuple[str, ...]
    row: RouteRow | None
    substituted: tuple[tuple[str, str], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when something has to be done.

    `due` is the last moment in time, with zone; `started` the event that was counted from.
    """

    stage: Stage
    due: datetime
    started: Event
    row: DeadlineRow


class Router:
    """Answers «who» and «by when» from a checked table; thread-safe, nothing is written.

    Parameters
    ----------
    table : RouteTable
        As `otklik.serving.route_check.load_routes` returns it.
    path : Path
        Its file, named in reasons.
    """

    def __init__(self, table: RouteTable, path: Path) -> None:
        self.table = table
        self.path = path
        self.calendars = table.work_calendars()
        self._routes = RowIndex(table.routes)
        parts: dict[tuple[Kind, Stage], list[DeadlineRow]] = defaultdict(list)
        for row in table.deadlines:
            parts[row.kind, row.stage].append(row)
        self._deadlines = {part: RowIndex(rows) for part, rows in parts.items()}

    def local_date(self, moment: datetime) -> date:
        """Day of a moment in the city's zone."""
        return moment.astimezone(self.table.zone).date()

    def assign(self, case: Case) -> Assignment:
        """Find the recipients of a case; never guesses."""
        picked = pick(self._routes.of(case.group, case.topic), case)
        if picked.rivals:
            lines = " и ".join(str(row.line) for row in picked.rivals)
            reason = f"строки {lines} файла {self.path.name} противоречат друг другу"
            return Assignment((), None, (), reason)
        if picked.row is None:
            return Assignment((), None, (), f"в {self.path.name} нет получателя для этой темы")
        acting: list[str] = []
        substituted = []
        for code in picked.row.recipients:
            present = self.acting(code, case.on)
            if present is None:
                name = self.table.recipients[code].name
                reason = f"{name}: отсутствует {case.on:%d.%m.%Y}, заместителя нет"
                return Assignment((), picked.row, (), reason)
            if present != code:
                substituted.append((code, present))
            if present not in acting:
                acting.append(present)
        reason = f"{self.path.name}, строка {picked.row.line}: {self._names(acting)}"
        for absent, present in substituted:
            names = self._names([present]), self._names([absent])
            reason += f"; {names[0]} замещает {names[1]}"
        return Assignment(tuple(acting), picked.row, tuple(substituted), reason)

    def acting(self, code: str, on: date) -> str | None:
        """Who answers for a recipient on that day: itself, or the first substitute who is there."""
        seen: set[str] = set()
        while code not in seen:
            seen.add(code)
            recipient = self.table.recipients[code]
            absence = next((one for one in recipient.absences if one.covers(on)), None)
            if absence is None:
                return code
            substitute = absence.substitute or recipient.substitute
            if substitute is None:
                return None
            code = substitute
        return None

    def deadline(
        self, case: Case, moments: Mapping[Event, datetime], stage: Stage = Stage.ANSWER
    ) -> Deadline | None:
        """By when a stage is due.

        Parameters
        ----------
        case : Case
            With kind and importance.
        moments : mapping of Event to datetime
            What has happened, with time zone. Where the registration is not known, the receipt,
            which is never later, is counted from.
        stage : Stage
            What has to be done.

        Returns
        -------
        Deadline or None
            None where no row is for the stage, or its clock is not going yet.
        """
        index = self._deadlines.get((case.kind, stage))
        row = pick(index.of(case.group, case.topic), case).row if index is not None else None
        if row is None:
            return None
        started = row.starts
        if started is Event.REGISTERED and started not in moments:
            started = Event.RECEIVED
        if started not in moments:
            return None
        calendar = self.calendars[row.calendar or self.table.calendar]
        return Deadline(stage, due(moments[started], row.term, calendar), started, row)

    def deadlines(self, case: Case, moments: Mapping[Event, datetime]) -> list[Deadline]:
        """Every stage whose clock is going, the earliest first."""
        found = (self.deadline(case, moments, stage) for stage in Stage)
        return sorted((one for one in found if one is not None), key=lambda one: one.due)

    def _names(self, codes: Sequence[str]) -> str:
        return ", ".join(self.table.recipients[code].name for code in codes)
