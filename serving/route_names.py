"""Names in a routing file that do not exist: topics, groups, districts, recipients, calendars."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from difflib import get_close_matches

from otklik.datasets.errors import UnknownTopic
from otklik.datasets.gazetteer import Gazetteer
from otklik.datasets.rubricator import Rubricator
from otklik.serving.route_match import Router
from otklik.serving.route_report import Fault, error
from otklik.serving.route_rows import RouteRow, Row
from otklik.serving.route_table import RouteFile, RouteTable


def check_names(
    read: RouteFile, table: RouteTable, rubricator: Rubricator, gazetteer: Gazetteer
) -> Iterator[Fault]:
    """Every name that stands for nothing, and absences in which nobody stands in."""
    rows: list[Row] = [*table.routes, *table.deadlines]
    for row in rows:
        at = f"{read.path.name}, line {row.line}"
        for code in row.topics:
            if code not in rubricator or rubricator.group_code(code) == code:
                yield error("unknown_topic", row.line, f"{at}: {_topic(code, rubricator)}")
        for code in row.groups:
            groups = [group.code for group in rubricator.groups]
            if code not in groups:
                yield error("unknown_group", row.line, f"{at}: {_group(code, rubricator)}")
        for source in row.sources:
            if source not in table.sources:
                told = _unknown("source", source, table.sources, "add it to `sources`")
                yield error("unknown_source", row.line, f"{at}: {told}")
        if isinstance(row, RouteRow):
            for name in row.districts:
                if wrong := _district(name, gazetteer):
                    yield error("unknown_district", row.line, f"{at}: {wrong}")
            for code in row.recipients:
                if code not in table.recipients:
                    told = _unknown("recipient", code, table.recipients, "add it to [recipients]")
                    yield error("unknown_recipient", row.line, f"{at}: {told}")
    for calendar, line in _calendars(read, table):
        if calendar not in table.calendars:
            told = _unknown("calendar", calendar, table.calendars, "add [calendars.…]")
            yield error("unknown_calendar", line, f"{read.path.name}, line {line}: {told}")
    yield from _substitutes(read, table)


def _calendars(read: RouteFile, table: RouteTable) -> Iterator[tuple[str, int]]:
    yield table.calendar, read.lines.of(("calendar",))
    for row in table.deadlines:
        if row.calendar is not None:
            yield row.calendar, row.line


def _substitutes(read: RouteFile, table: RouteTable) -> Iterator[Fault]:
    unknown = False
    for code, recipient in table.recipients.items():
        line = read.lines.of(("recipients", code))
        named = [recipient.substitute, *(absence.substitute for absence in recipient.absences)]
        for substitute in named:
            if substitute is not None and substitute not in table.recipients:
                unknown = True
                told = _unknown(
                    "substitute", substitute, table.recipients, "add it to [recipients]"
                )
                yield error("unknown_recipient", line, f"{read.path.name}, line {line}: {told}")
    if unknown:
        return
    router = Router(table, read.path)
    days = sorted(_changes(table))
    for code in table.recipients:
        lost = next((day for day in days if router.acting(code, day) is None), None)
        if lost is not None:
            line = read.lines.of(("recipients", code))
            since = "from the beginning" if lost == date.min else f"on {lost}"
            message = (
                f"{read.path.name}, line {line}: {code!r} is absent {since} and nobody stands in "
                "(no substitute, or all of them are absent too); name another substitute"
            )
            yield error("no_substitute", line, message)


def _changes(table: RouteTable) -> set[date]:
    """Days on which somebody goes or comes back."""
    days = {date.min}
    for recipient in table.recipients.values():
        for absence in recipient.absences:
            days |= {absence.from_} if absence.from_ is not None else set()
            days |= {absence.to + timedelta(days=1)} if absence.to is not None else set()
    return days


def _topic(code: str, rubricator: Rubricator) -> str:
    if code in rubricator:
        return f"{code!r} is a group of {rubricator.version}: write it under `groups`"
    try:
        return f"{code!r} is the name of a topic: write its code {rubricator.find(code).code!r}"
    except UnknownTopic:
        known = [topic.code for topic in rubricator.topics]
        cure = f"`otklik rubricator show {rubricator.version}` lists them"
        return _unknown(f"topic of {rubricator.version}", code, known, cure)


def _group(code: str, rubricator: Rubricator) -> str:
    if code in rubricator:
        return f"{code!r} is a topic of {rubricator.version}: write it under `topics`"
    try:
        return (
            f"{code!r} is the name of a group: write its code {rubricator.find_group(code).code!r}"
        )
    except UnknownTopic:
        known = [group.code for group in rubricator.groups]
        return _unknown(f"group of {rubricator.version}", code, known, "correct the code")


def _district(name: str, gazetteer: Gazetteer) -> str | None:
    official = gazetteer.district(name)
    if official == name:
        return None
    if official is not None:
        return f"district {name!r} is now {official!r}: write that"
    known = list(dict.fromkeys(entry.name for entry in gazetteer.districts.values()))
    return _unknown(f"district of {gazetteer.city}", name, known, "correct it or the gazetteer")


def _unknown(what: str, given: str, known: Iterable[str], cure: str) -> str:
    names = list(known)
    meant = get_close_matches(given, names, n=1)
    hint = f"is {meant[0]!r} meant?" if meant else f"there are {', '.join(names[:8])}"
    more = ", …" if not meant and len(names) > 8 else ""
    return f"no {what} {given!r}: {hint}{more}; {cure}"
