"""`otklik incidents`: mass incidents that were found, finding them anew, the calendar of works."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otklik.pipelines.console import AsJson, out, print_facts, print_json, progress

if TYPE_CHECKING:
    from otklik.datasets.store import Store

EXAMPLES = """
Examples: otklik incidents --since 2025-06-01 --json

otklik incidents works calendar.csv && otklik incidents replay --since 2025-06-01
"""
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]

Since = Annotated[
    datetime | None, typer.Option(formats=FORMATS, help="Begun at or after this moment.")
]
Until = Annotated[datetime | None, typer.Option(formats=FORMATS, help="Begun before this moment.")]

app = typer.Typer(
    help="Mass incidents: one event that many tell of within minutes.",
    invoke_without_command=True,
    epilog=EXAMPLES,
)


@app.callback()
def incidents(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """List mass incidents in the order of their beginning, with the planned works behind them."""
    if context.invoked_subcommand is not None:
        return
    from otklik.datasets.settings import load_settings
    from otklik.datasets.store import open_store

    with open_store(load_settings()) as store:
        found = _listed(store, _aware(since), _aware(until))
    if as_json:
        print_json({"incidents": found})
        return
    for one in found:
        out.print(_line(one), highlight=False, markup=False, soft_wrap=True)


@app.command(epilog="Example: otklik incidents replay --since 2025-06-01 --until 2025-07-01")
def replay(since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """Find the incidents of a stored period anew, as they would have been found while it passed.

    Messages that an import brought belong to no incident before. A second replay changes nothing.
    """
    from otklik.datasets.settings import load_settings
    from otklik.datasets.store import open_store
    from otklik.pipelines.mass_incidents import replay as find_anew

    with open_store(load_settings()) as store, progress("reading", store.count()) as step:
        done = find_anew(store, since=_aware(since), until=_aware(until), advance=step.advance)
    print_facts({"messages": done.messages, "incidents": done.incidents}, as_json=as_json)


@app.command(epilog="Example: otklik incidents works calendar.csv")
def works(
    file: Annotated[Path, typer.Argument(help="CSV, .xlsx or TOML with code, starts, ends, …")],
    as_json: AsJson = False,
) -> None:
    """Bring a calendar of planned works into the store; a known code replaces what it named."""
    from otklik.datasets.dates import load_zone
    from otklik.datasets.planned_works import read_works, save_works
    from otklik.datasets.settings import load_settings
    from otklik.datasets.store import open_store

    settings = load_settings()
    read = read_works(file, load_zone(settings.timezone))
    with open_store(settings) as store, store.database.writing() as connection:
        save_works(connection, read)
    print_facts({"works": len(read)}, as_json=as_json)


def _listed(store: "Store", since: datetime | None, until: datetime | None) -> list[dict[str, Any]]:
    from otklik.datasets.incidents import read_incidents
    from otklik.datasets.planned_works import works_between
    from otklik.models.planned import say_until, work_of_incident

    zone = _zone()
    found = []
    with store.database.reading() as connection:
        for one in read_incidents(connection, since=since, until=until):
            hour = timedelta(hours=1)
            near = works_between(connection, one.first_at - hour, one.first_at + hour)
            work = work_of_incident(one, near)
            found.append(
                {
                    "number": one.number,
                    "topic": one.topic,
                    "status": "open" if one.is_open(datetime.now(UTC)) else "closed",
                    "first_at": one.first_at.astimezone(zone).isoformat(),
                    "last_at": one.last_at.astimezone(zone).isoformat(),
                    "flagged_at": one.flagged_at.astimezone(zone).isoformat(),
                    "messages": list(one.messages),
                    "independent": one.n_independent,
                    "streets": list(one.streets),
                    "houses": list(one.houses),
                    "districts": list(one.districts),
                    "assets": list(one.assets),
                    "work": work.code if work else None,
                    "planned": say_until(work, zone) if work else None,
                }
            )
    return found


def _line(one: dict[str, Any]) -> str:
    streets = [street.split("|")[0] for street in one["streets"]]
    where = [*one["assets"][:1], *streets[:3], *one["districts"][:1]]
    began, flagged = (datetime.fromisoformat(one[name]) for name in ("first_at", "flagged_at"))
    parts = [
        f"{one['number']:>8}  {began:%Y-%m-%d %H:%M} {_after(flagged - began)}",
        f"{len(one['messages']):>4} messages",
        one["topic"],
        ", ".join(where),
        one["planned"],
    ]
    return "  ".join(part for part in parts if part)


def _after(span: timedelta) -> str:
    return f"+{span.total_seconds() / 60:.0f} min".ljust(8)


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=_zone())


def _zone() -> tzinfo:
    from otklik.datasets.dates import load_zone
    from otklik.datasets.settings import load_settings

    return load_zone(load_settings().timezone)
