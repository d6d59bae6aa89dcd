"""Recipients by amount, time and completeness; who cannot be told apart shares a place."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from otklik.pipelines.week import Week
from otklik.pipelines.week_counts import CITY, Scoped, expect_counts
from otklik.pipelines.week_expected import LEVEL, WEEKS, share_interval
from otklik.pipelines.week_messages import history_weeks

WINDOW_WEEKS = 4
LEAST_JUDGED = 10
"""With fewer terms or answers a recipient has numbers but no place."""
COLUMNS = (
    "scope", "recipient", "received", "expected", "low", "high", "due", "in_time", "in_time_share",
    "in_time_low", "in_time_high", "time_place", "hours", "hours_low", "hours_high", "judged",
    "full", "full_share", "full_low", "full_high", "full_place",
)  # fmt: skip
_NEEDED = ("id", "recipient", "week", "due_week", "answered_week", "late", "hours", "waited")


class Tried(NamedTuple):
    """How often something went well."""

    hits: int
    of: int


def rate_recipients(scopes: Scoped, week: Week, essence: pd.DataFrame | None) -> pd.DataFrame:
    """Rate the recipients of every scope; `COLUMNS`, by scope and amount.

    `received` is that of the week; terms, times and completeness are those of the last four weeks,
    since one week of one recipient says little. A place is the same for recipients that the data
    cannot tell apart.

    Parameters
    ----------
    essence : DataFrame or None
        `message_id` and `full` (whether the answer speaks to the point); None: nobody judged.
    """
    back = history_weeks(scopes[CITY], week, WEEKS)
    window = [*history_weeks(scopes[CITY], week, WINDOW_WEEKS - 1), week.name]
    full = None if essence is None else essence.set_index("message_id")["full"]
    rows: list[dict[str, object]] = []
    for scope, messages in scopes.items():
        recent = messages["due_week"].isin(window) | messages["week"].isin([*back, week.name])
        part = messages.loc[recent, list(_NEEDED)]
        of_window = part["due_week"].isin(window) | part["week"].isin(window)
        names = sorted(part.loc[of_window, "recipient"].dropna().unique())
        theirs = [part[part["recipient"] == name] for name in names]
        counts = expect_counts([one["week"] for one in theirs], back, week.name)
        found = [
            dict(zip(("received", "expected", "low", "high"), count, strict=True))
            | _rate(scope, name, one, window, full)
            for name, one, count in zip(names, theirs, counts, strict=True)
        ]
        _place(found, "in_time", "due", "time_place")
        _place(found, "full", "judged", "full_place")
        rows += sorted(found, key=lambda row: (-_int(row["received"]), str(row["recipient"])))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def places(tried: Sequence[Tried]) -> list[int]:
    """Places, the best first; neighbours that cannot be told apart share one.

    Going down by the share, a new place begins where the first of the running place is better
    than this one beyond chance: Fisher's exact test, Holm's correction over the comparisons made.
    """
    order = sorted(range(len(tried)), key=lambda one: (-_share(tried[one]), -tried[one].of, one))
    found = [0] * len(tried)
    place, leader = 0, None
    for one in order:
        if leader is None or _differ(tried[leader], tried[one], len(order) - 1):
            place, leader = place + 1, one
        found[one] = place
    return found


def _rate(
    scope: str,
    name: str,
    part: pd.DataFrame,
    window: list[str],
    full: pd.Series | None,
) -> dict[str, object]:
    ended = part[part["due_week"].isin(window)]
    in_time = int(len(ended) - ended["late"].sum())
    row: dict[str, object] = {"scope": scope, "recipient": name}
    row |= {"due": len(ended), "in_time": in_time}
    row |= _named("in_time", _interval(in_time, len(ended)))
    row |= dict(zip(("hours", "hours_low", "hours_high"), _median_hours(part, window), strict=True))
    if full is not None:
        answers = full.reindex(part.loc[part["answered_week"].isin(window), "id"]).dropna()
        hits = int(answers.sum())
        row |= {
            "judged": len(answers),
            "full": hits,
            **_named("full", _interval(hits, len(answers))),
        }
    return row


def _place(rows: list[dict[str, object]], hits: str, of: str, column: str) -> None:
    judged = [row for row in rows if row.get(of) and _int(row[of]) >= LEAST_JUDGED]
    tried = [Tried(_int(row[hits]), _int(row[of])) for row in judged]
    for row, place in zip(judged, places(tried), strict=True):
        row[column] = place


def _median_hours(part: pd.DataFrame, window: list[str]) -> tuple[float | None, ...]:
    """Median time to the first answer with its interval; who still waits counts as waiting.

    Kaplan and Meier's estimate, Brookmeyer and Crowley's interval; None where half were never
    answered, or there are fewer than ten.
    """
    sample = part[part["week"].isin(window)]
    if len(sample) < LEAST_JUDGED:
        return None, None, None
    waits = sample["hours"].isna().to_numpy()
    data = stats.CensoredData.right_censored(sample["waited"].to_numpy(), waits)
    if waits.all():
        return None, None, None
    survival = stats.ecdf(data).sf
    with warnings.catch_warnings():
        # Where nobody or everybody is answered the interval has no end: that is handled below.
        warnings.simplefilter("ignore", RuntimeWarning)
        band = survival.confidence_interval(LEVEL, method="log-log")
    middle = _crossing(survival.quantiles, survival.probabilities)
    if middle is None:
        return None, None, None
    low = _crossing(band.low.quantiles, band.low.probabilities)
    high = _crossing(band.high.quantiles, band.high.probabilities)
    return middle, low if low is not None else middle, high


def _crossing(hours: np.ndarray, alive: np.ndarray) -> float | None:
    below = np.flatnonzero(np.nan_to_num(alive, nan=1.0) <= 0.5)
    return float(hours[below[0]]) if len(below) else None


def _interval(hits: int, of: int) -> tuple[float | None, float | None, float | None]:
    return (hits / of, *share_interval(hits, of)) if of else (None, None, None)


def _named(name: str, found: tuple[float | None, ...]) -> dict[str, object]:
    return dict(zip((f"{name}_share", f"{name}_low", f"{name}_high"), found, strict=True))


def _differ(first: Tried, second: Tried, comparisons: int) -> bool:
    table = [[first.hits, first.of - first.hits], [second.hits, second.of - second.hits]]
    return bool(stats.fisher_exact(table).pvalue * comparisons < 1 - LEVEL)


def _share(tried: Tried) -> float:
    return tried.hits / tried.of


def _int(value: object) -> int:
    return int(value)  # type: ignore[call-overload, no-any-return]
