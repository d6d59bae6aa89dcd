"""A table with a model's answers beside each row: written in pieces, gone on with after a kill."""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from otklik.datasets.errors import BadFile
from otklik.datasets.tables import Row, free_name, read_table
from otklik.models.classifier import Classified, Classifier
from otklik.models.normalise import Normaliser
from otklik.models.predictor import Answer

PIECE_ROWS = 2000
SUFFIXES = (".csv", ".parquet", ".jsonl")
RANKS = ("", "_2", "_3")
SAID = ("decision", "reason", "topic_set", "utterance", "importance", "importance_reason")
Record = dict[str, Any]


def classify_table(
    classifier: Classifier,
    path: Path,
    out: Path,
    text_column: str,
    *,
    heads: Sequence[str] | None = None,
    mask: bool = True,
    advance: Callable[[int], None] = lambda _rows: None,
) -> dict[str, Any]:
    """Answer every row of a table and write it with the input's columns first.

    A row that does not fit its header is written with what was readable of it and without answers;
    the summary counts it.

    Returns
    -------
    dict
        `rows`, `unreadable` (lines), `auto`, `review`, `out`.

    Raises
    ------
    BadFile
        Unknown ending, no such column, a table that breaks off.
    """
    if out.suffix not in SUFFIXES:
        raise BadFile(f"{out.name}: the ending must be one of {', '.join(SUFFIXES)}.")
    names = classifier.predictor.check_heads(heads or classifier.predictor.heads)
    table = read_table(path)
    if text_column not in table.header:
        raise BadFile(
            f"{path.name} has no column {text_column!r}; found {list(table.header)}. "
            "Name the right one with --text-column."
        )
    columns = answer_columns(names, table.header)
    pieces = _Pieces(out, _fingerprint(classifier, path, text_column, names, mask))
    normaliser = Normaliser(mask=mask)
    rows = iter(table.rows)
    number = 0
    while chunk := list(islice(rows, PIECE_ROWS)):
        if number >= pieces.done:
            pieces.write(_answered(classifier, normaliser, chunk, text_column, names, columns))
        number += 1
        advance(len(chunk))
    return pieces.join(table.header, columns)


def answer_columns(heads: Sequence[str], taken: Iterable[str]) -> dict[str, str]:
    """Name of every answer column by what it holds; a name that the table has gets a number."""
    used = set(taken)
    columns = {}
    wanted = [f"{head}{rank}{tail}" for head in heads for rank in RANKS for tail in ("", "_p")]
    for name in [*wanted, *SAID]:
        columns[name] = free_name(name, used)
        used.add(columns[name])
    return columns


def _answered(
    classifier: Classifier,
    normaliser: Normaliser,
    rows: Sequence[Row],
    text_column: str,
    heads: Sequence[str],
    columns: dict[str, str],
) -> Iterator[Record]:
    readable = [row for row in rows if row.problem is None]
    texts = list(normaliser(row.values.get(text_column, "") for row in readable))
    answers = iter(classifier.classify(texts, heads))
    for row in rows:
        record: Record = dict(row.values)
        if row.problem is None:
            said = _said(next(answers))
            record |= {columns[name]: value for name, value in said.items()}
        yield record


def _said(classified: Classified) -> Record:
    record: Record = {}
    for head, answer in classified.answers.items():
        record |= _ranked(head, answer)
    return record | {
        "decision": classified.decision,
        "reason": classified.reason,
        "topic_set": "; ".join(classified.topic_set),
        "utterance": classified.utterance.kind.value,
        "importance": classified.importance.value,
        "importance_reason": "; ".join(one.title for one in classified.importance.reasons),
    }


def _ranked(head: str, answer: Answer) -> Record:
    record: Record = {}
    for rank, (label, probability) in zip(RANKS, answer.ranked, strict=False):
        record[head + rank] = label
        record[f"{head}{rank}_p"] = round(probability, 6)
    return record


def _fingerprint(
    classifier: Classifier, path: Path, text_column: str, heads: Sequence[str], mask: bool
) -> str:
    alpha = classifier.routing.levels[0].risk.alpha
    said = [classifier.predictor.bundle.version, text_column, *heads, str(mask), str(alpha)]
    with path.open("rb") as file:
        said.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


class _Pieces:
    """Finished pieces beside the output; those of another input or model are thrown away."""

    def __init__(self, out: Path, fingerprint: str) -> None:
        self._out = out
        self._folder = out.with_name(out.name + ".pieces")
        name = self._folder / "fingerprint"
        if not name.is_file() or name.read_text() != fingerprint:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            name.write_text(fingerprint)
        self.done = len(self._paths())

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def write(self, records: Iterable[Record]) -> None:
        path = self._folder / f"{len(self._paths()):08d}.jsonl"
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        part.replace(path)

    def join(self, given: Sequence[str], columns: dict[str, str]) -> dict[str, Any]:
        part = self._out.with_name(self._out.name + ".part")
        counts = {"rows": 0, "unreadable": 0, "auto": 0, "review": 0}
        records = self._records(counts, columns["decision"])
        header = [*given, *columns.values()]
        if self._out.suffix == ".csv":
            _write_csv(part, header, records)
        elif self._out.suffix == ".jsonl":
            _write_jsonl(part, header, records)
        else:
            own = {column: _kind(name) for name, column in columns.items()}
            _write_parquet(part, dict.fromkeys(given, pa.string()) | own, records)
        part.replace(self._out)
        shutil.rmtree(self._folder)
        return {**counts, "out": str(self._out)}

    def _records(self, counts: dict[str, int], decision: str) -> Iterator[Record]:
        for path in self._paths():
            with path.open(encoding="utf-8") as file:
                for line in file:
                    record = json.loads(line)
                    counts["rows"] += 1
                    counts[record.get(decision, "unreadable")] += 1
                    yield record


def _write_csv(path: Path, header: list[str], records: Iterable[Record]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def _write_jsonl(path: Path, header: list[str], records: Iterable[Record]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            whole = {name: record.get(name) for name in header}
            file.write(json.dumps(whole, ensure_ascii=False) + "\n")


def _write_parquet(path: Path, kinds: dict[str, pa.DataType], records: Iterable[Record]) -> None:
    schema = pa.schema(list(kinds.items()))
    source = iter(records)
    with pq.ParquetWriter(path, schema) as writer:
        while chunk := list(islice(source, PIECE_ROWS)):
            columns = {name: [record.get(name) for record in chunk] for name in kinds}
            writer.write_table(pa.table(columns, schema=schema))


def _kind(name: str) -> pa.DataType:
    """Type of an answer column by what it holds; a table's own columns are text."""
    if name.endswith("_p"):
        return pa.float64()
    return pa.int64() if name == "importance" else pa.string()
