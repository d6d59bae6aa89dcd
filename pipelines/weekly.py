"""A week's work from its input to files: freeze, count, write every report, gather for BI."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from otklik.datasets.errors import BadWeek
from otklik.pipelines.fact_base import Evidence
from otklik.pipelines.report_compose import Report, compose, report_names
from otklik.pipelines.report_docx import TEMPLATE, check_template, render_docx
from otklik.pipelines.report_html import render_html
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.report_text import FILES
from otklik.pipelines.report_xlsx import render_xlsx
from otklik.pipelines.week import Week
from otklik.pipelines.week_frames import read_frame, write_frame
from otklik.pipelines.week_input import WeekInput
from otklik.pipelines.week_stages import (
    clear_leftovers,
    hash_files,
    hash_texts,
    stage,
    stage_by_content,
)
from otklik.pipelines.week_tables import Tables, derive, freeze

SNAPSHOT, TABLES, BI = "snapshot", "tables", "bi"
FACTS = "facts.json"
_CODE = ("week*.py", "report_*.py", "fact*.py", "recipients_rating.py")


@dataclass(frozen=True, slots=True)
class Built:
    """What a run did: the folder of the week, its reports, and how many of them were made anew."""

    folder: Path
    reports: tuple[str, ...]
    made: int


def build_week(
    given: WeekInput,
    out: Path,
    *,
    template: Path = TEMPLATE,
    advance: Callable[[str], None] = lambda _name: None,
) -> Built:
    """Build every report of a week in `out/2021-W06`; what is there already is left as it is.

    Parameters
    ----------
    given : WeekInput
        Everything that is known; its fingerprint decides what has to be done again.
    template : Path
        DOCX whose styles the reports take.
    advance : callable
        Told the name of each stage before it begins.

    Raises
    ------
    BadWeek
        The week has no messages.
    Contradiction
        Numbers that must agree do not; reports that stood before stay as they were.
    BadTemplate
        The template cannot be used.
    """
    check_template(template)
    folder = out / given.week.name
    clear_leftovers(folder)
    code = _code_hash()
    advance(SNAPSHOT)
    frozen = freeze(given)
    if frozen["texts"].empty:
        raise BadWeek(_empty(given))
    snapshot = stage_by_content(folder / SNAPSHOT, lambda part: _write(frozen, part))
    made_from = hash_texts(code, snapshot)
    advance(TABLES)
    stage(folder / TABLES, made_from, lambda part: _write(derive(frozen, given), part))
    evidence = Evidence.read(folder / SNAPSHOT, folder / TABLES)
    try:
        names = report_names(evidence)
        made_from = hash_texts(made_from, hash_files([*FILES, template]))
        texts = _texts(frozen["texts"])
        made = 0
        for name, group in names.items():
            advance(name)
            made += stage(
                folder / name,
                made_from,
                lambda part, name=name, group=group: _report(  # type: ignore[misc]
                    compose(name, group, given.week, evidence), given.week, group, texts,
                    template, part,
                ),
            )  # fmt: skip
    finally:
        evidence.close()
    advance(BI)
    stage(folder / BI, made_from, lambda part: _gather(folder, list(names), part))
    return Built(folder, tuple(names), made)


def _report(
    report: Report, week: Week, group: str, texts: dict[int, str], template: Path, part: Path
) -> None:
    scope = Scope(report.book, week, group)
    name = report.name
    (part / f"{name}.html").write_text(render_html(report, week.days), encoding="utf-8")
    (part / f"{name}.docx").write_bytes(render_docx(report, week, template))
    (part / f"{name}.xlsx").write_bytes(render_xlsx(report, week, scope, texts))
    facts = json.dumps(report.book.records(), ensure_ascii=False, indent=1)
    (part / FACTS).write_text(f"{facts}\n", encoding="utf-8")


def _write(tables: Tables, folder: Path) -> None:
    for name, table in tables.items():
        write_frame(table, folder / f"{name}.parquet")


def _gather(folder: Path, names: list[str], part: Path) -> None:
    """Tables for BI: what was counted, and every fact of every report."""
    for path in sorted((folder / TABLES).glob("*.parquet")):
        (part / path.name).write_bytes(path.read_bytes())
    rows = [
        {"report": name, **_flat(record)}
        for name in names
        for record in json.loads((folder / name / FACTS).read_text(encoding="utf-8"))
    ]
    write_frame(pd.DataFrame(rows), part / "facts.parquet")
    messages = read_frame(folder / SNAPSHOT / "messages.parquet")
    write_frame(messages.drop(columns="author"), part / "messages.parquet")


def _flat(record: dict[str, object]) -> dict[str, object]:
    values = record["values"]
    assert isinstance(values, list)
    numbers = [value if isinstance(value, int | float) else None for value in [*values, None, None]]
    middle, low, high = (None if number is None else float(number) for number in numbers[:3])
    names = ("id", "kind", "shown", "query", "ids_query")
    return {**{name: record[name] for name in names}, "value": middle, "low": low, "high": high}


def _texts(table: pd.DataFrame) -> dict[int, str]:
    return dict(zip(table["id"].astype(int), table["text"].astype(str), strict=True))


def _code_hash() -> str:
    here = Path(__file__).parent
    return hash_files([path for name in _CODE for path in here.glob(name)])


def _empty(given: WeekInput) -> str:
    days = given.snapshot.table["dated_at"]
    if days.empty:
        return f"No message before the end of {given.week.name}. Import some first."
    first, last = (
        Week.of(at.tz_convert(given.zone).date()).name for at in (days.min(), days.max())
    )
    return f"No message in {given.week.name}; there are some from {first} to {last}."
