"""The stored tables of one week as a database that answers the queries behind every number."""

import math
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pandas as pd

from otklik.datasets.errors import NoReport
from otklik.pipelines.week_frames import read_frame

Value = str | int | float | None
Row = tuple[Value, ...]

_INDEXES = (
    ("messages", ("id",)),
    ("messages", ('"group"', "week")),
    ("messages", ("week", "topic")),
    ("messages", ("recipient", "week")),
    ("problem_messages", ("number",)),
    ("incident_messages", ("incident",)),
)


class Evidence:
    """Tables in memory, under SQLite.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By name, each with plain columns.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._base = sqlite3.connect(":memory:")
        self._amounts: dict[str, tuple[int, int]] = {}
        for name, table in tables.items():
            self._load(name, table)
        for name, columns in _INDEXES:
            plain = {column.strip('"') for column in columns}
            if name in tables and plain <= set(tables[name].columns):
                self._base.execute(
                    f"CREATE INDEX ON_{_plain(name, columns)} ON {name} ({', '.join(columns)})"
                )

    @classmethod
    def read(cls, *folders: Path) -> Self:
        """Open every Parquet file of the folders.

        Raises
        ------
        NoReport
            There is none.
        """
        paths = sorted(path for folder in folders for path in folder.glob("*.parquet"))
        if not paths:
            places = ", ".join(map(str, folders))
            raise NoReport(f"No stored week in {places}. Run `otklik weekly` for it first.")
        return cls({path.stem: read_frame(path) for path in paths})

    def row(self, query: str) -> Row:
        """The one row of a query; of several the first, of none Nones."""
        cursor = self._base.execute(query)
        found: Row | None = cursor.fetchone()
        return found if found is not None else (None,) * len(cursor.description)

    def rows(self, query: str) -> list[Row]:
        """Every row."""
        return self._base.execute(query).fetchall()

    def ids(self, query: str) -> list[int]:
        """Message ids of a query of one column, ascending."""
        return sorted(number for (number,) in self._base.execute(query))

    def amount(self, query: str) -> tuple[int, int]:
        """How many rows a query of one column has, and how many different ones."""
        if query not in self._amounts:
            found = self.row(
                f"WITH ids(one) AS ({query}) SELECT count(*), count(DISTINCT one) FROM ids"
            )
            self._amounts[query] = (int(found[0] or 0), int(found[1] or 0))
        return self._amounts[query]

    def close(self) -> None:
        """Free the memory."""
        self._base.close()

    def _load(self, name: str, table: pd.DataFrame) -> None:
        columns = ", ".join(f'"{column}"' for column in table.columns)
        self._base.execute(f'CREATE TABLE "{name}" ({columns})')
        places = ", ".join("?" * len(table.columns))
        rows = zip(*(_plain_values(table[column]) for column in table.columns), strict=True)
        self._base.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _plain(name: str, columns: tuple[str, ...]) -> str:
    return "_".join([name, *columns]).replace('"', "")


def _plain_values(column: "pd.Series[Any]") -> list[Value]:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        # Numbers are most of a large table, and plain after one step for all.
        plain: list[Value] = column.astype(object).where(column.notna(), None).tolist()
        return plain
    return [value if type(value) is str else _plain_value(value) for value in column]


def _plain_value(value: object) -> Value:
    """What SQLite can store: pandas has three ways to say that nothing is known."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return int(value) if isinstance(value, bool | int) else str(value)
