"""A routing file checked: what contradicts, lacks, never acts or names what does not exist."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from pathlib import Path

from otklik.datasets.errors import BadRoutes, OtklikError
from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.records import Kind
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.serving.route_match import AnyRow, Router
from otklik.serving.route_names import check_names
from otklik.serving.route_report import (
    Fault,
    Severity,
    conflict,
    error,
    gap_faults,
    unreachable,
    warning,
)
from otklik.serving.route_rows import TO_CONFIRM, Stage
from otklik.serving.route_survey import Domain, Survey, survey
from otklik.serving.route_table import RouteFile, RouteTable, find_routes, read_routes
from otklik.serving.work_calendar import known_through

# As long as the longest usual term: 30 days, and 30 more.
HORIZON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class RouteReport:
    """What a check has found.

    Parameters
    ----------
    read : RouteFile
        The file.
    faults : tuple of Fault
        Errors before warnings, in the order of lines.
    """

    read: RouteFile
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> tuple[Fault, ...]:
        """Findings that make the file unusable."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.ERROR)


def check_routes(path: Path, today: date) -> RouteReport:
    """Check a routing file whole; every fault is told, not only the first.

    Parameters
    ----------
    path : Path
        The file.
    today : date
        Gaps that are over by then are not told; those that open later are warnings.

    Raises
    ------
    BadRoutes
        Not there, not TOML, not UTF-8.
    """
    read = read_routes(path)
    found = [
        error("schema", one.line, f"{path.name}, line {one.line}, {one.message}")
        for one in read.complaints
    ]
    if read.table is not None:
        found = list(_check(read, read.table, today))
    found.sort(key=lambda fault: (fault.severity is not Severity.ERROR, fault.line, fault.kind))
    return RouteReport(read, tuple(found))


def load_routes(path: Path | None = None, *, today: date | None = None) -> Router:
    """Read and check a routing file, and make it answer.

    Parameters
    ----------
    path : Path or None
        By default the city's, see `find_routes`.
    today : date or None
        See `check_routes`; by default the day of the machine.

    Raises
    ------
    BadRoutes
        The first error, and how many there are.
    """
    path = find_routes(path)
    report = check_routes(path, today or date.today())
    if report.errors or report.read.table is None:
        first, more = report.errors[0], len(report.errors) - 1
        others = f" {more} more: `otklik route check {path}` tells all." if more else ""
        raise BadRoutes(f"{first.message}.{others}")
    return Router(report.read.table, path)


def _check(read: RouteFile, table: RouteTable, today: date) -> Iterator[Fault]:
    file = read.path.name
    try:
        rubricator = load_rubricator(table.rubricator)
    except OtklikError as wrong:
        line = read.lines.of(("rubricator",))
        yield error("unknown_rubricator", line, f"{file}, line {line}: {wrong}")
        return
    try:
        gazetteer = load_gazetteer(table.city)
    except OtklikError as wrong:
        line = read.lines.of(("city",))
        yield error("unknown_city", line, f"{file}, line {line}: {wrong}")
        return
    names = list(check_names(read, table, rubricator, gazetteer))
    yield from names
    misnamed = {fault.line for fault in names}
    districts = dict.fromkeys(entry.name for entry in gazetteer.districts.values())
    domain = Domain(rubricator, tuple(districts), table.sources)

    line = read.lines.of(("routes",))
    found = survey(table.routes, domain, today)
    yield from _surveyed(found, table.routes, file, misnamed)
    yield from gap_faults(found.gaps, "recipient", line, file, today)

    line = read.lines.of(("deadlines",))
    for kind, stage in product(Kind, Stage):
        rows = [row for row in table.deadlines if row.kind is kind and row.stage is stage]
        terms = survey(rows, domain, today, kind)
        yield from _surveyed(terms, rows, file, misnamed)
        if stage is Stage.ANSWER:
            what = f"deadline of the answer to «{kind}»"
            yield from gap_faults(terms.gaps, what, line, file, today)
    for row in table.deadlines:
        if not row.basis.strip():
            message = f"{file}, line {row.line}: a deadline without legal basis; name the act"
            yield error("no_basis", row.line, f"{message}, or write «{TO_CONFIRM}»")
    yield from _to_confirm(read, table)
    yield from _calendar_years(read, today)


def _surveyed(
    found: Survey[AnyRow], rows: Sequence[AnyRow], file: str, misnamed: Container[int]
) -> Iterator[Fault]:
    for rivals, case in found.conflicts.values():
        yield conflict(rivals, case, file)
    for row, winners in found.unreachable(rows):
        # A row with a wrong name fits nothing because of that name, which is told already.
        if row.line not in misnamed:
            yield unreachable(row, list(winners), file)


def _to_confirm(read: RouteFile, table: RouteTable) -> Iterator[Fault]:
    marked = [row.line for row in table.routes if TO_CONFIRM in row.note + row.basis]
    marked += [row.line for row in table.deadlines if TO_CONFIRM in row.note + row.basis]
    for code, recipient in table.recipients.items():
        if TO_CONFIRM in recipient.note:
            marked.append(read.lines.of(("recipients", code)))
    for code, rules in table.calendars.items():
        for index, day in enumerate(rules.days_off):
            if TO_CONFIRM in day.note:
                marked.append(read.lines.of(("calendars", code, "days_off", index)))
    if marked:
        lines = ", ".join(map(str, sorted(marked)[:12])) + (", …" if len(marked) > 12 else "")
        message = f"{read.path.name}: {len(marked)} rows are marked «{TO_CONFIRM}»: lines {lines}"
        yield warning("to_confirm", min(marked), message)


def _calendar_years(read: RouteFile, today: date) -> Iterator[Fault]:
    """Nobody knows the moved days of a year before the government has named them."""
    known = known_through()
    if (today + HORIZON).year > known:
        line = read.lines.of(("calendars",))
        message = (
            f"{read.path.name}: the installed `holidays` knows moved days up to {known}; update it "
            f"or write those of {known + 1} under `moved` of the calendar"
        )
        yield warning("calendar_year", line, message)
