"""One report of a week: its facts, its blocks and its charts, before it becomes files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from otklik.datasets.rubricator import name_key
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.pipelines import report_charts, report_rises, report_sentences, report_tables
from otklik.pipelines.fact_base import Evidence
from otklik.pipelines.facts import Fact, FactBook
from otklik.pipelines.report_blocks import Block, Figure, Table, known_columns, words
from otklik.pipelines.report_charts import Chart
from otklik.pipelines.report_recipients import recipient_table
from otklik.pipelines.report_scope import VERDICTS, Scope
from otklik.pipelines.report_text import Composer
from otklik.pipelines.report_wording import NO_DATA
from otklik.pipelines.week import Week
from otklik.pipelines.week_counts import CITY
from otklik.pipelines.week_tables import ABOUT

MAYOR, SUMMARY = "mayor", "summary"
RISES = {MAYOR: 3, SUMMARY: 8}
SECTOR_RISES = 5
_CHARTS: dict[str, tuple[Callable[[Scope], Chart | None], str, str]] = {
    "trend": (
        report_charts.trend_chart,
        "Поступившие и отвеченные сообщения по неделям; квадрат с усами — ожидание на эту неделю.",
        "Линии поступивших и отвеченных сообщений по неделям",
    ),
    "heat": (
        report_charts.heat_chart,
        "Темы и районы: сколько сообщений сверх ожидаемого. Число — где их больше промежутка "
        "ожидаемого, рамка — рост, который случайностью не объяснить; серое — сообщений мало.",
        "Тепловая карта: район на тему, превышение над ожидаемым",
    ),
    "map": (
        report_charts.map_chart,
        "Откуда сообщения недели, у которых известны координаты: сведены в квадраты.",
        "Карта сообщений недели",
    ),
    "forest": (
        report_charts.forest_chart,
        "Доля ответов в срок с промежутком; соседние группы различаются цветом и знаком.",
        "Доля ответов в срок по исполнителям",
    ),
}
_UNKNOWN = frozenset({NO_DATA, VERDICTS[None], "—"})
_CAVEATS = {
    "no_district": ("без района", "district IS NULL"),
    "no_topic": ("без темы", "topic IS NULL"),
    "no_recipient": ("без исполнителя", "recipient IS NULL"),
    "no_author": ("без автора", "author IS NULL"),
    "no_term": ("без известного срока", "due_at IS NULL"),
    "no_place": ("без координат", "latitude IS NULL"),
}


@dataclass(frozen=True)
class Report:
    """A report ready to be written.

    Parameters
    ----------
    name : str
        "mayor", "summary", or the code of a sector.
    title : str
        Plain text.
    blocks : list of Block
        In order.
    charts : dict of str to Chart
        By the name of their figure.
    book : FactBook
        Every fact.
    """

    name: str
    title: str
    blocks: list[Block]
    charts: dict[str, Chart]
    book: FactBook


def report_names(indicators: pd.DataFrame) -> dict[str, str]:
    """Name of every report of a week, and its scope.

    A sector in which the week brought nothing and nothing is owed gets none: every line of it
    would be a zero.

    Parameters
    ----------
    indicators : DataFrame
        The table of that name.
    """
    of_week = indicators["name"].isin(["received", "answered", "due", "overdue"])
    busy = indicators.loc[of_week & (indicators["observed"].fillna(0) > 0), "scope"]
    sectors = sorted({str(name) for name in busy} - {CITY})
    return {MAYOR: CITY, SUMMARY: CITY, **{sector_code(name): name for name in sectors}}


def sector_code(group: str) -> str:
    """Name of the files of a sector: the code of the group, or a hash of a name of elsewhere."""
    from hashlib import blake2b

    rubricator = load_rubricator("im-2026")
    known = {name_key(one.name): one.code for one in rubricator.groups}
    hashed = blake2b(group.encode(), digest_size=4).hexdigest()
    return known.get(name_key(group), f"sector_{hashed}")


def compose(name: str, group: str, week: Week, evidence: Evidence) -> Report:
    """Write one report.

    Parameters
    ----------
    name, group : str
        As `report_names` pairs them.

    Raises
    ------
    Contradiction
        Numbers that must agree do not.
    UntracedNumber
        The text would hold a numeral that is no fact.
    """
    book = FactBook(name, evidence)
    scope = Scope(book, week, group)
    values: dict[str, Any] = {"about": {key: scope.about(key) for key in ABOUT}}
    values["notes"] = _notes(scope)
    values["has_bursts"] = scope.has("bursts")
    values |= _numbers(scope)
    values["rises"] = report_rises.rises(scope, RISES.get(name, SECTOR_RISES))
    values["reopened"] = report_sentences.reopened(scope, RISES[MAYOR])
    values["most_late"] = report_sentences.most_late(scope)
    parts: dict[str, Table | Figure] = {}
    charts: dict[str, Chart] = {}
    if name == MAYOR:
        values["incidents"] = [
            tuple(cell[0].fact for cell in row[:4])
            for row in (report_tables.incident_table(scope, 3).rows if _has(scope) else [])
        ]
        blocks = Composer(book).compose("mayor.j2", parts, **values)
        return Report(name, "Записка мэру", blocks, charts, book)
    values |= _sections(scope)
    values["city"] = group == CITY
    values["title"] = "Сводка по городу" if group == CITY else _title(scope)
    tables = _tables(scope)
    values["has_recipients"] = bool(tables["recipients"].rows)
    parts |= tables
    for stem, (draw, caption, alt) in _CHARTS.items():
        chart = draw(scope)
        if chart is not None:
            charts[stem] = chart
            parts[stem] = Figure(stem, words(caption), alt)
    blocks = Composer(book).compose("sector.j2", parts, **values)
    return Report(name, "Сводка по городу" if group == CITY else group, blocks, charts, book)


def _title(scope: Scope) -> Fact:
    from otklik.pipelines.fact_base import quoted

    return scope.book.text(
        f"SELECT scope FROM indicators WHERE scope = {quoted(scope.scope)} LIMIT 1"
    )


def _notes(scope: Scope) -> list[Fact]:
    keys = scope.evidence.rows("SELECT key FROM week WHERE key LIKE 'note%' ORDER BY key")
    return [scope.about(str(key)) for (key,) in keys]


def _numbers(scope: Scope) -> dict[str, Any]:
    names = ("received", "answered", "due", "late", "overdue", "waiting", "waited")
    values: dict[str, Any] = {name: scope.observed(name) for name in names}
    values["copies"] = scope.caveat("copies", "duplicate_of IS NOT NULL")
    values |= {"has_terms": scope.has_terms, "has_answers": scope.has_answers}
    for name in ("received", "answered", "late"):
        values[f"{name}_expected"] = scope.expected(name)
        values[f"{name}_verdict"] = scope.verdict(name)
    values["late_above"] = scope.is_above("late")
    values["has_problems"] = scope.has("problems")
    if values["has_problems"]:
        values |= {name: scope.problems(name) for name in ("born", "grown", "closed")}
        values["reopened_count"] = scope.problems("reopened")
    return values


def _sections(scope: Scope) -> dict[str, Any]:
    values: dict[str, Any] = {
        f"has_{name}": scope.has(name) for name in ("causes", "essence", "votes")
    }
    values["has_incidents"] = _has(scope)
    values["passports"] = report_sentences.passports(scope)
    values["causes"] = report_sentences.causes(scope)
    values["has_tones"] = bool(report_tables.tone_table(scope).rows)
    lacking = [(words, scope.caveat(name, where)) for name, (words, where) in _CAVEATS.items()]
    # What no message has is told once, elsewhere: there is no such thing in these data.
    whole = scope.observed("received").number
    values["lacking"] = [one for one in lacking if 0 < one[1].number < whole]
    values["never"] = [words for words, fact in lacking if whole and fact.number == whole]
    values["has_quality"] = scope.has("quality") and bool(scope.quality("routed").number)
    if values["has_quality"]:
        names = ("routed", "auto", "corrected", "checked", "wrong")
        values |= {name: scope.quality(name) for name in names}
        values["auto_share"] = scope.quality_share("auto")
        values["error"] = scope.quality_share("error")
    return values


def _tables(scope: Scope) -> dict[str, Table]:
    tables = [
        report_tables.key_table(scope),
        report_tables.topic_table(scope),
        report_tables.tone_table(scope),
        recipient_table(scope),
    ]
    if scope.scope == CITY:
        tables.append(report_tables.group_table(scope))
        if scope.has("votes"):
            tables.append(report_tables.vote_table(scope))
    if scope.has("problems"):
        tables.append(report_tables.problem_table(scope))
    if _has(scope):
        tables.append(report_tables.incident_table(scope))
    return {table.name: known_columns(table, _UNKNOWN) for table in tables}


def _has(scope: Scope) -> bool:
    return scope.has("incidents")
