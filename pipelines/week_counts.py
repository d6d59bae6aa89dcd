"""Counts of the week against what was expected: sectors, topics, districts, cells."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from otklik.pipelines.week import Week
from otklik.pipelines.week_expected import (
    WEEKS,
    Expected,
    Floats,
    expect,
    expect_hits,
    false_discovery,
)
from otklik.pipelines.week_messages import TREND_WEEKS, history_weeks

Scoped = dict[str, pd.DataFrame]

CITY = ""
"""Scope of the whole city; other scopes are groups."""
ALARM_Q = 0.05
LEAST_RISE = 5
LEAST_AUTHORS = 3
"""A rise that fewer people wrote is one of writers, not of trouble."""
SMALL = 5
"""Cells with fewer messages and fewer expected ones are greyed."""


def count_weeks(scopes: Scoped, week: Week) -> pd.DataFrame:
    """What came in and what was answered in each of the last weeks, by scope."""
    first = str(scopes[CITY]["week"].min())
    names = [week.back(back).name for back in range(TREND_WEEKS, -1, -1)]
    # The first week of the data may have begun in its middle: a line from it would rise.
    names = [name for name in names if name > first or name == week.name]
    parts = []
    for scope, part in scopes.items():
        counts = {
            "received": part["week"].value_counts(),
            "answered": part["answered_week"].value_counts(),
        }
        columns = {name: found.reindex(names, fill_value=0) for name, found in counts.items()}
        parts.append(pd.DataFrame({"scope": scope, "week": names, **_plain(columns)}))
    return pd.concat(parts, ignore_index=True)


def indicators(scopes: Scoped, week: Week) -> pd.DataFrame:
    """The main numbers of each scope with what was expected of them.

    Columns: scope, name ("received", "answered", "due", "late", "overdue", "waiting" and
    "waited": without an answer at the end of the week, and of the one before), observed, expected,
    low, high, verdict (see `verdict`). What nobody can know is missing: terms in a city without
    any, answers where no source gives them.
    """
    back = history_weeks(scopes[CITY], week, WEEKS)
    found = {
        name: expect_counts([part[column] for part in scopes.values()], back, week.name)
        for name, column in (("received", "week"), ("answered", "answered_week"))
    }
    city = scopes[CITY]
    has_terms, has_answers = (bool(city[name].notna().any()) for name in ("due_at", "answered_at"))
    rows: list[tuple[object, ...]] = []
    for place, (scope, part) in enumerate(scopes.items()):
        for name, expected in found.items():
            rows.append((scope, name, *expected[place]))
        rows += [(scope, *row) for row in _terms(part, back, week, known=has_terms)]
        rows += [(scope, *row) for row in _waiting(part, week, known=has_answers)]
    columns = ["scope", "name", "observed", "expected", "low", "high"]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[3:], "float64"))
    table["observed"] = table["observed"].astype("Int64")
    table["verdict"] = _verdicts(table)
    return table


def _verdicts(table: pd.DataFrame) -> list[str | None]:
    return [
        verdict(row.observed, row.expected, row.low, row.high)
        for row in table.itertuples(index=False)
    ]


def _terms(
    part: pd.DataFrame, back: Sequence[str], week: Week, *, known: bool
) -> Iterator[tuple[object, ...]]:
    nothing: tuple[float | None, ...] = (None, None, None)
    if not known:
        yield from ((name, None, *nothing) for name in ("due", "late", "overdue"))
        return
    due = part[part["due_week"] == week.name]
    before = part[part["due_week"].isin(back)]
    hits = nothing
    if len(before) and len(due):
        hits = expect_hits(int(before["late"].sum()), len(before), len(due))
    yield "due", len(due), *nothing
    yield "late", int(due["late"].sum()), *hits
    yield "overdue", int(part["overdue"].sum()), *nothing


def _waiting(part: pd.DataFrame, week: Week, *, known: bool) -> Iterator[tuple[object, ...]]:
    silent = part["answered_at"].isna()
    before = (part["week"] < week.name) & (silent | (part["answered_week"] == week.name))
    for name, found in (("waiting", silent), ("waited", before)):
        yield name, int(found.sum()) if known else None, None, None, None


def verdict(observed: float, expected: float, low: float, high: float) -> str | None:
    """Where a number lies: "above", "below" or "within" its interval; "few" where both are small.

    Of many small sectors one or another is above its interval every week by chance alone.
    """
    if np.isnan(low):
        return None
    if max(observed, expected) < SMALL:
        return "few"
    return "above" if observed > high else "below" if observed < low else "within"


def count_topics(
    messages: pd.DataFrame, week: Week, bursts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Topics of the week against what was expected; see `count_cells` for the columns."""
    return _judge(_compare(messages, week, ["group", "topic"]), bursts)


