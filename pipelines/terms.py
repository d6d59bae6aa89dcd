"""When each message of a table must be answered, by the city's routing file."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import pandas as pd

from otklik.datasets.errors import NoRoutes, UnknownTopic
from otklik.datasets.records import Kind
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.serving.route_check import load_routes
from otklik.serving.route_match import Router
from otklik.serving.route_rows import Case, Event

Named = tuple[str | None, str | None]


def find_router(routes: Path | None = None) -> Router | None:
    """The routing file, by default the city's; None where the city has none.

    Raises
    ------
    BadRoutes
        The file contradicts itself, or the one that was named is not there.
    """
    try:
        return load_routes(routes)
    except NoRoutes:
        return None


def due_at(table: pd.DataFrame, router: Router) -> pd.Series:
    """Last moment that is in time, for every message.

    Parameters
    ----------
    table : DataFrame
        Of a `Snapshot`.
    router : Router
        Asked with group, topic, district, source, kind and importance; the clock starts with
        `dated_at`.

    Returns
    -------
    Series
        datetime64[ns, UTC] by message id; NaT where the topic or the term is not known.
    """
    codes = _codes_of(router.table.rubricator)
    due = [_due(row, router, codes) for row in table.itertuples()]
    found = pd.Series(pd.to_datetime(due, utc=True), index=table.index)
    return found.astype("datetime64[ns, UTC]")


def _due(row: object, router: Router, codes: Callable[[str | None, str | None], Named]) -> object:
    topic, group = codes(_text(row.topic), _text(row.group))  # type: ignore[attr-defined]
    at = row.dated_at  # type: ignore[attr-defined]
    if group is None or pd.isna(at):
        return pd.NaT
    moment: datetime = at.to_pydatetime(warn=False)
    importance = row.importance  # type: ignore[attr-defined]
    case = Case(
        group=group,
        topic=topic,
        district=_text(row.district),  # type: ignore[attr-defined]
        source=row.source,  # type: ignore[attr-defined]
        on=router.local_date(moment),
        kind=Kind(row.kind),  # type: ignore[attr-defined]
        importance=0 if pd.isna(importance) else int(importance),
    )
    found = router.deadline(case, {Event.RECEIVED: moment})
    return found.due if found else pd.NaT


def _codes_of(version: str) -> Callable[[str | None, str | None], Named]:
    rubricator = load_rubricator(version)

    @cache
    def codes(topic: str | None, group: str | None) -> Named:
        try:
            if topic is not None:
                known = rubricator.find(topic, group)
                return known.code, known.group.code
        except UnknownTopic:
            pass
        try:
            return None, rubricator.find_group(group).code if group is not None else None
        except UnknownTopic:
            return None, None

    return codes


def _text(value: object) -> str | None:
    return None if value is None or pd.isna(value) else str(value)
