"""Bursts: how often a quiet week raises a flag, and how soon a doubled cell does.

A null week counts as one false discovery if anything at all is flagged in it. Null weeks come from
a made-up city with two years of history and other weather each year, from the first year of
`make_city(null=True)`, where no season has been seen yet, and from simulated counts. Power is that
of a cell with ten messages a week that doubles for two weeks, among 134 cells with other rates
and seasons: three such cells at once, and one alone, beside what would be found if every rate were
known exactly.
"""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from null_city import null_years, until_week, weekly

from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.bursts import (
    BOTH,
    CALIBRATION,
    FALSE_DISCOVERY,
    LAST,
    WORTH,
    bursts_of_counts,
)
from otklik.pipelines.cell_counts import CellCounts
from otklik.pipelines.false_discovery import benjamini_hochberg, upper_p, weights_for
from otklik.pipelines.periods import Periods
from otklik.pipelines.snapshot import snapshot_of_messages

N_MESSAGES = 20_000
GROUPS, DISTRICTS, WEEKS, BASE = 26, 4, 104, 10
LEVEL = FALSE_DISCOVERY * CALIBRATION
TRIALS = 20
"""Simulated cities a seed."""


def run(seeds: list[int]) -> Iterator[dict[str, Any]]:
    """Rows for the benchmark."""
    yield _row("null weeks with a flag, third year of a city", "<= 0.10", _third_years(seeds))
    yield _row("null weeks with a flag, first year of a city", "<= 0.10", _first_years(seeds))
    yield _row("null weeks with a flag, simulated counts", "<= 0.10", _simulated_null(seeds))
    three, _ = _power(seeds, 3)
    alone, known = _power(seeds, 1)
    yield _row("power, x2 on 10 a week in two weeks, three cells", ">= 0.80", three)
    yield _row("power, x2 on 10 a week in two weeks, one cell", ">= 0.80", alone)
    yield _row("power of one cell if every rate were known", "", known)
    yield _row("seconds for 26 groups and 359 topics in 18 districts, 110 weeks", "", _seconds())


def _row(what: str, asked: str, reached: float) -> dict[str, Any]:
    return {"what": what, "asked": asked, "reached": round(reached, 4)}


def _third_years(seeds: list[int]) -> float:
    flags = []
    for seed in seeds:
        counts = weekly(null_years(seed, N_MESSAGES, (2023, 2024, 2025)))
        n = counts[2].n
        flags += [
            bool(bursts_of_counts(*until_week(*counts, week)).flagged)
            for week in range(n - 51, n + 1)
        ]
    return float(np.mean(flags))


def _first_years(seeds: list[int]) -> float:
    flags = []
    for seed in seeds:
        city = make_city(seed, N_MESSAGES, null=True)
        table = snapshot_of_messages(city.messages).table
        # Copies are known here, as in the third years: how well they are found is another matter.
        number = {name: id_ for id_, name in table["external_id"].items()}
        first = {
            number[id_]: number[one.ids[0]] for one in city.truth.copies for id_ in one.ids[1:]
        }
        table["duplicate_of"] = pd.Series(first).reindex(table.index).astype("Int64")
        counts = weekly(table)
        flags += [
            bool(bursts_of_counts(*until_week(*counts, week)).flagged)
            for week in range(8, counts[2].n + 1)
        ]
    return float(np.mean(flags))


def _simulated_null(seeds: list[int]) -> float:
    flags = []
    for seed in seeds:
        chance = np.random.default_rng(seed)
        for _ in range(TRIALS):
            counts, _ = _simulate(chance, 0)
            flags.append(bool(bursts_of_counts(*_packed(counts)).flagged))
    return float(np.mean(flags))


def _power(seeds: list[int], n_planted: int) -> tuple[float, float]:
    """Share of doubled cells that are flagged within two weeks, and if rates were known."""
    found, known = 0, 0
    for seed in seeds:
        chance = np.random.default_rng(10_000 * n_planted + seed)
        for _ in range(TRIALS):
            counts, mean = _simulate(chance, n_planted)
            planted = {(f"g{k}", f"d{k % DISTRICTS}") for k in range(n_planted)}
            flagged, sure = set(), set()
            for week in (WEEKS - 1, WEEKS):
                rows = bursts_of_counts(*_packed(counts[:, :, :week])).flagged
                flagged |= {row.cell for row in rows}
                sure |= _known(counts, mean, week)
            found += len(planted & flagged)
            known += len(planted & sure)
    whole = len(seeds) * TRIALS * n_planted
    return found / whole, known / whole