def count_cells(
    messages: pd.DataFrame, week: Week, bursts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """District × topic.

    Parameters
    ----------
    bursts : DataFrame or None
        Those of a `WeekInput`: where they are there, they decide what is a rise, for they know
        the season; else q does.

    Columns: district, group, topic, observed, expected, low, high, p, q (share of false alarms
    among such cells), excess, authors (missing where the source names none), voices (messages that
    are no copies), rise (1: above what chance explains), small (1: too few
    messages to say anything).
    """
    return _judge(_compare(messages, week, ["district", "group", "topic"]), bursts)


def scoped(messages: pd.DataFrame) -> Scoped:
    """Messages by scope: those of the city, then those of every group that has some, by name."""
    return {CITY: messages, **{str(name): part for name, part in messages.groupby("group")}}


def expect_counts(
    columns: Sequence[pd.Series], back: Sequence[str], name: str
) -> list[tuple[int, float | None, float | None, float | None]]:
    """Observed, mean and interval of several counts of one week; Nones where weeks are too few.

    Parameters
    ----------
    columns : sequence of Series of str
        Names of the weeks of messages, one column for each count.
    back : sequence of str
        The weeks to learn from.
    name : str
        The week.
    """
    if not columns:
        return []
    counts = [column.value_counts().reindex([*back, name], fill_value=0) for column in columns]
    table = np.array([count.to_numpy(np.float64) for count in counts]).T
    found = expect(table[:-1], table[-1])
    rows = zip(table[-1], found.mean, found.low, found.high, strict=True)
    return [
        (int(now), *((None, None, None) if np.isnan(mean) else (mean, low, high)))
        for now, mean, low, high in rows
    ]


def _compare(messages: pd.DataFrame, week: Week, keys: list[str]) -> pd.DataFrame:
    back = history_weeks(messages, week, WEEKS)
    known = messages.dropna(subset=keys)
    known = known[known["week"].isin([*back, week.name])]
    counts = known.groupby([*keys, "week"]).size().unstack("week", fill_value=0)  # noqa: PD010 - counts, not a pivot
    counts = counts.reindex(columns=[*back, week.name], fill_value=0)
    found = _expect(counts, back, week)
    table = counts.index.to_frame(index=False)
    table["observed"] = counts[week.name].to_numpy()
    for name, part in found._asdict().items():
        table["expected" if name == "mean" else name] = part
    own = known[known["duplicate_of"].isna()]
    voices = own.groupby([*keys, "week"]).size().unstack("week", fill_value=0)  # noqa: PD010 - counts, not a pivot
    voices = voices.reindex(index=counts.index, columns=counts.columns, fill_value=0)
    # A rise that copies alone make is one of writers: it must show without them, too.
    table["p"] = np.maximum(found.p, _expect(voices, back, week).p)
    table["q"] = false_discovery(table["p"].to_numpy())
    table["excess"] = table["observed"] - table["expected"]
    now = known[known["week"] == week.name]
    authors = now.groupby(keys)["author"].nunique().reindex(counts.index, fill_value=0)
    # Some sources name no authors: then nobody knows how many they are.
    table["authors"] = authors.where(authors > 0).to_numpy()
    table["voices"] = voices[week.name].to_numpy()
    thin = (table["observed"] < SMALL) & ~(table["expected"] >= SMALL)
    table["small"] = thin.astype("int64")
    table["verdict"] = _verdicts(table)
    return table


def _expect(counts: pd.DataFrame, back: Sequence[str], week: Week) -> Expected:
    history = counts[list(back)].to_numpy(np.float64).T
    prior = _prior(counts[list(back)].mean(axis=1)) if back else None
    return expect(history, counts[week.name].to_numpy(np.float64), prior=prior)


def _judge(table: pd.DataFrame, bursts: pd.DataFrame | None) -> pd.DataFrame:
    """Add `rise`."""
    alarm = table["q"] <= ALARM_Q
    if bursts is not None:
        flagged = bursts[bursts["flagged"] == 1]
        district = table["district"] if "district" in table else pd.Series(index=table.index)
        known = {(one, _or_none(two)) for one, two in flagged[["topic", "district"]].to_numpy()}
        pairs = zip(table["topic"], district.map(_or_none), strict=True)
        alarm = pd.Series([pair in known for pair in pairs], index=table.index, dtype=bool)
        alarm &= table["excess"] > 0
    people = table["authors"].fillna(table["voices"])
    enough = (table["observed"] >= LEAST_RISE) & (people >= LEAST_AUTHORS)
    table["rise"] = (alarm & enough).astype("int64")
    return table


def _or_none(value: object) -> object:
    return None if value is None or pd.isna(value) else value


def _prior(weekly: pd.Series) -> Floats:
    """Weekly means of cells from what they are parts of.

    A topic from the other topics of its group; a topic in a district as if the topic were spread
    over districts as all messages are.
    """
    if "district" not in weekly.index.names:
        return np.asarray(weekly.groupby(level="group").transform("mean"), dtype=np.float64)
    total = weekly.sum()
    by_topic = weekly.groupby(level=["group", "topic"]).transform("sum")
    by_district = weekly.groupby(level="district").transform("sum")
    return np.asarray(by_topic * by_district / total if total else weekly, dtype=np.float64)


def _plain(columns: dict[str, pd.Series]) -> dict[str, object]:
    return {name: column.to_numpy() for name, column in columns.items()}
