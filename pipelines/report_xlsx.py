"""The tables of a report as XLSX: with filters, and with nothing that a cell could run."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from otklik.pipelines.fact_base import Value, quoted
from otklik.pipelines.facts import Fact
from otklik.pipelines.report_compose import MAYOR, Report
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.sheet_cell import inert
from otklik.pipelines.week import Week

if TYPE_CHECKING:
    from xlsxwriter import Workbook

_WIDEST = 60
_NUMBERS = {
    "observed": "Сообщений",
    "expected": "Ожидалось",
    "low": "Промежуток от",
    "high": "Промежуток до",
}
_SHEETS: dict[str, tuple[str, dict[str, str], str]] = {
    "Показатели": ("indicators", {"scope": "Отрасль", "name": "Показатель", **_NUMBERS}, "scope"),
    "Темы": (
        "topics",
        {"group": "Отрасль", "topic": "Тема", **_NUMBERS, "excess": "Сверх ожидаемого",
         "voices": "Без повторов", "authors": "Авторов", "q": "Доля ложных тревог",
         "rise": "Рост"},
        "group",
    ),
    "Районы и темы": (
        "cells",
        {"district": "Район", "group": "Отрасль", "topic": "Тема", **_NUMBERS,
         "excess": "Сверх ожидаемого", "authors": "Авторов", "q": "Доля ложных тревог",
         "rise": "Рост", "small": "Мало данных"},
        "group",
    ),
    "Исполнители": (
        "recipients",
        {"recipient": "Исполнитель", "received": "Поступило", "expected": "Ожидалось",
         "low": "Промежуток от", "high": "Промежуток до", "due": "Сроков истекло",
         "in_time": "Ответов в срок", "in_time_share": "Доля в срок", "in_time_low": "Доля от",
         "in_time_high": "Доля до", "time_place": "Группа по срокам",
         "hours": "Медиана до ответа, ч", "hours_low": "Медиана от, ч",
         "hours_high": "Медиана до, ч",
         "judged": "Ответов оценено", "full": "По существу", "full_share": "Доля по существу",
         "full_low": "Доля по существу от", "full_high": "Доля по существу до",
         "full_place": "Группа по существу"},
        "scope",
    ),
    "Проблемы": (
        "problems",
        {"number": "№", "name": "Проблема", "group": "Отрасль", "topic": "Тема",
         "district": "Район", "place": "Место", "recipient": "Исполнитель", "status": "Состояние",
         "change": "За неделю", "first_at": "Первое сообщение", "last_at": "Последнее сообщение"},
        "group",
    ),
    "Происшествия": (
        "incidents",
        {"incident": "№", "name": "Происшествие", "group": "Отрасль", "topic": "Тема",
         "district": "Район", "place": "Место", "starts_at": "Началось", "state": "Состояние"},
        "group",
    ),
    "Сообщения": (
        "messages",
        {"id": "№", "external_id": "Номер в источнике", "at": "Когда", "channel": "Канал",
         "group": "Отрасль", "topic": "Тема", "district": "Район", "street": "Улица",
         "house": "Дом", "asset": "Объект", "recipient": "Исполнитель", "state": "Состояние",
         "answered_at": "Первый ответ", "due_at": "Срок", "late": "Без ответа в срок",
         "sentiment": "Тональность", "text": "Текст"},
        "group",
    ),
}  # fmt: skip


_YES: dict[Value, str] = {0: "нет", 1: "да"}
_WORDS: dict[str, dict[Value, str]] = {
    "name": {"received": "Поступило", "answered": "Дано первых ответов", "due": "Истёк срок ответа",
             "late": "Без ответа в срок", "overdue": "Ждут ответа дольше срока",
             "waiting": "Ждут ответа на конец недели", "waited": "Ждали ответа неделей раньше"},
    "status": {"open": "открыта", "closed": "закрыта", "merged": "объединена"},
    "change": {"born": "новая", "grown": "растёт", "closed": "затихла",
               "reopened": "открыта вновь"},
    "sentiment": {"negative": "недовольство", "neutral": "нейтральная", "positive": "одобрение"},
    **dict.fromkeys(("rise", "small", "late"), _YES),
}  # fmt: skip
"""What the stored tables say in their own words, by column; a name of a problem is no such word."""


def render_xlsx(report: Report, week: Week, scope: Scope, texts: dict[int, str]) -> bytes:
    """The file; the same report gives the same bytes.

    Parameters
    ----------
    texts : dict of int to str
        Masked texts of the week's messages by id.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        moment = datetime.combine(week.sunday, time())
        book.set_properties({"title": report.title, "author": "Отклик", "created": moment})
        names = list(_SHEETS) if report.name != MAYOR else []
        for name in names:
            table, columns, key = _SHEETS[name]
            if scope.has(table):
                _sheet(book, name, list(columns.values()), _rows(scope, table, columns, key, texts))
        _sheet(book, "Числа", ["Число", "Номер", "Запрос", "Сообщений"], _facts(report))
    return buffer.getvalue()


def _rows(
    scope: Scope, table: str, columns: dict[str, str], key: str, texts: dict[int, str]
) -> Iterable[Sequence[Value]]:
    names = ["id" if name == "text" else f'"{name}"' for name in columns]
    conditions = []
    if key == "scope":
        conditions.append(f"scope = {quoted(scope.scope)}")
    elif scope.inside:
        conditions.append(f'"group" = {quoted(scope.scope)}')
    if table == "messages":
        conditions.append(f"week = {scope.name}")
    elif table in ("topics", "cells"):
        conditions.append("observed > 0")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    found = scope.evidence.rows(f"SELECT {', '.join(names)} FROM {table}{where} ORDER BY rowid")
    said = [_WORDS.get(name, {}) for name in columns]
    found = [
        tuple(known.get(value, value) for known, value in zip(said, row, strict=True))
        for row in found
    ]
    if "text" not in columns:
        return found
    return [(*row[:-1], texts.get(int(row[-1] or 0), "")) for row in found]


def _facts(report: Report) -> Iterable[Sequence[Value]]:
    def ids(fact: Fact) -> Value:
        return report.book.evidence.amount(fact.ids_query)[0] if fact.ids_query else None

    return [(fact.shown, fact.id, fact.query, ids(fact)) for fact in report.book.facts()]


def _sheet(
    book: "Workbook", name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]
) -> None:
    sheet: Any = book.add_worksheet(name)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    number = book.add_format({"num_format": "0.##", "valign": "top"})
    widths = [len(column) for column in columns]
    last = 0
    sheet.write_row(0, 0, columns, head)
    for last, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(last, place, str(inert(value)), wrapped)
            elif value is not None:
                sheet.write_number(last, place, value, number if value % 1 else None)
            widths[place] = max(widths[place], min(_WIDEST, len(str(value or ""))))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(_WIDEST, width + 3))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
