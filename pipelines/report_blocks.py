"""What a report is made of, whatever file it becomes: headings, paragraphs, tables, charts."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from otklik.datasets.errors import UntracedNumber
from otklik.pipelines.facts import Fact

_DIGIT = re.compile(r"[^\W\d_]*\d[\d\s.,]*[^\W\d_]*|%|процент\w*")


class Span(NamedTuple):
    """A piece of a line: the words of a template, or a fact."""

    text: str
    fact: Fact | None = None


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 is the title of the report."""

    level: int
    line: Line


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Style is "text", "item", "note" or "lead"."""

    line: Line
    style: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are lines; `wide` columns hold text, the others numbers.

    `marks` are the rows to be set off: those above what was expected.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Line]]
    wide: frozenset[int] = frozenset({0})
    marks: frozenset[int] = frozenset()
    empty: str = "Таких нет."


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart: files of that stem, and what it shows in words."""

    name: str
    caption: Line
    alt: str


Block = Heading | Paragraph | Table | Figure


def known_columns(table: Table, unknown: Container[str]) -> Table:
    """The table without columns of which every cell says that nothing is known.

    Parameters
    ----------
    unknown : container of str
        Words that say so.
    """
    kept = [
        column
        for column in range(len(table.columns))
        if column == 0 or any(plain(row[column]) not in unknown for row in table.rows)
    ]
    if not table.rows or len(kept) == len(table.columns):
        return table
    return replace(
        table,
        columns=[table.columns[column] for column in kept],
        rows=[[row[column] for column in kept] for row in table.rows],
        wide=frozenset(kept.index(column) for column in table.wide if column in kept),
    )


def words(text: str) -> Line:
    """A line of fixed words.

    Raises
    ------
    UntracedNumber
        They hold a numeral or a percent sign: numbers are facts.
    """
    check_words(text)
    return (Span(text),)


def told(fact: Fact) -> Line:
    """A line of one fact."""
    return (Span(fact.shown, fact),)


def check_words(text: str) -> None:
    """Refuse numerals outside of facts; see `words`."""
    found = _DIGIT.search(text)
    if found:
        raise UntracedNumber(
            f"{found[0].strip()!r} in {text.strip()[:80]!r} is no fact: a template may not hold "
            "numerals or percents. Make it a query."
        )


def plain(line: Line) -> str:
    """What a reader sees of a line."""
    return "".join(span.text for span in line)
