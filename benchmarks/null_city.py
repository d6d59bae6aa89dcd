"""Years of a made-up city in which nothing happens, as a table, without words.

The residents, streets and offices of one seed stay from year to year; the weather is another one
each year, which `make_city` of two years would not give.
"""

from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from otklik.datasets.city_calendar import build_year
from otklik.datasets.city_drafts import Draft, World
from otklik.datasets.city_message import ZONE
from otklik.datasets.city_planting import plant
from otklik.datasets.city_rates import CityRates
from otklik.datasets.synthetic_city import build_world
from otklik.pipelines.bursts import LEVELS
from otklik.pipelines.cell_counts import CellCounts, count_cells
from otklik.pipelines.periods import Periods, periods_of

COLUMNS = ("at", "group", "topic", "district", "asset", "author", "channel", "recipient")


def null_years(seed: int, n_messages: int, years: tuple[int, ...]) -> pd.DataFrame:
    """Messages of these years with the columns that bursts and attribution look at."""
    rows: list[tuple[Any, ...]] = []
    for year in years:
        days = build_year(Random(f"null weather {seed} {year}"), year)
        world = build_world(seed, n_messages, year)
        # The drafts of a world depend on its seed alone: another year needs another one.
        world = replace(
            world, year=days, rates=CityRates(world.topics, days), seed=seed * 10_000 + year
        )
        start = datetime(year, 1, 1, tzinfo=ZoneInfo(ZONE))
        drafts = sorted(plant(world, n_messages, start, null=True).drafts, key=lambda one: one.at)
        number = {id(draft): len(rows) + place for place, draft in enumerate(drafts)}
        rows += [_row(world, draft, start, number) for draft in drafts]
    table = pd.DataFrame(rows, columns=[*COLUMNS, "duplicate_of"])
    seconds = table.pop("at")
    table["dated_at"] = pd.to_datetime(seconds, unit="s", utc=True).astype("datetime64[ns, UTC]")
    table["duplicate_of"] = table["duplicate_of"].astype("Int64")
    table.index.name = "id"
    return table


def _row(world: World, draft: Draft, start: datetime, number: dict[int, int]) -> tuple[Any, ...]:
    topic = world.topics[draft.topic]
    street = None if draft.street is None else world.plan.streets[draft.street]
    asset = None
    if street is not None and topic.network in street.assets:
        asset = world.plan.assets[street.assets[topic.network]].name
    copied = draft.copy_of
    return (
        start.timestamp() + draft.at,
        topic.group,
        topic.code,
        street.district if street else None,
        asset,
        str(draft.author.number),
        draft.channel,
        world.plan.recipient(topic.recipient, draft.street),
        number[id(copied)] if copied is not None and copied.at <= draft.at else None,
    )


def weekly(
    table: pd.DataFrame,
) -> tuple[dict[tuple[str, ...], CellCounts], np.ndarray, Periods]:
    """Counts of every level over all weeks, all messages a week, and the weeks."""
    periods = periods_of(table["dated_at"])
    counted = {level: count_cells(table, level, periods) for level in LEVELS}
    place = periods.place(table["dated_at"])
    return counted, np.bincount(place[place >= 0], minlength=periods.n), periods


def until_week(
    counted: dict[tuple[str, ...], CellCounts], totals: np.ndarray, periods: Periods, n: int
) -> tuple[dict[tuple[str, ...], CellCounts], np.ndarray, Periods]:
    """The same as it stood after the first `n` weeks."""
    cut = {
        level: replace(one, counted=one.counted[:, :n], left_out=one.left_out[:, :n])
        for level, one in counted.items()
    }
    until = periods.start(n) if n < periods.n else periods.until
    return cut, totals[:n], Periods(until, n, periods.unit, periods.zone)
