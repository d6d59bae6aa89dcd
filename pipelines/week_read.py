"""The input of weeks from the store and the city's routing file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from otklik.datasets.dates import load_zone
from otklik.datasets.settings import load_settings
from otklik.datasets.store import Store
from otklik.pipelines.mass_incidents import Heard, known_at
from otklik.pipelines.report_wording import date_text
from otklik.pipelines.snapshot import snapshot_of_store
from otklik.pipelines.terms import due_at, find_router
from otklik.pipelines.vote_settings import load_vote_settings
from otklik.pipelines.week import DAYS, Week
from otklik.pipelines.week_found import read_bursts, read_causes, read_votes, week_questions
from otklik.pipelines.week_input import WeekInput
from otklik.pipelines.week_messages import TREND_WEEKS
from otklik.pipelines.week_parts import (
    read_claims,
    read_essence,
    read_problems,
    read_routed,
    tell_incidents,
)

HISTORY_WEEKS = 62
"""A year and some weeks: less cannot tell the season."""
SYNTHETIC = "SYN-"
SYNTHETIC_NOTE = "Город выдуман: все сообщения синтетические."
UNDATED_NOTE = (
    "Когда написаны сообщения, источник не говорит: это неделя загрузки, происшествий и хода "
    "времени по ней не видно."
)
AT_ONCE, MOST_AT_ONCE = 50, 0.5
"""Messages of one minute that no city writes, and their share of a week that makes it undated."""
SILENT_DAYS = 2
"""Days without a message, at a week's end, from which it is said to be unfinished."""


class WeekReader:
    """Reads what the reports of some weeks need; their messages are read from the store once.

    Parameters
    ----------
    weeks : sequence of Week
        In their order. Messages from more than a year before the first are read.
    routes : Path or None
        Routing file, for terms and the time zone; by default the city's. A city without one has no
        terms, and the zone of the settings.

    Raises
    ------
    BadRoutes
        The routing file contradicts itself.
    """

    def __init__(self, store: Store, weeks: Sequence[Week], routes: Path | None = None) -> None:
        self._store = store
        router = find_router(routes)
        self.zone: ZoneInfo = router.table.zone if router else load_zone(load_settings().timezone)
        since, until = self._history(weeks[0])[0], weeks[-1].stop(self.zone)
        self._snapshot = snapshot_of_store(store, since=since, until=until, vectors=False)
        self._votes = load_vote_settings()
        self._due: pd.Series | None = None
        if router is not None:
            table = self._snapshot.table
            shown = pd.Timestamp(weeks[0].back(TREND_WEEKS).start(self.zone))
            self._due = due_at(table[table["dated_at"] >= shown], router)

    def has(self, week: Week) -> bool:
        """Whether there is any message of a week."""
        at = self._snapshot.table["dated_at"]
        start, stop = (pd.Timestamp(end(self.zone)) for end in (week.start, week.stop))
        return bool(((at >= start) & (at < stop)).any())

    def read(self, week: Week, heard: Heard) -> WeekInput:
        """Read one of the weeks; its problems must have been brought up before.

        Parameters
        ----------
        heard : Heard
            Messages of the week, for its mass incidents.
        """
        zone = self.zone
        snapshot = self._snapshot.between(*self._history(week))
        table = snapshot.table
        made_up = table["external_id"].astype(str).str.startswith(SYNTHETIC)
        notes = [SYNTHETIC_NOTE] if made_up.any() else []
        notes += _unfinished(table["dated_at"], week, zone)
        undated = is_undated(table.loc[table["dated_at"] >= week.start(zone), "dated_at"])
        notes += [UNDATED_NOTE] if undated else []
        stop = pd.Timestamp(week.stop(zone)).tz_convert("UTC")
        now = table.index[table["dated_at"] >= pd.Timestamp(week.start(zone))]
        questions = week_questions(table, week, zone, self._votes)
        database = self._store.database
        incidents = {}
        if not undated:
            matched = known_at(heard, week.start(zone), week.stop(zone))
            incidents = tell_incidents(matched, table, stop)
        parts = {
            **read_problems(database, snapshot, week, stop),
            **incidents,
            **read_routed(database, now, stop),
            **read_essence(snapshot, week, zone),
            **read_bursts(table, week, str(zone)),
            **read_causes(snapshot, week),
            **read_claims(snapshot, now, stop),
            **read_votes(questions),
        }
        return WeekInput(
            week=week,
            city=_city(table),
            zone=zone,
            snapshot=snapshot,
            parts=parts,
            questions=tuple(questions),
            due_at=self._due,
            notes=tuple(notes),
        )

    def _history(self, week: Week) -> tuple[datetime, datetime]:
        """What is looked at for a week: its history, to the week's end."""
        since = week.back(HISTORY_WEEKS).start(self.zone) - timedelta(days=1)
        return since, week.stop(self.zone)


def is_undated(at: pd.Series) -> bool:
    """Whether most messages bear the moment of a load: then nothing happened when they say."""
    minutes = at.dt.floor("min").value_counts()
    return bool(minutes[minutes >= AT_ONCE].sum() > MOST_AT_ONCE * max(len(at), 1))


def _unfinished(at: pd.Series, week: Week, zone: ZoneInfo) -> list[str]:
    """A caveat where the data end before the week does, in a city where people write daily."""
    if at.empty:
        return []
    last = at.max().tz_convert(zone).date()
    before = pd.Timestamp(week.back(1).start(zone))
    daily = at[at >= before].dt.tz_convert(zone).dt.date.nunique() >= DAYS
    if (week.sunday - last).days < SILENT_DAYS or not daily:
        return []
    return [
        f"Данные есть только по {date_text(last)}: неделя неполная, с прошлыми неделями её числа "
        "не сравнить."
    ]


def _city(table: pd.DataFrame) -> str:
    """The settlement that most messages name; else the municipality."""
    for column in ("settlement", "municipality", "region"):
        counts = table[column].value_counts()
        if len(counts):
            return str(min(counts[counts == counts.iloc[0]].index))
    return "Город"
