"""`otklik route`: check who answers what and by when, and show it for one message."""

from dataclasses import asdict
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from otklik.datasets.errors import BadRoutes, BadRow
from otklik.datasets.records import Kind
from otklik.pipelines.console import AsJson, out, print_facts, print_json, print_table

if TYPE_CHECKING:
    from otklik.datasets.rubricator import Rubricator
    from otklik.serving.route_match import Router
    from otklik.serving.route_rows import Case

app = typer.Typer(no_args_is_help=True, help="Routing: who answers a message, and by when.")

CONFIG = "Routing file; by default that of the city in `config/`, else the shipped one."


@app.command(epilog="Example: otklik route check config/grozny.toml --json")
def check(
    config: Annotated[Path | None, typer.Argument(help=CONFIG)] = None,
    as_json: AsJson = False,
) -> None:
    """Find conflicts, gaps, rows that never decide, unknown names, terms without legal basis.

    Exit code 1 where the file cannot be used; warnings alone leave it 0.
    """
    from otklik.serving.route_check import check_routes
    from otklik.serving.route_table import find_routes

    path = find_routes(config)
    report = check_routes(path, date.today())
    table = report.read.table
    counts = {
        "routes": len(table.routes) if table else 0,
        "deadlines": len(table.deadlines) if table else 0,
        "recipients": len(table.recipients) if table else 0,
        "errors": len(report.errors),
        "warnings": len(report.faults) - len(report.errors),
    }
    if as_json:
        print_json({"file": str(path), **counts, "faults": [asdict(one) for one in report.faults]})
    else:
        if report.faults:
            rows = [
                [one.severity, one.kind, _lines(one.line, one.other_line), escape(one.message)]
                for one in report.faults
            ]
            print_table(["severity", "kind", "line", "what"], rows)
        numbers = ", ".join(f"{name} {number}" for name, number in counts.items())
        out.print(f"{path}: {numbers}", highlight=False, markup=False, soft_wrap=True)
    if report.errors:
        raise typer.Exit(1)


@app.command(
    epilog="Example: otklik route show --topic roads.potholes --district Ахматовский --source im"
)
def show(
    topic: Annotated[str, typer.Option(help="Topic or group, by code or name.")],
    district: Annotated[str, typer.Option(help="District under any of its names.")] = "",
    source: Annotated[str, typer.Option(help="Where it came from: im, pos, letter, portal.")] = "",
    kind: Annotated[Kind, typer.Option(help="How it was filed.")] = Kind.MESSAGE,
    importance: Annotated[
        int | None, typer.Option(min=0, max=5, help="From 1 to 5; by default the topic's own.")
    ] = None,
    received: Annotated[
        str, typer.Option(help="Moment of receipt, ISO or «24.12.2026 20:06»; by default now.")
    ] = "",
    registered: Annotated[str, typer.Option(help="Moment of registration, if any.")] = "",
    interim: Annotated[str, typer.Option(help="Moment of an interim answer, if any.")] = "",
    config: Annotated[Path | None, typer.Option(help=CONFIG)] = None,
    as_json: AsJson = False,
) -> None:
    """Show who answers one message and by when, with the rows that decide it."""
    from otklik.datasets.rubricator_versions import load_rubricator
    from otklik.serving.route_check import load_routes
    from otklik.serving.route_rows import Event

    router = load_routes(config)
    given = {Event.RECEIVED: received, Event.REGISTERED: registered, Event.INTERIM: interim}
    zone = router.table.zone
    moments = {event: _moment(event, text, zone) for event, text in given.items() if text}
    moments.setdefault(Event.RECEIVED, datetime.now(zone))
    rubricator = load_rubricator(router.table.rubricator)
    on = router.local_date(moments[Event.RECEIVED])
    case = _case(router, rubricator, topic, district, source, kind, importance, on)
    assignment = router.assign(case)
    facts: dict[str, Any] = {
        "file": str(router.path),
        "topic": case.topic or case.group,
        "district": case.district,
        "source": case.source or None,
        "kind": case.kind.value,
        "importance": case.importance,
        "recipients": [
            {"code": code, "name": router.table.recipients[code].name}
            for code in assignment.recipients
        ],
        "line": assignment.row.line if assignment.row else None,
        "basis": assignment.row.basis if assignment.row else None,
        "reason": assignment.reason,
        "deadlines": [
            {
                "stage": found.stage.value,
                "due": found.due.isoformat(timespec="minutes"),
                "term": f"{found.row.amount} {found.row.unit} from {found.started}",
                "basis": found.row.basis,
                "line": found.row.line,
            }
            for found in router.deadlines(case, moments)
        ],
    }
    print_facts(facts, as_json=as_json)


def _case(
    router: "Router",
    rubricator: "Rubricator",
    topic: str,
    district: str,
    source: str,
    kind: Kind,
    importance: int | None,
    on: date,
) -> "Case":
    from otklik.datasets.errors import UnknownTopic
    from otklik.datasets.gazetteer import load_gazetteer
    from otklik.serving.route_rows import Case

    official = None
    if district:
        gazetteer = load_gazetteer(router.table.city)
        official = gazetteer.district(district)
        if official is None:
            names = dict.fromkeys(entry.name for entry in gazetteer.districts.values())
            raise BadRoutes(f"No district {district!r} of {gazetteer.city}: {', '.join(names)}.")
    if source and source not in router.table.sources:
        known = ", ".join(router.table.sources)
        raise BadRoutes(f"No source {source!r} in {router.path.name}: there are {known}.")
    try:
        found = rubricator.topic(topic) if topic in rubricator else rubricator.find(topic)
    except UnknownTopic:
        groups = {group.code: group for group in rubricator.groups}
        group = groups.get(topic) or rubricator.find_group(topic)
        return Case(group.code, None, official, source, on, kind, importance or 0)
    grade = found.importance if importance is None else importance
    return Case(found.group.code, found.code, official, source, on, kind, grade)


def _moment(option: str, text: str, zone: tzinfo) -> datetime:
    from otklik.datasets.dates import parse_moment

    try:
        return parse_moment(text, zone)
    except BadRow as error:
        raise BadRoutes(f"--{option} {text!r}: {error.reason}.") from error


def _lines(line: int, other: int | None) -> str:
    return str(line) if other is None else f"{line}, {other}"
