"""One cell's count beside what was expected, in numbers and in words for staff."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

_SPANS = {
    ("week", 1): "за неделю",
    ("week", 2): "за две недели",
    ("day", 1): "за день",
    ("day", 2): "за два дня",
}


@dataclass(frozen=True, slots=True)
class Burst:
    """Count of one cell, with everything needed to judge it.

    Parameters
    ----------
    dimensions, cell : tuple of str
        ("topic", "district") and their values.
    unit : str
        "week" or "day".
    spans : int
        Periods counted together, 1 or 2: the more surprising of the two.
    starts, until : date
        First day counted, and the first no longer counted.
    observed, copies : int
        Messages counted; messages not counted because they are copies.
    expected : float
        Mean of what the past foretold.
    low, high : int
        Nine in ten such periods would lie between them, both included.
    p, q : float
        Chance of such a count or more without a cause; least level of false discovery, over all
        cells tested together, at which it is believed.
    flagged : bool
        Believed at the level that was asked for.
    """

    dimensions: tuple[str, ...]
    cell: tuple[str, ...]
    unit: str
    spans: int
    starts: date
    until: date
    observed: int
    copies: int
    expected: float
    low: int
    high: int
    p: float
    q: float
    flagged: bool

    @property
    def excess(self) -> float:
        """Messages above what was expected; negative where there were fewer."""
        return self.observed - self.expected

    @property
    def excess_range(self) -> tuple[int, int]:
        """Excess against the high and the low end of the interval."""
        return self.observed - self.high, self.observed - self.low

    @property
    def words(self) -> str:
        """«за неделю ожидалось 4–9, поступило 21»."""
        due = f"{self.low}" if self.low == self.high else f"{self.low}–{self.high}"
        said = f"{_SPANS[self.unit, self.spans]} ожидалось {due}, поступило {self.observed}"
        return said + (f" (копии не в счёт: {self.copies})" if self.copies else "")


@dataclass(frozen=True, slots=True)
class Bursts:
    """All cells of one run, the most surprising first.

    Parameters
    ----------
    rows : tuple of Burst
    unknown : tuple of str
        What the history could not tell, in Russian sentences for staff.
    """

    rows: tuple[Burst, ...]
    unknown: tuple[str, ...]

    @property
    def flagged(self) -> tuple[Burst, ...]:
        """Those believed to be unusual."""
        return tuple(row for row in self.rows if row.flagged)

    def frame(self) -> pd.DataFrame:
        """One row a cell; `words` among the columns, «тема / район» joined in `cell`."""
        return pd.DataFrame([_record(row) for row in self.rows], columns=list(_COLUMNS))


_COLUMNS = (
    "dimensions",
    "cell",
    "starts",
    "ends",
    "observed",
    "copies",
    "expected",
    "low",
    "high",
    "excess",
    "p",
    "q",
    "flagged",
    "words",
)


def _record(row: Burst) -> dict[str, Any]:
    return {
        "dimensions": " / ".join(row.dimensions),
        "cell": " / ".join(row.cell),
        "starts": row.starts,
        "ends": row.until - timedelta(days=1),
        "observed": row.observed,
        "copies": row.copies,
        "expected": round(row.expected, 2),
        "low": row.low,
        "high": row.high,
        "excess": round(row.excess, 2),
        "p": row.p,
        "q": row.q,
        "flagged": row.flagged,
        "words": row.words,
    }
