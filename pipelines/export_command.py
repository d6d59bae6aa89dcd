"""`otklik export`: stored messages out to JSONL or Parquet."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otklik.datasets.dates import load_zone
from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, Step, print_facts, progress

if TYPE_CHECKING:
    from otklik.datasets.records import Message

EXAMPLES = "Example: otklik export --out messages.parquet --since 2026-11-01"
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


def export(
    out: Annotated[Path, typer.Option(help=".jsonl, .jsonl.gz or .parquet")],
    source: Annotated[str, typer.Option(help="Only this source.")] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="Posted at or after this moment.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="Posted before this moment.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the current version of every message, masked as it is stored."""
    from otklik.datasets.export import write_messages
    from otklik.datasets.store import Filters, open_store

    settings = load_settings()
    zone = load_zone(settings.timezone)
    filters = Filters()
    if source:
        filters["source"] = source
    if since:
        filters["since"] = since.replace(tzinfo=zone)
    if until:
        filters["until"] = until.replace(tzinfo=zone)
    with open_store(settings) as store, progress("exporting", store.count(**filters)) as step:
        written = write_messages(_counted(store.messages(**filters), step), out)
    print_facts({"written": written, "file": str(out)}, as_json=as_json)


def _counted(messages: Iterator["Message"], step: Step) -> Iterator["Message"]:
    for message in messages:
        step.advance()
        yield message
