"""A table to messages: every row becomes one `Message` or one `Reject`, in the file's order."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Cells
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from otklik.datasets.addresses import split_address
from otklik.datasets.clean import clean_html, clean_plain, clean_social
from otklik.datasets.dates import load_zone, parse_moment
from otklik.datasets.errors import BadFile, BadRow
from otklik.datasets.mapping import Mapping, Names, header_key
from otklik.datasets.records import (
    GivenAnswer,
    GivenStatus,
    Kind,
    Message,
    Place,
    SourceLabel,
)
from otklik.datasets.rejects import Reject
from otklik.datasets.tables import Row, read_table

SHORT_CACHE = 4096
TOLD_HEADERS, TOLD_CHARS = 50, 40
_CLEANERS: dict[str, Callable[[str], str]] = {
    "plain": clean_plain,
    "social": clean_social,
    "html": clean_html,
}


def read_messages(
    path: Path, mapping: Mapping, *, timezone: str = "Europe/Moscow"
) -> Iterator[Message | Reject]:
    """Read a table as messages, unmasked.

    Parameters
    ----------
    path : Path
        Any table that `tables.read_table` knows.
    mapping : Mapping
        Which columns are what; see `mapping.load_mapping`.
    timezone : str
        IANA zone of times that carry none, where the mapping names no zone of its own.

    Raises
    ------
    BadFile
        At once: not there, not a table, no column for the text or for a required date. While
        walking: the file breaks off; all rows before that were given.
    BadSettings
        No such time zone.
    """
    table = read_table(path, mapping.is_header)
    builder = MessageBuilder(mapping, table.header, timezone)
    builder.check(path)
    return (_read_row(builder, path, row) for row in table.rows)


def _read_row(builder: "MessageBuilder", path: Path, row: Row) -> Message | Reject:
    if row.problem is not None:
        return Reject(path.name, row.line, row.problem)
    try:
        return builder.build(row.values)
    except BadRow as bad:
        return Reject(path.name, row.line, bad.reason, bad.column, bad.value or "")


class MessageBuilder:
    """Makes messages of rows under one header.

    Parameters
    ----------
    mapping : Mapping
        Which columns are what.
    header : tuple of str
        Headers of the table, each once.
    timezone : str
        IANA zone of times that carry none.
    """

    def __init__(self, mapping: Mapping, header: tuple[str, ...], timezone: str) -> None:
        self._mapping = mapping
        self._header = header
        self._zone = load_zone(mapping.timezone or timezone)
        self._clean = _CLEANERS[mapping.text_format]
        # Labels, places and states repeat in every row.
        self._clean_short = lru_cache(SHORT_CACHE)(clean_plain)
        self._columns: dict[Names, tuple[str, ...]] = {}
        self._headers_by_key = {header_key(name): name for name in reversed(header)}
        kind_by = mapping.kind_by
        self._kinds = {header_key(k): v for k, v in kind_by.values.items()} if kind_by else {}

    def check(self, path: Path) -> None:
        """Refuse a table without the columns that no message can do without.

        Raises
        ------
        BadFile
            Lists the headers that are there and those that were looked for.
        """
        columns = self._mapping.columns
        needed = {"text": columns.text}
        if self._mapping.date_required:
            needed["date"] = columns.posted_at
        for field, names in needed.items():
            if not self._present(names):
                raise BadFile(
                    f"{path.name} has no column for the {field}. Headers found: "
                    f"{_told(self._header)}. Looked for: {', '.join(names)}. "
                    "Rename a column or write a mapping file; if this is unreadable, save the file "
                    "as UTF-8."
                )

    def build(self, values: Cells[str, str]) -> Message:
        """Make a message of one row.

        Raises
        ------
        BadRow
            No text, no readable date where one is required, an unknown way of filing.
        """
        cells = {
            name: value.replace("\0", "")
            for name, value in values.items()
            if value and not value.isspace()
        }
        columns = self._mapping.columns
        return Message(
            source=self._mapping.source,
            external_id=self._first(cells, columns.id) or self._row_id(cells),
            kind=self._kind(cells),
            text=self._text(cells),
            posted_at=self._posted_at(cells),
            received_at=self._moment(cells, columns.received_at),
            author=self._first(cells, columns.author),
            place=self._place(cells),
            reply_to=self._first(cells, columns.reply_to),
            labels=self._labels(cells),
            answers=self._answers(cells),
            statuses=self._statuses(cells),
            raw=cells,
        )

    def _present(self, names: Names) -> tuple[str, ...]:
        """Those of the named columns that the table has, under its own spelling."""
        present = self._columns.get(names)
        if present is None:
            found = (self._headers_by_key.get(header_key(name)) for name in names)
            present = tuple(dict.fromkeys(name for name in found if name is not None))
            self._columns[names] = present
        return present

    def _found(self, cells: Cells[str, str], names: Names) -> tuple[str, str] | None:
        """Header and value of the first column that is filled."""
        for name in self._present(names):
            # Exports put an apostrophe in front of a text; alone it stands for nothing.
            if (value := cells.get(name, "").strip()) not in ("", "'"):
                return name, value
        return None

    def _first(self, cells: Cells[str, str], names: Names) -> str | None:
        found = self._found(cells, names)
        return self._clean_short(found[1].removeprefix("'")) or None if found else None

    def _row_id(self, cells: Cells[str, str]) -> str:
        names = self._present(self._mapping.columns.identity) or cells
        known = sorted((name, cells[name]) for name in names if name in cells)
        return hashlib.blake2b(json.dumps(known).encode(), digest_size=16).hexdigest()

    def _text(self, cells: Cells[str, str]) -> str:
        names = self._mapping.columns.text
        found = self._found(cells, names)
        text = self._clean(found[1]) if found else ""
        if not text:
            column, value = found or (self._present(names)[0], "")
            raise BadRow("no text", column=column, value=value)
        return text

    def _posted_at(self, cells: Cells[str, str]) -> datetime | None:
        names = self._mapping.columns.posted_at
        if not self._mapping.date_required:
            return self._moment(cells, names)
        found = self._found(cells, names)
        if found is None:
            raise BadRow("no date", column=self._present(names)[0])
        return self._parse(*found)

    def _moment(self, cells: Cells[str, str], names: Names) -> datetime | None:
        """A moment nobody insists on: unreadable means unknown, `raw` keeps what was written."""
        found = self._found(cells, names)
        try:
            return self._parse(*found) if found else None
        except BadRow:
            return None

    def _parse(self, column: str, value: str) -> datetime:
        try:
            return parse_moment(value, self._zone, self._mapping.date_formats)
        except BadRow as bad:
            raise BadRow(bad.reason, column=column, value=value) from bad

    def _kind(self, cells: Cells[str, str]) -> Kind:
        kind_by = self._mapping.kind_by
        found = self._found(cells, kind_by.columns) if kind_by else None
        if found is None:
            return self._mapping.kind
        column, value = found
        kind = self._kinds.get(header_key(value))
        if kind is None:
            raise BadRow(
                "unknown way of filing; add it to kind_by.values of the mapping",
                column=column,
                value=value,
            )
        return kind

    def _place(self, cells: Cells[str, str]) -> Place:
        names = self._mapping.place
        street, house = self._first(cells, names.street), self._first(cells, names.house)
        if street is None and (address := self._first(cells, names.address)):
            street, house = split_address(address)
        return Place(
            region=self._first(cells, names.region),
            municipality=self._first(cells, names.municipality),
            settlement=self._first(cells, names.settlement),
            district=self._first(cells, names.district),
            street=street,
            house=house,
            asset=self._first(cells, names.asset),
            latitude=_degrees(self._first(cells, names.latitude), 90),
            longitude=_degrees(self._first(cells, names.longitude), 180),
        )

    def _labels(self, cells: Cells[str, str]) -> tuple[SourceLabel, ...]:
        return tuple(
            SourceLabel(label.axis, name, label.rubricator)
            for label in self._mapping.labels
            if (name := self._first(cells, label.columns))
        )

    def _answers(self, cells: Cells[str, str]) -> tuple[GivenAnswer, ...]:
        answers: dict[str, GivenAnswer] = {}
        for columns in self._mapping.answers:
            found = self._found(cells, columns.text)
            if not found or not (text := self._clean(found[1])):
                continue
            moment = self._moment(cells, columns.answered_at)
            recipient = self._first(cells, columns.recipient)
            if (same := answers.get(text)) is not None:
                # One reply in two columns: each may know what the other does not.
                answers[text] = replace(
                    same,
                    answered_at=same.answered_at or moment,
                    recipient=same.recipient or recipient,
                )
            else:
                answers[text] = GivenAnswer(text, moment, recipient, columns.stage)
        return tuple(answers.values())

    def _statuses(self, cells: Cells[str, str]) -> tuple[GivenStatus, ...]:
        return tuple(
            GivenStatus(name, self._moment(cells, status.at))
            for status in self._mapping.statuses
            if (name := self._first(cells, status.name))
        )


def _told(header: tuple[str, ...]) -> str:
    """Headers for an error, cut: where the header is missing they are texts."""
    names = [name if len(name) <= TOLD_CHARS else f"{name[:TOLD_CHARS]}…" for name in header]
    more = f" and {len(names) - TOLD_HEADERS} more" if len(names) > TOLD_HEADERS else ""
    return ", ".join(names[:TOLD_HEADERS]) + more


def _degrees(text: str | None, limit: float) -> float | None:
    try:
        degrees = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= limit else None
