"""From a template of sentences to blocks: facts keep their identity on the way."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from otklik.pipelines.facts import Fact, FactBook
from otklik.pipelines.report_blocks import (
    Block,
    Figure,
    Heading,
    Line,
    Paragraph,
    Span,
    Table,
    check_words,
)
from otklik.pipelines.report_wording import in_district, word_for

FOLDER = Path(__file__).with_name("templates")
SENTENCES = ("mayor.j2", "sector.j2", "rise.j2")
FILES = tuple(FOLDER / name for name in (*SENTENCES, "page.html.j2", "page.css"))
"""Everything whose change changes a report."""
# Private characters: no text of a resident can hold them, the store has them masked as any other.
_OPEN, _SHUT = "\ue000", "\ue001"
_FACT = re.compile(f"{_OPEN}(\\w+){_SHUT}")
_STYLES = {"- ": "item", "> ": "note", "! ": "lead"}


class Composer:
    """Renders a template for one report.

    Parameters
    ----------
    book : FactBook
        Where the facts of the report are.
    """

    def __init__(self, book: FactBook) -> None:
        self._facts: dict[str, Fact] = {}
        self._book = book
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            undefined=StrictUndefined,
            finalize=self._put,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )
        self._environment.filters["form"] = form
        self._environment.filters["district"] = self._district

    def compose(
        self,
        template: str,
        parts: Mapping[str, Table | Figure],
        **values: Any,  # noqa: ANN401
    ) -> list[Block]:
        """Blocks of a report.

        Parameters
        ----------
        template : str
            File in `pipelines/templates`: `# ` opens a title, `## ` a section, `- ` an item,
            `> ` a note, `! ` the lead, `[name]` is the part of that name.
        parts : mapping
            Tables and charts by name.
        values : Fact, bool, list or str
            What the sentences are made of; a text may hold no numeral.

        Raises
        ------
        UntracedNumber
            The template holds a numeral, or prints one that is no fact.
        """
        text = self._environment.get_template(template).render(**values)
        return [block for line in text.splitlines() if (block := self._block(line.strip(), parts))]

    def _put(self, value: object) -> object:
        if isinstance(value, Fact):
            self._facts[value.id] = value
            return f"{_OPEN}{value.id}{_SHUT}"
        return value

    def _district(self, fact: Fact) -> str:
        """«Заречный район» or «район Центр», the name still a fact."""
        put = str(self._put(fact))
        return in_district(fact.shown).replace(fact.shown, put)

    def _block(self, line: str, parts: Mapping[str, Table | Figure]) -> Block | None:
        if not line:
            return None
        if line.startswith("[") and line.endswith("]"):
            return parts.get(line[1:-1])
        marks = len(line) - len(line.lstrip("#"))
        if marks:
            return Heading(marks, self._line(line[marks:].strip()))
        for sign, style in _STYLES.items():
            if line.startswith(sign):
                return Paragraph(self._line(line.removeprefix(sign)), style)
        return Paragraph(self._line(line))

    def _line(self, text: str) -> Line:
        spans = []
        for place, piece in enumerate(_FACT.split(text)):
            if place % 2:
                fact = self._facts[piece]
                spans.append(Span(fact.shown, fact))
            elif piece:
                check_words(piece)
                spans.append(Span(piece))
        return tuple(spans)


def form(fact: Fact, one: str, few: str, many: str) -> str:
    """Form of the noun that follows a fact."""
    return word_for(fact.number, one, few, many)
