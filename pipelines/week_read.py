"""The input of a week from the store and the city's routing file."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from otklik.datasets.store import Store
from otklik.pipelines.snapshot import snapshot_of_store
from otklik.pipelines.terms import due_at
from otklik.pipelines.vote_settings import load_vote_settings
from otklik.pipelines.week import Week
from otklik.pipelines.week_found import read_bursts, read_causes, read_votes, week_questions
from otklik.pipelines.week_input import WeekInput
from otklik.pipelines.week_parts import (
    read_essence,
    read_incidents,
    read_problems,
    read_routed,
)
from otklik.serving.route_check import load_routes

HISTORY_WEEKS = 62
"""A year and some weeks: less cannot tell the season."""
SYNTHETIC = "SYN-"
SYNTHETIC_NOTE = "Город выдуман: все сообщения синтетические."


def read_week(store: Store, week: Week, routes: Path | None = None) -> WeekInput:
    """Read what one week's reports need.

    Parameters
    ----------
    week : Week
        Messages from more than a year before it to its end are read.
    routes : Path or None
        Routing file, for terms; by default the city's.

    Raises
    ------
    BadRoutes
        The routing file contradicts itself.
    """
    router = load_routes(routes)
    zone: ZoneInfo = router.table.zone
    since = week.back(HISTORY_WEEKS).start(zone) - timedelta(days=1)
    snapshot = snapshot_of_store(store, since=since, until=week.stop(zone), vectors=False)
    table = snapshot.table
    made_up = table["external_id"].astype(str).str.startswith(SYNTHETIC)
    notes = (SYNTHETIC_NOTE,) if made_up.any() else ()
    stop = pd.Timestamp(week.stop(zone)).tz_convert("UTC")
    now = table.index[table["dated_at"] >= pd.Timestamp(week.start(zone))]
    questions = week_questions(table, week, zone, load_vote_settings())
    parts = {
        **read_problems(store.database, snapshot, week, stop),
        **read_incidents(store.database, table, stop),
        **read_routed(store.database, now, stop),
        **read_essence(snapshot.answers, stop),
        **read_bursts(table, week, str(zone)),
        **read_causes(snapshot, week),
        **read_votes(questions),
    }
    return WeekInput(
        week=week,
        city=_city(table),
        zone=zone,
        snapshot=snapshot,
        parts=parts,
        questions=tuple(questions),
        due_at=due_at(table, router),
        notes=notes,
    )


def _city(table: pd.DataFrame) -> str:
    """The settlement that most messages name; else the municipality."""
    for column in ("settlement", "municipality", "region"):
        counts = table[column].value_counts()
        if len(counts):
            return str(min(counts[counts == counts.iloc[0]].index))
    return "Город"
