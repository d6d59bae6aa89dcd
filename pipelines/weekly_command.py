"""`otklik weekly`: all reports of one week."""

from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik weekly --week 2021-W06 --out var/reports"


def weekly(
    week: Annotated[str, typer.Option(help="ISO week, as in 2021-W06.")],
    out: Annotated[Path, typer.Option(help="Folder; the week becomes a folder in it.")],
    city: Annotated[
        Path | None, typer.Option(help="Routing file of the city, for terms of answers.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="DOCX whose styles the reports take.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read what is unread, bring problems up to date, write the reports and votes of a week.

    The mayor's note, the summary, one report for every sector, questions for polls.
    Each as HTML, DOCX and XLSX, with the queries behind every number; tables for BI as Parquet.
    Run again, it does only what is missing or has changed; the same messages give the same bytes.
    """
    from otklik.datasets.store import open_store
    from otklik.pipelines.report_docx import TEMPLATE, check_template
    from otklik.pipelines.week import Week
    from otklik.pipelines.weekly_run import Told, run_week

    asked = Week.parse(week)
    check_template(template or TEMPLATE)
    with open_store(load_settings()) as store, progress("read") as step:
        told = Told(step.name, step.expect, step.advance)
        built = run_week(store, asked, out, routes=city, template=template, told=told)
    facts = {"week": asked.name, "folder": str(built.folder), "reports": len(built.reports)}
    facts |= {"made": built.made, "kept": len(built.reports) - built.made}
    print_facts(facts, as_json=as_json)
