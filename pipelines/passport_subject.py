"""What a passport is about: topics, places and a period, with the messages in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from otklik.datasets.problem_book import ProblemState
from otklik.pipelines.independent import independent
from otklik.pipelines.periods import ZONE
from otklik.pipelines.root_causes import Cause
from otklik.pipelines.snapshot import Snapshot

PLACE_COLUMNS = ("street_key", "asset", "municipality", "district")
"""From the finest; a problem lies at the first of them that it has."""
CITY = "city"


@dataclass(frozen=True)
class Subject:
    """What is told of.

    Parameters
    ----------
    name : str
        Of the problem, or of the cause by its topics.
    topics : tuple of str
    unit : str
        Column that places are values of, "city" where the trouble lies nowhere in particular.
    places : tuple of str
        Values of it, the heaviest first.
    asset, recipient : str or None
    starts, ends : Timestamp
        First moment and the one after the last, with time zone.
    messages : DataFrame
        Rows of the snapshot's table that belong to it, copies too, in the order of time.
    voices : DataFrame
        Those of them that count as independent.
    by_counts : bool
        Whether it was found as an excess of counts: then its size was chosen as the largest.
    """

    name: str
    topics: tuple[str, ...]
    unit: str
    places: tuple[str, ...]
    asset: str | None
    recipient: str | None
    starts: pd.Timestamp
    ends: pd.Timestamp
    messages: pd.DataFrame
    voices: pd.DataFrame
    by_counts: bool


def subject_of_cause(snapshot: Snapshot, cause: Cause) -> Subject:
    """Everything about the topics of a cause at its places in its period."""
    table = snapshot.table
    starts, ends = (pd.Timestamp(day, tz=ZONE) for day in (cause.starts, cause.ends))
    inside = (
        table["topic"].isin(cause.topics)
        & table[cause.unit].isin(cause.places)
        & (table["dated_at"] >= starts)
        & (table["dated_at"] < ends)
    )
    messages = table[inside].sort_values("dated_at", kind="stable")
    return Subject(
        ", ".join(f"«{topic}»" for topic in cause.topics),
        cause.topics,
        cause.unit,
        cause.places,
        cause.asset,
        cause.recipient,
        starts,
        ends,
        messages,
        messages[messages.index.isin(cause.message_ids)],
        by_counts=True,
    )


def subject_of_problem(snapshot: Snapshot, problem: ProblemState) -> Subject:
    """Messages of a problem; its voices are counted anew."""
    table = snapshot.table
    messages = table[table.index.isin(problem.message_ids)]
    messages = messages.sort_values("dated_at", kind="stable")
    topics = _most_common(messages["topic"], [problem.topic])
    unit, places = _place(messages, problem)
    return Subject(
        problem.name,
        topics,
        unit,
        places,
        problem.facts.get("asset"),
        problem.facts.get("recipient"),
        messages["dated_at"].min(),
        messages["dated_at"].max() + pd.Timedelta(seconds=1),
        messages,
        messages[independent(messages, lasting=True)],
        by_counts=False,
    )


def _most_common(values: "pd.Series[str]", otherwise: Sequence[str | None]) -> tuple[str, ...]:
    """Values that a tenth of the messages have, the most frequent first."""
    counts = values.value_counts()
    often = counts[counts >= 0.1 * counts.sum()]
    names = sorted(often.index, key=lambda name: (-int(often[name]), name))
    return tuple(names) or tuple(name for name in otherwise if name)


def _place(messages: pd.DataFrame, problem: ProblemState) -> tuple[str, tuple[str, ...]]:
    for unit in PLACE_COLUMNS:
        if problem.facts.get(unit):
            return unit, _most_common(messages[unit], [problem.facts[unit]])
    return CITY, ()


def at_places(table: pd.DataFrame, subject: Subject) -> "pd.Series[bool]":
    """Which messages lie at the places of a subject; all do where it lies nowhere."""
    if subject.unit == CITY:
        return pd.Series(data=True, index=table.index)
    return table[subject.unit].isin(subject.places)


def ids_of(table: pd.DataFrame, most: int | None = None) -> tuple[int, ...]:
    """Ids of messages, the first ones."""
    return tuple(int(number) for number in table.index[:most])


def known(values: Collection[str | None]) -> list[str]:
    """Values that are there."""
    return [value for value in values if isinstance(value, str) and value]
