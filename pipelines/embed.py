"""Vectors of a table: a row of the table is a row of the file, whatever it holds."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from otklik.datasets.clean import clean_social
from otklik.datasets.errors import BadFile
from otklik.datasets.masking import Masker
from otklik.datasets.tables import Row, Table, read_table
from otklik.models.encoder import CHUNK, Encoder
from otklik.models.manifest import sha256_of
from otklik.pipelines.vector_file import Progress, VectorFile, open_vectors


@dataclass(frozen=True, slots=True)
class Embedding:
    """What to embed, into which file.

    Parameters
    ----------
    table, out : Path
        Any table that `read_table` reads; the `.npy` file.
    column : str
        Column of the texts.
    masker : Masker or None
        None takes the texts as they are, for tables that were masked.
    """

    table: Path
    out: Path
    column: str
    masker: Masker | None


def count_rows(path: Path, column: str) -> int:
    """Rows of a table below its header, those that cannot be read included.

    Raises
    ------
    BadFile
        No such table, or no such column.
    """
    return sum(1 for _ in _open(path, column).rows)


def embed(
    job: Embedding, encoder: Encoder, rows: int, advance: Callable[[int], object]
) -> Progress:
    """Write the vectors of a table, float32 of shape (rows, dim).

    A row without a text, or that cannot be read, gets a vector of zeros, as no text has.

    Parameters
    ----------
    rows : int
        From `count_rows`.
    advance : callable
        Told how many more rows are done, first those of a former run.

    Raises
    ------
    BadFile
        The table cannot be read, or has changed meanwhile.
    """
    with open_vectors(job.out, _key(job, encoder), rows, encoder.dim) as file:
        advance(file.progress.done)
        source = islice(_open(job.table, job.column).rows, file.progress.done, None)
        while several := list(islice(source, CHUNK)):
            if file.progress.done + len(several) > rows:
                break
            _write(file, several, job, encoder)
            advance(len(several))
        if file.progress.done != rows or next(source, None) is not None:
            raise BadFile(
                f"{job.table.name} had {rows} rows at first and now has another number: it is "
                "being written to. Run again when it is complete."
            )
        return file.progress


def _write(file: VectorFile, several: list[Row], job: Embedding, encoder: Encoder) -> None:
    texts = [clean_social(row.values.get(job.column) or "") for row in several]
    if job.masker is not None:
        texts = [masked.text for masked in job.masker.mask_many(texts)]
    good = [place for place, row in enumerate(several) if texts[place] and not row.problem]
    vectors = np.zeros((len(several), encoder.dim), dtype=np.float32)
    vectors[good] = encoder.encode([texts[place] for place in good])
    for place in sorted(set(range(len(several))) - set(good)):
        file.progress.note_bad(several[place].line)
    file.append(vectors)


def _open(path: Path, column: str) -> Table:
    table = read_table(path)
    if column not in table.header:
        names = ", ".join(table.header)
        raise BadFile(f"{path.name} has no column {column!r}; there are {names}. Name another.")
    return table


def _key(job: Embedding, encoder: Encoder) -> str:
    """What a file half done must agree in to be gone on with."""
    parts = [sha256_of(job.table), job.column, encoder.version, job.masker is not None]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def iter_texts(path: Path, column: str) -> Iterator[str]:
    """Cleaned texts of a table, those that can be read and are not empty."""
    for row in _open(path, column).rows:
        if not row.problem and (text := clean_social(row.values.get(column) or "")):
            yield text
