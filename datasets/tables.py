"""Any table as a stream of rows: CSV, .xlsx, JSONL, Parquet, each also gzipped."""

import csv
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from otklik.datasets.delimited import (
    HEADER_SEARCH_ROWS,
    Cells,
    IsHeader,
    iter_delimited,
    iter_lines,
)
from otklik.datasets.errors import BadFile
from otklik.datasets.gzipped import BROKEN, data_suffix, is_gzipped, open_bytes, read_head
from otklik.datasets.sheets import cell_text, iter_sheet

JSONL_HEADER_ROWS = 1000
PARQUET_BATCH_ROWS = 2048
HEAD_BYTES = 64
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_ZIP, _OLE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `line` counts from 1 as a person sees it in the file.

    `problem` is set where the row does not fit the header; `values` then holds what was readable.
    """

    line: int
    values: Mapping[str, str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Header and rows; the rows are read once, while they are walked.

    The header of JSONL is every key of the first 1000 objects.
    """

    header: tuple[str, ...]
    rows: Iterator[Row]


def read_table(path: Path, is_header: IsHeader | None = None) -> Table:
    """Open a table; the kind is told by its first bytes, then by its suffix.

    Parameters
    ----------
    path : Path
        CSV or TSV (UTF-8, UTF-16 or Windows-1251, separator guessed), .xlsx, .xls, JSONL, Parquet.
    is_header : callable or None
        Tells the header among the first 20 rows, for exports that begin with a title; None, or
        none found, takes the first row that is not empty.

    Raises
    ------
    BadFile
        Not there, empty, not a table, encrypted; or, while the rows are walked, broken off: the
        rows before were given.
    """
    try:
        head = read_head(path, HEAD_BYTES).lstrip()
    except BROKEN as error:
        raise BadFile(f"{path.name}: broken gzip file ({error}). Fetch it again.") from error
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}. Check path and rights.") from error
    if not head:
        raise BadFile(f"{path.name} is empty.")
    if head.startswith(_PARQUET):
        return _parquet(path)
    if head.startswith((_ZIP, _OLE)):
        cells = ((line, row, None) for line, row in enumerate(iter_sheet(path, is_header), 1))
        return _grid(path, cells, is_header)
    if data_suffix(path) in _JSON_SUFFIXES or head.startswith((b"{", b"[{")):
        return _jsonl(path)
    if head.startswith(b"<"):
        raise BadFile(
            f"{path.name} is a web page or XML, whatever its name says. Open it in a spreadsheet "
            "program and save it as .xlsx or .csv."
        )
    return _grid(path, iter_delimited(path, is_header), is_header)


def _grid(path: Path, cells: Iterator[Cells], is_header: IsHeader | None) -> Table:
    rows = _guarded(path, ((line, (line, row, problem)) for line, row, problem in cells))
    first, rest = _peek((row for row in rows if any(map(str.strip, row[1]))), HEADER_SEARCH_ROWS)
    if not first:
        raise BadFile(f"{path.name} holds no rows.")
    wanted = (place for place, row in enumerate(first) if is_header and is_header(row[1]))
    position = next(wanted, 0)
    header = _unique(first[position][1])
    body = chain(first[position + 1 :], rest)
    return Table(header, (_row(header, *row) for row in body))


def _guarded(path: Path, rows: Iterable[tuple[int, _Item]]) -> Iterator[_Item]:
    """Pass rows on; turn a file that breaks off into an error that says how far it was read."""
    last = 0
    try:
        for line, row in rows:
            last = line
            yield row
    except (*BROKEN, OSError, csv.Error, ValueError, OverflowError, pa.ArrowException) as error:
        raise BadFile(
            f"{path.name} breaks off after line {last}: {error}. The rows before it were read; "
            "mend the file or fetch it again, then import it once more."
        ) from error


def _peek(rows: Iterator[_Item], most: int) -> tuple[list[_Item], Iterator[_Item]]:
    """First rows, and the rest; an error among the first comes only after they are given."""
    first: list[_Item] = []
    try:
        for row in islice(rows, most):
            first.append(row)
    except BadFile as error:
        if not first:
            raise
        return first, _raise(error)
    return first, rows


def _raise(error: BadFile) -> Iterator[_Item]:
    raise error
    yield


def _unique(names: list[str]) -> tuple[str, ...]:
    """Header without empty or repeated names: «Ответ», «Ответ (2)», «столбец 7»."""
    header: dict[str, None] = {}
    for number, given in enumerate(names, 1):
        header[free_name(" ".join(given.split()) or f"столбец {number}", header)] = None
    return tuple(header)


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the first of «name (2)», «name (3)», … that is not taken."""
    if name not in taken:
        return name
    return next(free for number in count(2) if (free := f"{name} ({number})") not in taken)


def _row(header: tuple[str, ...], line: int, cells: list[str], problem: str | None) -> Row:
    values = dict(zip(header, cells, strict=False))
    # Empty cells past the end are a habit of spreadsheets, no fault.
    if len(cells) < len(header) or any(map(str.strip, cells[len(header) :])):
        problem = problem or f"{len(cells)} cells, the header has {len(header)} columns"
    return Row(line, values, problem)


def _jsonl(path: Path) -> Table:
    first, rest = _peek(
        _guarded(path, ((row.line, row) for row in _jsonl_rows(path))), JSONL_HEADER_ROWS
    )
    if all(row.problem for row in first):
        raise BadFile(
            f"{path.name}: none of its first {len(first)} lines is a JSON object. Expected one "
            "object a line, as `jq -c '.[]'` makes of a JSON array."
        )
    header = tuple(dict.fromkeys(name for row in first for name in row.values))
    return Table(header, chain(first, rest))


def _jsonl_rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(iter_lines(path), 1):
        if line.strip():
            yield _jsonl_row(number, line)


def _jsonl_row(number: int, line: str) -> Row:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        # Without the position: reasons are counted.
        return Row(number, {}, f"not valid JSON: {getattr(error, 'msg', error)}")
    if isinstance(record, dict):
        return _record_row(number, record)
    return Row(number, {}, f"a JSON {type(record).__name__}, expected an object")


def _record_row(line: int, record: Mapping[str, object]) -> Row:
    return Row(line, {_whole(name): _whole(_value_text(record[name])) for name in record})


def _value_text(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return cell_text(value)


def _whole(text: str) -> str:
    """Without halves of surrogate pairs: JSON may spell them, no file or database takes them."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _parquet(path: Path) -> Table:
    try:
        if is_gzipped(path):
            with open_bytes(path) as unpacked:
                file = pq.ParquetFile(pa.BufferReader(unpacked.read()))
        else:
            file = pq.ParquetFile(path)
    except (*BROKEN, pa.ArrowException, OSError) as error:
        raise BadFile(f"{path.name} is not a readable Parquet file: {error}.") from error
    rows = _guarded(path, ((row.line, row) for row in _parquet_rows(file)))
    return Table(tuple(file.schema_arrow.names), rows)


def _parquet_rows(file: pq.ParquetFile) -> Iterator[Row]:
    line = 0
    for batch in file.iter_batches(batch_size=PARQUET_BATCH_ROWS):
        for record in _with_times_as_text(batch).to_pylist():
            line += 1
            yield _record_row(line, record)


def _with_times_as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Times that Python's own types cannot hold would stop the file; as text they stop a row."""
    columns = [
        column.cast(pa.string()) if pa.types.is_temporal(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
