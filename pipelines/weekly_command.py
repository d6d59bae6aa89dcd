"""`otklik weekly`: all reports of one week, or of several."""

import os
from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.settings import load_settings
from otklik.pipelines.console import AsJson, print_facts, progress

EXAMPLES = "Example: otklik weekly --week 2021-W06 --out var/reports"


def weekly(
    week: Annotated[
        str, typer.Option(help="ISO week, as in 2021-W06, or weeks: 2020-W43..2021-W06.")
    ],
    out: Annotated[Path, typer.Option(help="Folder; every week becomes a folder in it.")],
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
    Several weeks are done in one go: their messages are read once.
    """
    from otklik.datasets.store import open_store
    from otklik.pipelines.report_docx import TEMPLATE, check_template
    from otklik.pipelines.week import Week
    from otklik.pipelines.weekly_run import Told, run_weeks

    asked = Week.parse_span(week)
    check_template(template or TEMPLATE)
    settings = load_settings()
    with open_store(settings) as store, progress("read") as step:
        built = run_weeks(
            store,
            asked,
            out,
            routes=city,
            template=template,
            told=Told(step.name, step.expect, step.advance),
            workers=settings.workers or os.cpu_count() or 1,
        )
    reports, made = sum(len(one.reports) for one in built), sum(one.made for one in built)
    facts: dict[str, object] = {"week": week, "folder": str(built[-1].folder)}
    if len(built) > 1:
        facts = {"weeks": f"{built[0].folder.name}..{built[-1].folder.name}", "folder": str(out)}
    print_facts(facts | {"reports": reports, "made": made, "kept": reports - made}, as_json=as_json)
