"""A labelled table in memory, for work that needs all of it: audit, duplicates, splits."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.datasets.dates import load_zone, parse_moment
from otklik.datasets.errors import BadFile, BadRow
from otklik.datasets.settings import load_settings
from otklik.datasets.split import Split
from otklik.datasets.tables import Row, read_table


@dataclass(frozen=True, slots=True)
class LabelledTable:
    """The rows that could be read, in the order of the file.

    `unreadable` lists the lines whose cells do not fit the header; they are in no row.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    unreadable: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """Cells of one column, stripped of outer white space; an absent cell is empty.

        Raises
        ------
        BadFile
            No such column; the message lists those that are there.
        """
        if name not in self.header:
            raise BadFile(
                f"{self.path.name} has no column {name!r}; found {list(self.header)}. "
                "Name the right one."
            )
        return [row.values.get(name, "").strip() for row in self.rows]


def load_labelled(path: Path) -> LabelledTable:
    """Read a whole table of any kind that `read_table` knows.

    Raises
    ------
    BadFile
        Not readable, or without a readable row.
    """
    table = read_table(path)
    rows: list[Row] = []
    unreadable: list[int] = []
    for row in table.rows:
        if row.problem is None:
            rows.append(row)
        else:
            unreadable.append(row.line)
    if not rows:
        raise BadFile(
            f"{path.name} has a header but no readable row ({len(unreadable)} do not fit it)."
        )
    return LabelledTable(path, table.header, tuple(rows), tuple(unreadable))


def parse_times(table: LabelledTable, name: str) -> npt.NDArray[np.datetime64]:
    """Times of one column in UTC; those without a zone are of the zone of the settings.

    Returns
    -------
    datetime64[us] of shape (n_rows,)

    Raises
    ------
    BadFile
        A cell that is no time, with its line.
    """
    zone = load_zone(load_settings().timezone)
    times = np.empty(len(table.rows), dtype="datetime64[us]")
    for place, (row, cell) in enumerate(zip(table.rows, table.column(name), strict=True)):
        try:
            moment = parse_moment(cell, zone).astimezone(UTC)
        except BadRow as error:
            raise BadFile(
                f"{table.path.name}, line {row.line}, column {name!r}: {cell!r} is not a time; "
                "expected 2025-12-31T23:59:00, 2025-12-31 or 31.12.2025 23:59."
            ) from error
        times[place] = np.datetime64(moment.replace(tzinfo=None), "us")
    return times


def dump_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV (UTF-8); an older file of that name is replaced at once."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    part.replace(path)


def dump_split(table: LabelledTable, split: Split, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write train.csv, test.csv, dropped.csv (where rows were dropped) and split.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", split.train), ("test", split.test), ("dropped", split.dropped)):
        path = folder / f"{name}.csv"
        if name == "dropped" and not len(rows):
            path.unlink(missing_ok=True)
            continue
        cells = ([table.rows[row].values.get(c, "") for c in table.header] for row in rows.tolist())
        dump_rows(path, table.header, cells)
    text = json.dumps(facts, ensure_ascii=False, indent=2)
    (folder / "split.json").write_text(text + "\n", encoding="utf-8")
