"""Messages that count as one voice: no copies, no brigades, no author twice, no sudden event."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.text_key import comparable_text

COPY_DAYS, AUTHOR_DAYS = 5.0, 28.0
"""How long a like text at one house is a copy, and an author's next message no new voice."""
ALIKE, ALIKE_ANYWHERE, LEAST_WORDS = 0.6, 0.9, 4
"""Share of the shorter text's words that a copy of one house has in common with it, the same where
no house is known, and how many words at least."""
_LOOKED_AT = 60
"""Most earlier messages of a place that one is compared with."""
HOT, HOT_ROUNDS = 4, 3
"""Messages of one house, and times its neighbours', from which it is a problem of its own."""
RUN = 5
"""Messages that make a sudden event when they come in one run."""
_GAP_HOURS, _EVENT_HOURS = 1.0, 40.0
_RARE = 0.25
"""Messages expected between two of a run, at the most."""

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def independent(table: pd.DataFrame, *, lasting: bool = False) -> Bools:
    """Which messages are voices of their own about something that lasts.

    Left out are what the store knows for duplicates, like texts about one house within days
    (copies of a brigade, reposts), an author's next messages of one topic and street within four
    weeks, runs of a topic that come within hours (mass incidents), and houses that write of one
    topic far more than their street does (a problem of one address).

    Parameters
    ----------
    table : DataFrame
        As `Snapshot.table`.
    lasting : bool
        For messages of one trouble: only copies and repeated authors are left out.

    Returns
    -------
    bool of shape (n_messages,)
    """
    days = _days(table)
    order = np.argsort(days, kind="stable")
    repeated = np.zeros(len(table), np.bool_)
    repeated[order] = _repeats(table.iloc[order], days[order])
    repeated |= table["duplicate_of"].notna().to_numpy()
    if lasting:
        return ~repeated
    passing = ~sudden(table, days, ~repeated)
    return ~repeated & passing & ~one_address(table, ~repeated & passing)


def _days(table: pd.DataFrame) -> Floats:
    moments = table["dated_at"].to_numpy("datetime64[ns]", na_value=np.datetime64("NaT"))
    days: Floats = moments.astype("datetime64[s]").astype(np.int64) / 86_400.0
    return days


def _repeats(table: pd.DataFrame, days: Floats) -> Bools:
    topics, streets = _keys(table["topic"]), _keys(table["street_key"])
    houses, authors = _keys(table["house"]), _keys(table["author"])
    found = np.zeros(len(table), np.bool_)
    last: dict[Hashable, float] = {}
    earlier: dict[Hashable, list[tuple[float, frozenset[str]]]] = {}
    for row, text in enumerate(table["text"]):
        day, words = float(days[row]), frozenset(comparable_text(text).split())
        around = earlier.setdefault((topics[row], streets[row], houses[row]), [])
        alike = ALIKE if houses[row] else ALIKE_ANYWHERE
        found[row] = any(
            day - then <= COPY_DAYS and _alike(words, other, alike) for then, other in around
        )
        around.append((day, words))
        del around[:-_LOOKED_AT]
        if authors[row] is None:
            continue
        voice = (topics[row], streets[row], authors[row])
        if day - last.get(voice, -np.inf) <= AUTHOR_DAYS:
            found[row] = True
        if not found[row]:
            last[voice] = day
    return found


def _keys(column: "pd.Series[str]") -> list[str | None]:
    return [None if pd.isna(value) else str(value) for value in column]


def _alike(words: frozenset[str], others: frozenset[str], share: float) -> bool:
    common = len(words & others)
    return common >= LEAST_WORDS and common >= share * min(len(words), len(others))


def one_address(table: pd.DataFrame, counted: Bools) -> Bools:
    """Messages of houses that write of a topic many times as much as the street's other houses.

    Parameters
    ----------
    counted : bool of shape (n_messages,)
        Messages that count.

    Returns
    -------
    bool of shape (n_messages,)
    """
    address = ["topic", "street_key", "house"]
    known = table[counted].dropna(subset=address)
    if known.empty:
        return np.zeros(len(table), np.bool_)
    houses = known.groupby(address).size().rename("n").reset_index()
    # houses that never write of the topic count too, as long as they write at all
    all_houses = known.groupby("street_key")["house"].nunique()
    n_houses = houses["street_key"].map(all_houses).to_numpy(np.float64)
    street = [houses["topic"], houses["street_key"]]
    usual = houses["n"].clip(upper=HOT - 1)
    for _ in range(HOT_ROUNDS):
        mean = usual.groupby(street).transform("sum").to_numpy() / n_houses
        hot = houses["n"].to_numpy() >= HOT * np.maximum(mean, 1)
        usual = houses["n"].where(~hot, np.minimum(mean, HOT))
    found = pd.MultiIndex.from_frame(houses.loc[hot, address])
    return np.asarray(pd.MultiIndex.from_frame(table[address]).isin(found))


def sudden(table: pd.DataFrame, days: Floats, counted: Bools) -> Bools:
    """Messages of sudden events: runs of one topic far denser than the topic usually is.

    A run is followed by what its streets go on writing for a day and a half.

    Parameters
    ----------
    days : float64 of shape (n_messages,)
        Moments in days.
    counted : bool of shape (n_messages,)
        Messages that may make up a run.

    Returns
    -------
    bool of shape (n_messages,)
    """
    found = np.zeros(len(table), np.bool_)
    places = _keys(table["street_key"])
    rows = pd.Series(np.arange(len(table)), index=table["topic"].to_numpy())[counted]
    for _topic, numbers in rows.groupby(level=0):
        among = numbers.to_numpy()
        among = among[np.argsort(days[among], kind="stable")]
        for run in _runs(days[among]):
            found[_event(among, run, days, places)] = True
    return found


def _runs(days: Floats) -> Iterator[slice]:
    span = max(float(days[-1] - days[0]), 1.0)
    gap = min(_GAP_HOURS / 24, _RARE * span / len(days))
    ends = [0, *(np.flatnonzero(np.diff(days) > gap) + 1).tolist(), len(days)]
    for start, stop in pairwise(ends):
        if stop - start >= RUN:
            yield slice(start, stop)


def _event(
    among: npt.NDArray[np.int64], run: slice, days: Floats, places: Sequence[str | None]
) -> list[int]:
    streets = {places[row] for row in among[run]}
    begun = days[among[run.start]]
    after = among[run.stop :]
    after = after[days[after] <= begun + _EVENT_HOURS / 24]
    return [*among[run].tolist(), *(int(row) for row in after if places[row] in streets)]
