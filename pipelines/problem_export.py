"""Problems as a table: CSV, XLSX, Parquet or JSONL."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadFile
from otklik.datasets.problem_book import FACTS, ProblemBook, ProblemState
from otklik.pipelines.sheet_cell import MOST_CHARS, inert

COLUMNS = (
    "number",
    "name",
    "status",
    "merged_into",
    *FACTS,
    "first_at",
    "last_at",
    "n_messages",
    "message_ids",
)
SUFFIXES = (".csv", ".xlsx", ".parquet", ".jsonl")


def problem_record(problem: ProblemState) -> dict[str, Any]:
    """One problem as JSON knows it."""
    return {
        "number": problem.number,
        "name": problem.name,
        "status": problem.status.value,
        "merged_into": problem.merged_into,
        **{fact: problem.facts.get(fact) for fact in FACTS},
        "first_at": problem.first_at.isoformat(),
        "last_at": problem.last_at.isoformat(),
        "n_messages": len(problem.message_ids),
        "message_ids": sorted(problem.message_ids),
    }


def write_problems(book: ProblemBook, path: Path) -> int:
    """Write every problem, by number; an older file is replaced when the new one is whole.

    In CSV and XLSX message ids are one cell with spaces between, and no cell begins a formula.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    BadFile
        Another suffix, or the file cannot be written.
    """
    writers = dict(zip(SUFFIXES, (_csv, _xlsx, _parquet, _jsonl), strict=True))
    suffix = path.suffix.lower()
    if suffix not in writers:
        raise BadFile(f"{path.name}: expected a name that ends in {', '.join(SUFFIXES)}.")
    records = [problem_record(problem) for _, problem in sorted(book.problems.items())]
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(writers[suffix](records))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadFile(f"{path} cannot be written: {error.strerror or error}.") from error
    return len(records)


def _jsonl(records: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()


def _csv(records: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(one) for one in records)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(records: Sequence[dict[str, Any]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("Проблемы")
        sheet.freeze_panes(1, 0)
        for row, values in enumerate([COLUMNS, *map(_cells, records)]):
            for column, value in enumerate(values):
                if value is not None:
                    sheet.write(row, column, value)
    return buffer.getvalue()


def _parquet(records: Sequence[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = {"number": pa.int64(), "merged_into": pa.int64(), "n_messages": pa.int64()}
    kinds = {name: numbers.get(name, pa.string()) for name in COLUMNS}
    kinds["message_ids"] = pa.list_(pa.int64())
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(records), pa.schema(kinds)), buffer)
    return buffer.getvalue()


def _cells(record: dict[str, Any]) -> list[str | int | None]:
    return [_cell(record[name]) for name in COLUMNS]


def _cell(value: object) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    if len(text) > MOST_CHARS:
        text = text[:MOST_CHARS].rpartition(" ")[0]  # whole ids only
    return inert(text)
