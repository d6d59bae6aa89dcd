"""The table of recipients: amount, time, completeness, and who cannot be told apart."""

from otklik.pipelines.fact_base import quoted
from otklik.pipelines.facts import Fact, Kind
from otklik.pipelines.recipients_rating import WINDOW_WEEKS
from otklik.pipelines.report_blocks import Line, Table, told
from otklik.pipelines.report_scope import Scope

MOST = 15
_LETTERS = "char(1039 + {place})"
"""Places are letters, «А» the best: a number would look more exact than it is."""


def recipient_table(scope: Scope, most: int = MOST) -> Table:
    """Recipients by the messages of the week; in a city without terms, nothing about them."""
    where = f"scope = {quoted(scope.scope)}"
    names = scope.evidence.rows(
        f"SELECT recipient FROM recipients WHERE {where} AND received > 0 "
        f"ORDER BY received DESC, due DESC, recipient LIMIT {most}"
    )
    columns = (
        "Исполнитель",
        "Поступило",
        "Ожидалось",
        "Ответ в срок, доля",
        "Группа по срокам",
        "До первого ответа (медиана)",
        "Ответ по существу, доля",
        "Группа по существу",
    )
    # Nobody is judged by what nobody knows: columns without any data are left out.
    known = {1: True, 2: True, 3: scope.has_terms, 5: scope.has_answers, 6: scope.has("essence")}
    known |= {4: known[3], 7: known[6]}
    shown = [place for place in range(len(columns)) if known.get(place, True)]
    rows = [tuple(_row(scope, str(name))[place] for place in shown) for (name,) in names]
    return Table(
        "recipients", "Исполнители по числу сообщений", [columns[place] for place in shown], rows
    )


def _row(scope: Scope, name: str) -> tuple[Line, ...]:
    book, who = scope.book, f"recipient = {quoted(name)}"
    row = f"FROM recipients WHERE scope = {quoted(scope.scope)} AND {who}"
    theirs = f"SELECT id FROM messages WHERE {scope.inside}{who} AND "
    first = quoted(scope.week.back(WINDOW_WEEKS - 1).name)
    window = f"BETWEEN {first} AND {scope.name}"

    def place(column: str) -> Fact:
        letter = _LETTERS.format(place=column)
        query = f"SELECT CASE WHEN {column} IS NULL THEN 'мало данных' ELSE {letter} END {row}"
        return book.text(query, f"{theirs}due_week {window}")

    found = (
        book.text(f"SELECT recipient {row}", f"{theirs}week {window}"),
        book.count(f"SELECT received {row}", f"{theirs}week = {scope.name}"),
        book.fact(Kind.EXPECTED, f"SELECT expected, low, high {row}", f"{theirs}{scope.past()}"),
        book.fact(
            Kind.SHARE,
            f"SELECT in_time_share, in_time_low, in_time_high {row}",
            f"{theirs}due_week {window}",
        ),
        place("time_place"),
        book.fact(
            Kind.DURATION,
            f"SELECT hours, hours_low, hours_high {row}",
            f"{theirs}week {window}",
        ),
        book.fact(
            Kind.SHARE,
            f"SELECT full_share, full_low, full_high {row}",
            f"{theirs}answered_week {window}",
        ),
        place("full_place"),
    )
    return tuple(map(told, found))
