"""How many messages each cell (a topic in a district, an asset, …) got in each period."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.errors import BadSettings
from otklik.pipelines.periods import Periods

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

WAYS = ("texts", "authors", "messages")
_SILENCE = 1e-4
"""A period without any message is a gap of the source if chance makes one more rarely than this."""


@dataclass(frozen=True, slots=True)
class CellCounts:
    """Counts of the cells of one level.

    Parameters
    ----------
    dimensions : tuple of str
        Columns that make a cell.
    cells : tuple of tuple of str
        Values of each cell, sorted.
    counted, left_out : int64 of shape (n_cells, n_periods)
        What was counted, and what was not because it is a copy.
    """

    dimensions: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    counted: Ints
    left_out: Ints


def count_cells(
    table: pd.DataFrame,
    dimensions: Sequence[str],
    periods: Periods,
    *,
    way: str = "texts",
) -> CellCounts:
    """Count the messages of each cell; those without a value in some dimension are in no cell.

    Parameters
    ----------
    table : DataFrame
        Columns dated_at, author, duplicate_of and the dimensions, as in a `Snapshot`.
    way : str
        "texts": a copy of an earlier message is not counted, whoever sent it. "authors": an author
        counts once in a cell and period; without a name, each message is its own author.
        "messages": all are counted.

    Raises
    ------
    BadSettings
        No such column, or no such way.
    """
    missing = [name for name in (*dimensions, "dated_at") if name not in table]
    if missing:
        raise BadSettings(f"The table has no column {', '.join(missing)} to count by.")
    if way not in WAYS:
        raise BadSettings(f"way is {way!r}; expected one of {', '.join(WAYS)}.")
    place = periods.place(table["dated_at"])
    keep = (place >= 0) & table[list(dimensions)].notna().all(axis=1).to_numpy()
    rows = table[keep]
    codes, cells = _codes(rows, dimensions)
    spot = codes * max(periods.n, 1) + place[keep]
    own = _own(rows, spot, way)
    shape = (len(cells), periods.n)
    size = shape[0] * shape[1]
    counted = np.bincount(spot[own], minlength=size).reshape(shape)
    left_out = np.bincount(spot[~own], minlength=size).reshape(shape)
    return CellCounts(tuple(dimensions), cells, counted, left_out)


def seen_periods(totals: Ints) -> Bools:
    """Periods in which the source worked: a silent one among busy ones is a gap, not a zero.

    Parameters
    ----------
    totals : int64 of shape (n_periods,)
        Messages of all cells.
    """
    some = totals[totals > 0]
    silent = len(some) > 0 and np.exp(-np.median(some)) < _SILENCE
    return (totals > 0) if silent else np.ones(len(totals), dtype=bool)


def _codes(
    rows: pd.DataFrame, dimensions: Sequence[str]
) -> tuple[Ints, tuple[tuple[str, ...], ...]]:
    """Number of the cell of each row, and the cells in sorted order."""
    code = np.zeros(len(rows), np.int64)
    for name in dimensions:
        one, values = pd.factorize(rows[name].astype(str), sort=True)
        code = code * max(len(values), 1) + one
    _, first, codes = np.unique(code, return_index=True, return_inverse=True)
    named = rows[list(dimensions)].iloc[first].astype(str)
    return codes.astype(np.int64), tuple(named.itertuples(index=False, name=None))


def _own(rows: pd.DataFrame, spot: Ints, way: str) -> Bools:
    """Which rows are counted."""
    if way == "messages":
        return np.ones(len(rows), dtype=bool)
    if way == "texts":
        if "duplicate_of" not in rows:
            return np.ones(len(rows), dtype=bool)
        first: Bools = rows["duplicate_of"].isna().to_numpy(dtype=bool)
        return first
    author = pd.DataFrame({"spot": spot, "author": rows["author"].to_numpy(dtype=object)})
    own: Bools = (~author.duplicated() | author["author"].isna()).to_numpy(dtype=bool)
    return own
