"""Which cells got more messages than season, trend, holidays and their own past explain.

Every cell is tested on its last period and on its last two together, and all cells of all levels
share one level of false discovery. What is tested is never learnt from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.pipelines.burst_limits import limits_of
from otklik.pipelines.burst_rows import Burst, Bursts
from otklik.pipelines.cell_counts import CellCounts, count_cells, seen_periods
from otklik.pipelines.expected import (
    SEASON_DAYS,
    expect_cells,
    expect_series,
    expect_total,
    terms_of,
)
from otklik.pipelines.false_discovery import benjamini_hochberg, interval, upper_p, weights_for
from otklik.pipelines.periods import ZONE, Periods, periods_of
from otklik.pipelines.rate_filter import Forecast

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Level = tuple[str, ...]

LEVELS: tuple[Level, ...] = (
    ("group",),
    ("topic",),
    ("district",),
    ("asset",),
    ("group", "district"),
    ("topic", "district"),
)
FALSE_DISCOVERY = 0.1
LEAST_HISTORY = 6
"""Periods of history without which nothing is tested."""
WORTH = 20.0
"""Messages above the expected in two periods that are worth finding, or as many again if more."""
_LEAST_DOUBT = 1e-4
LAST, BOTH = 0.1, 0.9
"""How the level of a cell is shared between its last period and the last two."""
CALIBRATION = 1.5
"""Level of the procedure for each stated level. Counts are discrete, and a cell shares its messages
with its series: taken at its word, the procedure flags something in 3 to 4 quiet weeks of 100 where
10 are allowed, and in 8 to 10 with this factor (simulated counts). Used once a season was seen."""


@dataclass(frozen=True, slots=True)
class Tested:
    """Cells of one level with their forecasts.

    `parent` is the number of each cell's series in `above`; cells of one dimension have neither.
    """

    counts: CellCounts
    forecast: Forecast
    above: "Tested | None" = None
    parent: Ints = field(default_factory=lambda: np.empty(0, np.int64))


def find_bursts(
    table: pd.DataFrame,
    until: date | None = None,
    *,
    levels: Sequence[Level] = LEVELS,
    unit: str = "week",
    way: str = "texts",
    level: float = FALSE_DISCOVERY,
    zone: str = ZONE,
) -> Bursts:
    """Test every cell of every level on the last week (or day) and the last two.

    Parameters
    ----------
    table : DataFrame
        `Snapshot.table`: dated_at, author, duplicate_of and the columns of the levels.
    until : date or None
        First day that is not counted; the day after the last message where None.
    levels : sequence of tuple of str
        Columns that make a cell. The first column of a level of several is tested on its own too
        if it is a level, and gives its cells their course in any case.
    unit : str
        "week" or "day".
    way : str
        What counts once: "texts", "authors" or "messages", as in `count_cells`.
    level : float
        Share of false discoveries among what is flagged, 0 to 1.
    zone : str
        Zone in which days begin.

    Raises
    ------
    BadSettings
        The table lacks a column of a level; unit or way is unknown.

    Examples
    --------
    >>> find_bursts(snapshot.table, date(2025, 3, 10)).flagged[0].words  # doctest: +SKIP
    'за неделю ожидалось 4–9, поступило 21'
    """
    periods = periods_of(table["dated_at"], until, unit=unit, zone=zone)
    firsts = dict.fromkeys((one[0],) for one in levels)
    counted = {
        one: count_cells(table, one, periods, way=way) for one in dict.fromkeys([*firsts, *levels])
    }
    place = periods.place(table["dated_at"])
    totals = np.bincount(place[place >= 0], minlength=periods.n)
    return bursts_of_counts(counted, totals, periods, levels=levels, level=level)


def bursts_of_counts(
    counted: Mapping[Level, CellCounts],
    totals: Ints,
    periods: Periods,
    *,
    levels: Sequence[Level] | None = None,
    level: float = FALSE_DISCOVERY,
) -> Bursts:
    """As `find_bursts`, from counts.

    Parameters
    ----------
    counted : mapping of level to CellCounts
        Each level's, and those of the first column of each level of several.
    totals : int64 of shape (n_periods,)
        All messages, with or without a cell.
    levels : sequence of tuple of str, optional
        Which to test; all of `counted` where None.
    """
    seen = seen_periods(totals)
    tested = 2 if periods.n >= LEAST_HISTORY + 2 and seen[-2] else 1
    known = seen[: periods.n - tested] if periods.n >= tested else seen[:0]
    unknown = limits_of(periods, seen, tested, LEAST_HISTORY)
    if known.sum() < LEAST_HISTORY or not seen[-1]:
        return Bursts((), unknown)
    learnt = seen.astype(np.float64)
    learnt[-tested:] = 0
    found = _forecasts(counted, totals, periods, learnt)
    tests = [found[one] for one in levels or counted]
    # What a season moves is doubted by guess while none was seen: the factor would be another.
    factor = CALIBRATION if known.sum() * periods.days >= SEASON_DAYS else 1.0
    return Bursts(_rows(tests, periods, tested, level, factor), unknown)


def _forecasts(
    counted: Mapping[Level, CellCounts], totals: Ints, periods: Periods, learnt: Floats
) -> dict[Level, Tested]:
    terms = terms_of(periods, int(learnt.sum()))
    course = expect_total(totals, terms, learnt)
    found: dict[Level, Tested] = {
        one: Tested(counts, expect_series(counts.counted, course, terms, learnt))
        for one, counts in counted.items()
        if len(one) == 1
    }
    for one, counts in counted.items():
        if len(one) > 1:
            above = found[one[:1]]
            number = {cell[0]: place for place, cell in enumerate(above.counts.cells)}
            parent = np.array([number[cell[0]] for cell in counts.cells], dtype=np.int64)
            others = sorted({cell[1:] for cell in counts.cells})
            place_of = {other: place for place, other in enumerate(others)}
            child = np.array([place_of[cell[1:]] for cell in counts.cells], dtype=np.int64)
            forecast = expect_cells(counts.counted, parent, above.forecast, child, terms, learnt)
            found[one] = Tested(counts, forecast, above, parent)
    return found


def _rows(
    tests: Sequence[Tested], periods: Periods, tested: int, level: float, factor: float
) -> tuple[Burst, ...]:
    spans = [_window(tests, number) for number in range(1, tested + 1)]
    p = np.stack([one.p for one in spans])
    if tested == 2:
        p /= np.array([[LAST], [BOTH]])
    best = np.argmin(p, axis=0)
    lowest = np.minimum(p.min(axis=0), 1.0)
    last = spans[-1]
    worth = np.maximum(WORTH * tested / 2, last.mean)
    weights = weights_for(last.mean, last.variance / last.mean, worth, level * factor)
    q = benjamini_hochberg(lowest, weights) / factor
    names = [(test.counts.dimensions, cell) for test in tests for cell in test.counts.cells]
    rows = []
    for place in np.lexsort((lowest, q)).tolist():
        one = spans[best[place]]
        rows.append(
            Burst(
                names[place][0],
                names[place][1],
                periods.unit,
                one.n,
                periods.start(periods.n - one.n),
                periods.until,
                int(one.counts[place]),
                int(one.copies[place]),
                float(one.mean[place]),
                int(one.low[place]),
                int(one.high[place]),
                float(lowest[place]),
                float(q[place]),
                bool(q[place] <= level),
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Window:
    """The last `n` periods of all cells together; arrays of shape (n_cells,)."""

    n: int
    counts: Floats
    copies: Ints
    mean: Floats
    variance: Floats
    p: Floats
    low: Floats
    high: Floats


def _window(tests: Sequence[Tested], n: int) -> _Window:
    due = [_due(test, n) for test in tests]
    counts = np.concatenate([test.counts.counted[:, -n:].sum(axis=1) for test in tests])
    copies = np.concatenate([test.counts.left_out[:, -n:].sum(axis=1) for test in tests])
    mean = np.concatenate([one[0] for one in due])
    variance = np.concatenate([one[1] for one in due])
    got = counts.astype(np.float64)
    p = upper_p(got, mean, variance)
    return _Window(n, got, copies, mean, variance, p, *interval(mean, variance))


def _due(test: Tested, n: int) -> tuple[Floats, Floats]:
    """Mean and variance of the counts of the last `n` periods together.

    A cell is held against what the rest of its series got meanwhile: the first snow raises all
    districts, and is told once, of the topic, not of every district.
    """
    forecast = test.forecast
    mean, doubt = forecast.mean[:, -n:].sum(axis=1), forecast.doubt[:, -1]
    if test.above is not None:
        series, parent = test.above, test.parent
        whole = series.forecast.mean[:, -n:].sum(axis=1)
        unsure = series.forecast.doubt[:, -1] + (series.forecast.dispersion - 1) / whole
        unsure = np.maximum(unsure, _LEAST_DOUBT)[parent]
        own = test.counts.counted[:, -n:].sum(axis=1)
        rest = series.counts.counted[:, -n:].sum(axis=1)[parent] - own
        mean_rest = np.maximum(whole[parent] - mean, 0.0)
        # A forecast that the rest belies is no longer believed.
        amiss = (rest - mean_rest) ** 2 / (1 + mean_rest + unsure * mean_rest**2)
        sure = 1 / (unsure * np.maximum(amiss, 1.0))
        mean = mean * (sure + rest) / (sure + mean_rest)
        doubt = doubt + 1 / (sure + rest)
    return mean, forecast.dispersion * mean + doubt * mean**2