def _simulate(chance: np.random.Generator, n_planted: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts and their means without what is planted, shape (groups, districts, weeks)."""
    group = chance.lognormal(1.8, 1.0, (GROUPS, 1))
    share = chance.dirichlet(np.full(DISTRICTS, 8.0))
    rate = group * share * np.exp(chance.normal(0, 0.2, (GROUPS, DISTRICTS)))
    for k in range(n_planted):
        rate[k, k % DISTRICTS] = BASE
    week = np.arange(WEEKS)
    turn, height = chance.uniform(0, 2 * np.pi, (GROUPS, 1)), chance.uniform(0, 0.5, (GROUPS, 1))
    wave = np.exp(height * np.cos(2 * np.pi * week / 52.18 + turn))
    wave /= wave[:, -2:].mean(axis=1, keepdims=True)
    mean = rate[:, :, None] * wave[:, None]
    counts = chance.poisson(mean)
    for k in range(n_planted):
        counts[k, k % DISTRICTS, -2:] += chance.poisson(BASE, 2)
    return counts, mean


def _packed(counts: np.ndarray) -> tuple[dict[tuple[str, ...], CellCounts], np.ndarray, Periods]:
    groups = [(f"g{k}",) for k in range(counts.shape[0])]
    districts = [(f"d{k}",) for k in range(counts.shape[1])]
    cells = [(*group, *district) for group in groups for district in districts]
    n = counts.shape[2]
    made = {
        ("group",): (groups, counts.sum(axis=1)),
        ("district",): (districts, counts.sum(axis=0)),
        ("group", "district"): (cells, counts.reshape(-1, n)),
    }
    levels = {
        level: CellCounts(level, tuple(names), values, np.zeros_like(values))
        for level, (names, values) in made.items()
    }
    return levels, counts.sum(axis=(0, 1)), Periods(date(2025, 12, 1), n)


def _known(counts: np.ndarray, mean: np.ndarray, week: int) -> set[tuple[str, ...]]:
    """Cells that the same two windows and weights flag where the means are given."""
    levels, _, _ = _packed(counts[:, :, :week])
    true, _, _ = _packed(mean[:, :, :week])
    got, due = ([one.counted for one in side.values()] for side in (levels, true))
    p = []
    for n in (1, 2):
        seen = np.concatenate([one[:, -n:].sum(axis=1) for one in got]).astype(float)
        expected = np.concatenate([one[:, -n:].sum(axis=1) for one in due])
        p.append(upper_p(seen, expected, expected))
    lowest = np.minimum(np.minimum(p[0] / LAST, p[1] / BOTH), 1.0)
    weights = weights_for(expected, np.ones(len(expected)), np.maximum(WORTH, expected), LEVEL)
    names = [cell for one in levels.values() for cell in one.cells]
    q = benjamini_hochberg(lowest, weights)
    return {name for name, one in zip(names, q, strict=True) if one <= LEVEL}


def _seconds() -> float:
    """CPU time of one weekly run over a large city's cells."""
    chance = np.random.default_rng(0)
    levels: dict[tuple[str, ...], CellCounts] = {}
    totals = np.zeros(110, dtype=np.int64)
    for name, n, a_week in (("group", 26, 60.0), ("topic", 359, 4.0)):
        rate = a_week * chance.lognormal(-0.5, 1.0, (n, 1)) * chance.dirichlet(np.full(18, 5.0))
        counts = chance.poisson(rate[:, :, None], (n, 18, 110))
        names = [f"{name}{k}" for k in range(n)]
        cells = tuple((one, f"d{k:02}") for one in names for k in range(18))
        one, two = counts.sum(axis=1), counts.reshape(-1, 110)
        levels[(name,)] = CellCounts((name,), tuple((x,) for x in names), one, 0 * one)
        levels[name, "district"] = CellCounts((name, "district"), cells, two, 0 * two)
        totals = one.sum(axis=0)
    started = time.process_time()
    bursts_of_counts(levels, totals, Periods(date(2025, 12, 1), 110))
    return time.process_time() - started
