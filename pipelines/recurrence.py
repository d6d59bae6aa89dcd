"""The same trouble again after «решено»: how soon, how often, and what chance alone would give."""

import re
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from otklik.pipelines.recurrence_pairs import (
    DAY,
    background_rates,
    first_returns,
    places_of,
    second_petitions,
)
from otklik.pipelines.snapshot import Snapshot

SOLVED = re.compile(r"решен|решён|выполнен|устранен|устранён|завершен|завершён", re.IGNORECASE)
"""Names of states that say that the trouble is over."""
SAYS_SOLVED = re.compile(
    r"\b(?:устран|исправ|восстанов|решен|решён|выполнен|завершен|завершён|отремонтирован|заменен)",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\b(?:будет|будут|планир|до \d|в срок|не )", re.IGNORECASE)
HORIZON_DAYS = 60
COVER = 0.9
RETURNS = (
    "message_id", "place", "recipient", "solved_at", "days", "returned", "again_id", "same_author",
    "expected",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval, and what chance alone would give (NaN where nothing tells).

    `count` of `total`; `low` and `high` are a Wilson interval of `COVER`; `p` is the chance of as
    many or more if only chance acted.
    """

    count: int
    total: int
    low: float
    high: float
    expected: float = float("nan")
    p: float = float("nan")

    @property
    def share(self) -> float:
        """Count over total; NaN of nothing."""
        return self.count / self.total if self.total else float("nan")


@dataclass(frozen=True, slots=True)
class ReturnCurve:
    """Share of solved troubles that came back within so many days (Kaplan–Meier).

    `days`, `share`, `low` and `high` are float64 arrays of one length; where the window ends
    before a trouble could come back, it counts as long as it was seen. `median_days` is None
    where less than half came back.
    """

    days: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    median_days: float | None

    def within(self, days: float) -> tuple[float, float, float]:
        """Share that came back within so many days, and its interval; zeros before the first."""
        place = int(np.searchsorted(self.days, days, side="right")) - 1
        if place < 0:
            return 0.0, 0.0, 0.0
        return float(self.share[place]), float(self.low[place]), float(self.high[place])


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often a set of messages saw its trouble again.

    `again` counts solved troubles that came back within the horizon, only those that were seen
    for so long; `second` messages whose author wrote of the same again after the answer. `pairs`
    are (message, next one about the same). `denied` are messages whose own author wrote again
    after «решено», `doubtful` those after which only others did, soonest first.
    """

    solved: int
    again: Share
    curve: ReturnCurve | None
    second: Share
    pairs: tuple[tuple[int, int], ...]
    denied: tuple[int, ...]
    doubtful: tuple[int, ...]


@dataclass(frozen=True)
class Returns:
    """What became of everything that was called solved, in a whole snapshot.

    Parameters
    ----------
    table : DataFrame
        Columns `RETURNS`, by solved_at: `days` to the return or to the end of what is known
        (float64), `again_id` (0: none), `same_author`, and `expected`, the chance of a message at
        this place within the days that were seen if nothing linked the two: a high guess, since
        messages of one place come in bunches.
    second : Series of int64
        First message → the same author's next one about the same.
    answered : Index of int64
        Messages that have an answer.
    until : Timestamp
        End of what is known, UTC.
    horizon_days : int
        A trouble that comes back later counts as another one.
    """

    table: pd.DataFrame
    second: pd.Series
    answered: pd.Index
    until: pd.Timestamp
    horizon_days: int


def find_returns(
    snapshot: Snapshot, until: pd.Timestamp | None = None, horizon_days: int = HORIZON_DAYS
) -> Returns:
    """Find every trouble that was called solved, and whether it came back.

    The same trouble is a message with the same topic at the same house, asset or street, from
    the same author at once or from another one a day later; copies of earlier words do not count.

    Parameters
    ----------
    until : Timestamp or None
        End of what is known, UTC; the last message where None.
    """
    table = snapshot.table
    solved = _solved_at(snapshot)
    end = until if until is not None else table["dated_at"].max()
    places = places_of(table, end)
    found = first_returns(table, places, solved, end, horizon_days)
    left = np.minimum(((end - found["solved_at"]) / DAY).to_numpy(np.float64), horizon_days)
    rates = found["message_id"].map(background_rates(places, solved, horizon_days))
    found["expected"] = 1 - np.exp(-rates.to_numpy(np.float64) * left)
    ordered = found.sort_values(["solved_at", "message_id"], ignore_index=True)
    answered = table.index[table["answered_at"].notna()]
    second = second_petitions(table)
    return Returns(ordered[list(RETURNS)], second, answered, end, horizon_days)


def summarise(returns: Returns, ids: npt.ArrayLike | None = None) -> Recurrence:
    """Sum up the returns of some messages, or of all.

    Parameters
    ----------
    ids : array-like of int or None
        Messages of the trouble in question.
    """
    table, answered = returns.table, returns.answered
    own = table
    if ids is not None:
        wanted = pd.Index(np.asarray(ids, np.int64))
        own = table[table["message_id"].isin(wanted)]
        answered = answered.intersection(wanted)
    seen = own[own["solved_at"] <= returns.until - returns.horizon_days * DAY]
    expected = float(seen["expected"].mean()) if len(seen) else None
    came = own[own["returned"]].sort_values(["days", "message_id"])
    return Recurrence(
        solved=len(own),
        again=make_share(int(seen["returned"].sum()), len(seen), expected),
        curve=return_curve(own) if len(own) else None,
        second=make_share(len(returns.second.index.intersection(answered)), len(answered)),
        pairs=tuple(zip(came["message_id"].tolist(), came["again_id"].tolist(), strict=True)),
        denied=tuple(came.loc[came["same_author"], "message_id"].tolist()),
        doubtful=tuple(came.loc[~came["same_author"], "message_id"].tolist()),
    )


def return_curve(returns: pd.DataFrame) -> ReturnCurve:
    """Kaplan–Meier curve of the days until the same trouble comes back.

    Parameters
    ----------
    returns : DataFrame
        At least one row of `Returns.table`.
    """
    came = returns.loc[returns["returned"], "days"].to_numpy(np.float64)
    waited = returns.loc[~returns["returned"], "days"].to_numpy(np.float64)
    data = stats.CensoredData(uncensored=came, right=waited)
    curve = stats.ecdf(data)
    share = curve.cdf.probabilities
    if len(came):
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)
            bounds = curve.cdf.confidence_interval(confidence_level=COVER, method="log-log")
        # Where nothing has come back yet, or all has, the formula divides by nothing.
        low = np.nan_to_num(bounds.low.probabilities, nan=0.0)
        high = np.where(np.isnan(bounds.high.probabilities), share, bounds.high.probabilities)
    else:
        low, high = np.zeros_like(share), share
    half = np.flatnonzero(share >= 0.5)
    median = float(curve.cdf.quantiles[half[0]]) if len(half) else None
    return ReturnCurve(curve.cdf.quantiles, share, low, high, median)


def make_share(count: int, total: int, expected: float | None = None) -> Share:
    """Share with a Wilson interval, and the chance of so many if each came with `expected`."""
    if not total:
        return Share(0, 0, 0.0, 1.0)
    bounds = stats.binomtest(count, total).proportion_ci(COVER, method="wilson")
    low, high = float(bounds.low), float(bounds.high)
    if expected is None:
        return Share(count, total, low, high)
    test = stats.binomtest(count, total, min(expected, 1.0), alternative="greater")
    return Share(count, total, low, high, expected, float(test.pvalue))


def _solved_at(snapshot: Snapshot) -> pd.Series:
    """Moment at which a message was called solved: by its state, else by the words of an answer."""
    table = snapshot.table
    named = table["status"].map(lambda name: bool(name and SOLVED.search(name)))
    solved = table["closed_at"].fillna(table["answered_at"]).where(named)
    silent = set(table.index[table["status"].isna()])
    said = snapshot.answers
    for number, text, at in zip(said["message_id"], said["text"], said["answered_at"], strict=True):
        if number in silent and pd.isna(solved[number]) and _says_solved(text or ""):
            solved[number] = at
    return solved.dropna()


def _says_solved(text: str) -> bool:
    return bool(SAYS_SOLVED.search(text)) and not _NOT_YET.search(text)
