"""Any table as a stream of rows: CSV, .xlsx, JSONL, Parquet, each also gzipped."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from otklik.datasets.errors import BadFile
from otklik.datasets.sheets import cell_text, iter_sheet

HEADER_SEARCH_ROWS = 20
SNIFF_BYTES = 1 << 18
MAX_CELL_CHARS = 1 << 27
_GZIP, _ZIP, _OLE, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"

IsHeader = Callable[[Sequence[str]], bool]


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
    """Header and rows; the rows are read once, while they are walked."""

    header: tuple[str, ...]
    rows: Iterator[Row]


def read_table(path: Path, is_header: IsHeader | None = None) -> Table:
    """Open a table; the kind is told by its first bytes, then by its suffix.

    Parameters
    ----------
    path : Path
        CSV or TSV (UTF-8 or Windows-1251, separator guessed), .xlsx, .xls, JSONL, Parquet.
    is_header : callable or None
        Tells the header among the first 20 rows, for exports that begin with a title; None takes
        the first row that is not empty.

    Raises
    ------
    BadFile
        Not there, empty, not a table, encrypted; or, while the rows are walked, broken off.
    """
    try:
        magic = _head(path, 4)
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}. Check the path and the rights.") from error
    except (EOFError, zlib.error) as error:
        raise BadFile(f"{path.name}: broken gzip file ({error}). Fetch it again.") from error
    if not magic:
        raise BadFile(f"{path.name} is empty.")
    suffix = Path(path.stem if path.suffix == ".gz" else path.name).suffix.lower()
    if magic == _PARQUET:
        return _parquet(path)
    if magic in (_ZIP, _OLE):
        return _grid(path, enumerate(iter_sheet(path), 1), is_header)
    if suffix in (".jsonl", ".ndjson"):
        return _jsonl(path)
    return _grid(path, _csv_rows(path), is_header)


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        zipped = file.read(2) == _GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if zipped else path.open("rb")


def _head(path: Path, size: int) -> bytes:
    with _open(path) as file:
        return file.read(size)


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    head = _head(path, SNIFF_BYTES)
    encoding = _encoding(head)
    sample = head.decode(encoding, errors="replace")
    if sample.count("\ufffd") > len(sample) // 100:
        raise BadFile(f"{path.name} is neither a table nor text that otklik can read.")
    csv.field_size_limit(MAX_CELL_CHARS)
    with _open(path) as binary:
        text = io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="")
        reader = csv.reader(text, delimiter=_delimiter(sample))
        start = 1
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # The last bytes may be half of a letter.
    for cut in range(4):
        try:
            head[: len(head) - cut].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        return "utf-8-sig"
    return "cp1251"


def _delimiter(sample: str) -> str:
    first = next((line for line in sample.splitlines() if line.strip()), "")
    return max(",;\t|", key=first.count)


def _grid(
    path: Path, numbered: Iterator[tuple[int, list[str]]], is_header: IsHeader | None
) -> Table:
    rows = _guarded(path, numbered)
    first = [(line, cells) for line, cells in islice(rows, HEADER_SEARCH_ROWS)]
    filled = [place for place, (_, cells) in enumerate(first) if any(cell.strip() for cell in cells)]
    if not filled:
        raise BadFile(f"{path.name} holds no rows.")
    wanted = [place for place in filled if is_header is not None and is_header(first[place][1])]
    position = (wanted or filled)[0]
    header = _unique([cell.strip() for cell in first[position][1]])
    body = chain(first[position + 1 :], rows)
    return Table(header, (_row(header, line, cells) for line, cells in body if any(cells)))


def _guarded(path: Path, rows: Iterable[Any]) -> Iterator[Any]:
    """Pass rows on; turn a file that breaks off into an error that says how far it was read."""
    line = 0
    try:
        for row in rows:
            line = row[0]
            yield row
    except (EOFError, zlib.error, OSError, csv.Error, pa.ArrowInvalid) as error:
        raise BadFile(
            f"{path.name} breaks off after line {line}: {error}. The rows before it were read; "
            "fetch the file again and import it once more."
        ) from error


def _unique(names: list[str]) -> tuple[str, ...]:
    """Header without empty or repeated names: «Ответ», «Ответ (2)», «столбец 7»."""
    seen: dict[str, int] = {}
    result = []
    for number, name in enumerate(names, 1):
        name = " ".join(name.split()) or f"столбец {number}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(result)


def _row(header: tuple[str, ...], line: int, cells: list[str]) -> Row:
    extra = [cell for cell in cells[len(header) :] if cell.strip()]
    values = dict(zip(header, cells, strict=False))
    if extra:
        return Row(line, values, f"{len(cells)} cells, the header has {len(header)} columns")
    return Row(line, values)


def _jsonl(path: Path) -> Table:
    rows = _guarded(path, _jsonl_rows(path))
    first = list(islice(rows, HEADER_SEARCH_ROWS))
    header = tuple(dict.fromkeys(name for _, row in first for name in row.values))
    return Table(header, (row for _, row in chain(first, rows)))


def _jsonl_rows(path: Path) -> Iterator[tuple[int, Row]]:
    with _open(path) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace")
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                yield number, Row(number, {}, f"not valid JSON: {error}")
                continue
            if isinstance(record, dict):
                values = {str(name): _json_text(value) for name, value in record.items()}
                yield number, Row(number, values)
            else:
                yield number, Row(number, {}, f"a JSON {type(record).__name__}, expected an object")


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else cell_text(value)


def _parquet(path: Path) -> Table:
    try:
        file = pq.ParquetFile(pa.BufferReader(_head(path, -1)) if path.suffix == ".gz" else path)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadFile(f"{path.name} is not a readable Parquet file: {error}.") from error

    def rows() -> Iterator[tuple[int, Row]]:
        line = 0
        for batch in file.iter_batches(batch_size=2048):
            for record in batch.to_pylist():
                line += 1
                yield line, Row(line, {name: _json_text(value) for name, value in record.items()})

    return Table(tuple(file.schema_arrow.names), (row for _, row in _guarded(path, rows())))
