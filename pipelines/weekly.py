"""A week's work from its input to files: freeze, count, write every report, gather for BI."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
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
    is_done,
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


@dataclass(frozen=True, slots=True)
class Frozen:
    """A week that is counted: whatever its reports say is in its folder.

    Parameters
    ----------
    reports : dict of str to str
        Name of each report and its scope.
    made_from : str
        Hash of everything that a report depends on.
    """

    week: Week
    folder: Path
    reports: dict[str, str]
    made_from: str
    template: Path


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
    frozen = freeze_week(given, out, template=template, advance=advance)
    return finish_week(frozen, write_reports(frozen, list(frozen.reports), advance), advance)


def freeze_week(
    given: WeekInput,
    out: Path,
    *,
    template: Path = TEMPLATE,
    advance: Callable[[str], None] = lambda _name: None,
) -> Frozen:
    """Store and count a week: the first part of `build_week`, with the same parameters."""
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
    names = report_names(read_frame(folder / TABLES / "indicators.parquet"))
    made_from = hash_texts(made_from, hash_files([*FILES, template]))
    return Frozen(given.week, folder, names, made_from, template)


def write_reports(
    frozen: Frozen, names: Sequence[str], advance: Callable[[str], None] = lambda _name: None
) -> int:
    """Write some reports of a week; how many had to be made."""
    folder = frozen.folder
    left = [name for name in names if not is_done(folder / name, frozen.made_from)]
    if not left:
        return 0
    evidence = Evidence.read(folder / SNAPSHOT, folder / TABLES)
    try:
        texts = _texts(read_frame(folder / SNAPSHOT / "texts.parquet"))
        for name in left:
            advance(name)
            report = compose(name, frozen.reports[name], frozen.week, evidence)
            stage(folder / name, frozen.made_from, partial(_report, report, frozen, texts))
    finally:
        evidence.close()
    return len(left)


def finish_week(
    frozen: Frozen, made: int, advance: Callable[[str], None] = lambda _name: None
) -> Built:
    """Gather a week whose reports are written."""
    advance(BI)
    folder, names = frozen.folder, tuple(frozen.reports)
    stage(folder / BI, frozen.made_from, lambda part: _gather(folder, names, part))
    return Built(folder, names, made)


def _report(report: Report, frozen: Frozen, texts: dict[int, str], part: Path) -> None:
    name, week = report.name, frozen.week
    scope = Scope(report.book, week, frozen.reports[name])
    (part / f"{name}.html").write_text(render_html(report, week.days), encoding="utf-8")
    (part / f"{name}.docx").write_bytes(render_docx(report, week, frozen.template))
    (part / f"{name}.xlsx").write_bytes(render_xlsx(report, week, scope, texts))
    facts = json.dumps(report.book.records(), ensure_ascii=False, indent=1)
    (part / FACTS).write_text(f"{facts}\n", encoding="utf-8")


def _write(tables: Tables, folder: Path) -> None:
    for name, table in tables.items():
        write_frame(table, folder / f"{name}.parquet")


def _gather(folder: Path, names: Sequence[str], part: Path) -> None:
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
