"""The nearest rows of every row: exactly, or within nearby cells where there are very many."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

EXACT = 16_384
"""Up to so many rows every row is compared with every other."""
CELL = 500
"""Rows of a cell, on average."""
_PROBES = 12
_SAMPLE = 24
_ROUNDS = 4
_CHUNK = 512
_STRETCH = 64


def nearest(vectors: Floats, most: int, *, exact: int = EXACT) -> tuple[Rows, Floats]:
    """Nearest other rows by cosine.

    Above `exact` rows the space is cut into cells of about `CELL` rows, and a row is compared with
    the rows of its own cell and of the cells nearest to it: time grows with the number of rows,
    not with its square. Nothing is drawn at random; the same rows in the same order give the same
    answer.

    Parameters
    ----------
    vectors : float32 of shape (n, dim), rows L2-normalised
    most : int
        Neighbours of a row, fewer than n.

    Returns
    -------
    int64 of shape (n, most)
        Nearest first.
    float32 of shape (n, most)
        Their cosines.

    Raises
    ------
    ValueError
        `most` is not between 1 and n - 1.
    """
    if not 1 <= most < len(vectors):
        raise ValueError(
            f"most is {most} for {len(vectors)} rows; expected 1 to {len(vectors) - 1}."
        )
    rows = np.empty((len(vectors), most), dtype=np.int64)
    cosines = np.empty((len(vectors), most), dtype=np.float32)
    everything = np.arange(len(vectors))
    if len(vectors) <= exact:
        _search(vectors, everything, everything, rows, cosines)
        return rows, cosines
    cells, centres = _cells(vectors)
    order = np.argsort(cells, kind="stable")
    edges = np.searchsorted(cells[order], np.arange(len(centres) + 1))
    members = [order[start:stop] for start, stop in pairwise(edges)]
    close = np.argsort(-(centres @ centres.T), axis=1, kind="stable")
    for cell, own in enumerate(members):
        if len(own):
            _search(vectors, own, _around(members, close[cell], most), rows, cosines)
    return rows, cosines


def _search(vectors: Floats, asked: Rows, candidates: Rows, rows: Rows, cosines: Floats) -> None:
    """Fill `rows` and `cosines` of the rows asked for; `asked` is a part of `candidates`."""
    most = rows.shape[1]
    pool = vectors[candidates]
    place = np.full(len(vectors), -1, dtype=np.int64)
    place[candidates] = np.arange(len(candidates))
    for start in range(0, len(asked), _CHUNK):
        here = asked[start : start + _CHUNK]
        scores = vectors[here] @ pool.T
        scores[np.arange(len(here)), place[here]] = -np.inf
        best, found = _foremost(scores, most)
        rows[here], cosines[here] = candidates[best], found


def _foremost(scores: Floats, most: int) -> tuple[Rows, Floats]:
    """Columns of the `most` highest scores of each row, and these scores, highest first.

    The foremost of every stretch of columns are looked at first: what is below `most` of them need
    not be sorted. Four times faster than to partition the whole row.
    """
    count, columns = scores.shape
    width = min(_STRETCH, max(columns // (2 * most), 1))
    whole = columns // width * width
    tops = scores[:, :whole].reshape(count, -1, width).max(axis=2)
    least = np.partition(tops, -most, axis=1)[:, -most]
    row, column = np.nonzero(scores >= least[:, None])
    values = scores[row, column]
    order = np.lexsort((column, -values, row))
    starts = np.searchsorted(row, np.arange(count))  # nonzero gives rows in order
    taken = order[starts[:, None] + np.arange(most)]
    return column[taken], values[taken]


def _cells(vectors: Floats) -> tuple[Rows, Floats]:
    """The cell of every row, and the centres: k-means from evenly spaced rows, on a sample."""
    count = max(len(vectors) // CELL, 2)
    sample = vectors[_spaced(len(vectors), min(count * _SAMPLE, len(vectors)))]
    centres = sample[_spaced(len(sample), count)]
    for _ in range(_ROUNDS):
        cells = _assign(sample, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, cells, sample)
        filled = np.bincount(cells, minlength=count) > 0
        centres = np.where(filled[:, None], sums, centres)
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    return _assign(vectors, centres), centres


def _spaced(rows: int, most: int) -> Rows:
    return np.linspace(0, rows - 1, most).astype(np.int64)


def _assign(vectors: Floats, centres: Floats) -> Rows:
    cells = np.empty(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), 4 * _CHUNK):
        rows = slice(start, start + 4 * _CHUNK)
        cells[rows] = (vectors[rows] @ centres.T).argmax(axis=1)
    return cells


def _around(members: list[Rows], cells: Rows, most: int) -> Rows:
    """Rows of the nearest cells: `_PROBES` of them, more where they hold too few rows."""
    found: list[Rows] = []
    rows = 0
    for probe, cell in enumerate(cells):
        if probe >= _PROBES and rows > most:
            break
        found.append(members[cell])
        rows += len(members[cell])
    return np.concatenate(found)
