"""Which message is about the same trouble as an earlier one: by topic, place, author and time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.text_key import text_key

DAY = pd.Timedelta(days=1)
OTHERS_AFTER = DAY
"""Others who write sooner after «решено» may report the old event, not a new one."""
PATIENCE = pd.Timedelta(days=60)
UNANSWERED = pd.Timedelta(days=7)
"""Without an answer, a second message of the author this long after is a second petition."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Places:
    """Messages whose topic and place are known.

    Parameters
    ----------
    key : Series of str
        Topic and the narrowest place known, by message id.
    written : Series of datetime64[ns, UTC]
        By message id.
    span_days : float
        From the first message of all to the end of what is known.
    """

    key: pd.Series
    written: pd.Series
    span_days: float


def places_of(table: pd.DataFrame, end: pd.Timestamp) -> Places:
    """Topic and place of every message that has both: the house, else the asset, else the street.

    A message of no place lies where its author is: others cannot write about the same.
    """
    street, house, asset = table["street_key"], table["house"], table["asset"]
    at_house = (street + ", " + house).where(street.notna() & house.notna())
    nowhere = "автор " + table["author"]
    place = at_house.fillna(asset).fillna(street).fillna(nowhere)
    known = table["topic"].notna() & place.notna() & table["dated_at"].notna()
    key = (table["topic"] + " | " + place)[known]
    span = (end - table["dated_at"].min()) / DAY if len(table) else 0.0
    return Places(key, table.loc[known, "dated_at"], max(float(span), 1.0))


def first_returns(
    table: pd.DataFrame,
    places: Places,
    solved: pd.Series,
    end: pd.Timestamp,
    horizon_days: int,
) -> pd.DataFrame:
    """First message about the same, for every solved one that has a place."""
    texts = table["text"].map(text_key)
    rows: list[tuple[object, ...]] = []
    known = places.key[places.key.index.isin(solved.index)]
    by_key = places.written.sort_values(kind="stable").groupby(places.key).groups
    limit = pd.Timedelta(days=horizon_days)
    author = table["author"].to_dict()
    copy = table["duplicate_of"].notna().to_dict()
    at = places.written.to_dict()
    for number, key in known.items():
        moment = solved[number]
        if moment >= end:
            continue
        before = {texts[other] for other in by_key[key] if at[other] <= moment}
        again, same = 0, False
        for other in by_key[key]:
            if other == number or at[other] <= moment or at[other] > min(end, moment + limit):
                continue
            own = author[other] is not None and author[other] == author[number]
            repeated = copy[other] or texts[other] in before
            if own or (not repeated and at[other] > moment + OTHERS_AFTER):
                again, same = int(other), own
                break
        last = at[again] if again else min(end, moment + limit)
        days = (last - moment) / DAY
        office = table["recipient"][number]
        rows.append((number, key, office, moment, days, bool(again), again, same))
    columns = ["message_id", "place", "recipient", "solved_at", "days", "returned", "again_id"]
    found = pd.DataFrame(rows, columns=[*columns, "same_author"])
    found["solved_at"] = pd.to_datetime(found["solved_at"], utc=True)
    return found.astype(
        {"days": "float64", "returned": bool, "same_author": bool, "message_id": "int64"}
    )


def background_rates(places: Places, solved: pd.Series, horizon_days: int) -> pd.Series:
    """Messages a day that a message's place and topic get anyway, by message id.

    Counted on the days that no «решено» covers and without the message itself (or the one that it
    returns to), drawn to the mean of the topic where they tell little (one message's worth of a
    gamma prior).
    """
    if places.key.empty:
        # No message names a place: nothing can come back to it.
        return pd.Series(dtype="float64")
    moments = solved[solved.index.isin(places.key.index)]
    windows = pd.DataFrame({"key": places.key[moments.index], "from": moments})
    covered = places.key.map(windows.groupby("key").size()).fillna(0) * float(horizon_days)
    outside = ~_inside(places, windows, horizon_days)
    count = np.maximum(outside.groupby(places.key).transform("sum") - 1, 0)
    days = np.maximum(places.span_days - covered, places.span_days / 10)
    topic = places.key.str.partition(" | ")[0]
    mean = (count.groupby(topic).transform("sum") + 1) / days.groupby(topic).transform("sum")
    return (count + 1) / (days + 1 / mean)


def second_petitions(table: pd.DataFrame) -> pd.Series:
    """First message → the id of the same author's next one about the same, after its answer.

    A message that names the earlier one as what it replies to counts in any case.
    """
    end = table["dated_at"].max()
    places = places_of(table, end)
    by_external = {
        (source, external): number
        for number, source, external in zip(
            table.index.tolist(), table["source"], table["external_id"], strict=True
        )
    }
    found: dict[int, int] = {}
    replies = table[table["reply_to"].notna()]
    for number, source, replied in zip(
        replies.index.tolist(), replies["source"], replies["reply_to"], strict=True
    ):
        first = by_external.get((source, replied))
        if first is not None and replies["author"][number] == table["author"][first]:
            found.setdefault(first, number)
    own = table.loc[places.key.index]
    own = own[own["author"].notna()].sort_values("dated_at", kind="stable")
    for _, rows in own.groupby([own["author"], places.key[own.index]]):
        if len(rows) < 2:
            continue
        ids, at, answered = rows.index.tolist(), rows["dated_at"].tolist(), rows["answered_at"]
        for earlier, later in zip(range(len(ids)), range(1, len(ids)), strict=False):
            told = answered.iloc[earlier]
            due = at[earlier] + UNANSWERED if pd.isna(told) else told
            if due < at[later] <= at[earlier] + PATIENCE:
                found.setdefault(ids[earlier], ids[later])
    return pd.Series(found, dtype="int64").sort_index()


def _inside(places: Places, windows: pd.DataFrame, horizon_days: int) -> pd.Series:
    """Whether a message lies within the horizon after a «решено» at its place."""
    inside = pd.Series(False, index=places.key.index)
    starts = {key: group["from"].sort_values() for key, group in windows.groupby("key")}
    limit = pd.Timedelta(days=horizon_days)
    for key, ids in places.key.groupby(places.key).groups.items():
        if key not in starts:
            continue
        moments = starts[key].to_numpy()
        written = places.written.loc[ids].to_numpy()
        last = np.searchsorted(moments, written, side="left") - 1
        within = (last >= 0) & (written - moments[np.maximum(last, 0)] <= limit.to_timedelta64())
        inside[ids] = within
    return inside
