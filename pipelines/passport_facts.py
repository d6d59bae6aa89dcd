"""Everything that a passport says, counted before a word of it is written."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from otklik.pipelines.attribution import attribute_period
from otklik.pipelines.attribution_rows import Explanation
from otklik.pipelines.cause_claims import SideBySide, collect_claims, side_by_side
from otklik.pipelines.cooccurrence import (
    LEAST_PLACES,
    RisingPair,
    find_pairs,
    rising_beside,
)
from otklik.pipelines.independent import independent
from otklik.pipelines.passport_size import Size, Trend, find_trend, measure
from otklik.pipelines.passport_subject import Subject, at_places, known
from otklik.pipelines.passport_terms import Term, contrast_terms
from otklik.pipelines.periods import ZONE
from otklik.pipelines.recurrence import Recurrence, Returns, find_returns, summarise
from otklik.pipelines.snapshot import Snapshot
from otklik.pipelines.topic_rises import Rises, find_rises

EARLIER_WEEKS = 26
MOST_DAYS_FOR_GROWTH = 120


@dataclass(frozen=True)
class PassportFacts:
    """Facts of one subject; None where the messages do not tell.

    `streets` gives the name of each street by its key; `growth` is the dimension that the change
    of the topics in the whole city came from.
    """

    subject: Subject
    size: Size
    trend: Trend | None
    terms: list[Term]
    claims: SideBySide
    recurrence: Recurrence
    growth: Explanation | None
    together: list[RisingPair]
    city_ratio: float
    streets: dict[str, str]


class Background:
    """What passports of one snapshot share, found when it is first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def counted(self) -> "pd.Series[bool]":
        """Which messages are independent."""
        table = self.snapshot.table
        return pd.Series(independent(table), index=table.index)

    @cached_property
    def returns(self) -> Returns:
        """What became of everything that was called solved."""
        return find_returns(self.snapshot)

    @cached_property
    def rises(self) -> Rises | None:
        """How every topic rises in every street; None where too little time is known."""
        return find_rises(self.snapshot.table, "street_key")

    @cached_property
    def pairs(self) -> list[RisingPair]:
        """Topics that rise together anywhere in the city."""
        return find_pairs(self.snapshot.table[self.counted])

    @cached_property
    def streets(self) -> dict[str, str]:
        """The commonest spelling of each street."""
        known = self.snapshot.table.dropna(subset=["street_key", "street"])
        counts = known.groupby(["street_key", "street"]).size().rename("n").reset_index()
        counts = counts.sort_values(["n", "street"], ascending=[False, True])
        first = counts.drop_duplicates("street_key")
        return dict(zip(first["street_key"], first["street"], strict=True))


def gather(background: Background, subject: Subject) -> PassportFacts:
    """Count everything about a subject that is not empty."""
    snapshot, table = background.snapshot, background.snapshot.table
    ids = subject.messages.index.tolist()
    of_topic = table[table["topic"].isin(subject.topics)]
    return PassportFacts(
        subject,
        measure(table, subject, background.counted),
        find_trend(subject, table["dated_at"].max() + pd.Timedelta(seconds=1)),
        contrast_terms(subject.voices, _others(of_topic, subject)),
        side_by_side(collect_claims(snapshot, ids), table["text"]),
        summarise(background.returns, np.array(ids, np.int64)),
        _growth(of_topic, subject),
        _together(background, subject),
        _city_ratio(of_topic, subject),
        background.streets,
    )


def _others(of_topic: pd.DataFrame, subject: Subject) -> pd.DataFrame:
    """The same topics: elsewhere in the period, and anywhere in the half year before it."""
    before = subject.starts - pd.Timedelta(weeks=EARLIER_WEEKS)
    around = (of_topic["dated_at"] >= before) & (of_topic["dated_at"] < subject.ends)
    others = of_topic[around & ~of_topic.index.isin(subject.messages.index)]
    return others.sort_values("dated_at", kind="stable")


def _growth(of_topic: pd.DataFrame, subject: Subject) -> Explanation | None:
    since = subject.starts.tz_convert(ZONE).date()
    until = (subject.ends + pd.Timedelta(days=1)).tz_convert(ZONE).date()
    day = of_topic["dated_at"].dt.tz_convert(ZONE).dt.date
    beside = (day < since).any() or (day >= until).any()
    if (until - since).days > MOST_DAYS_FOR_GROWTH or not beside:
        return None
    found = attribute_period(
        of_topic, since, until, ("district", "recipient", "channel", "asset"), direction="rise"
    )
    return found.best if found.change > 0 else None


def _together(background: Background, subject: Subject) -> list[RisingPair]:
    """What rises in the streets of a subject in its weeks, the plainest first.

    To ask for one trouble takes far fewer tests than to ask for all, and so finds more. It needs
    several streets; of a trouble of one or two only that is told which the whole city tells.
    """
    streets = set(known(subject.voices["street_key"].tolist()))
    if len(streets) < LEAST_PLACES:
        return [pair for pair in background.pairs if _overlaps(pair, subject)]
    rises = background.rises
    if rises is None:
        return []
    middle = subject.voices["dated_at"].median()
    found = [
        pair
        for topic in subject.topics
        for pair in rising_beside(rises, topic, streets, middle)
        if pair.topic not in subject.topics
    ]
    plainest: dict[str, RisingPair] = {}
    for pair in sorted(found, key=lambda one: (one.q, one.p, one.topic, one.leader)):
        plainest.setdefault(pair.topic, pair)
    return list(plainest.values())


def _overlaps(pair: RisingPair, subject: Subject) -> bool:
    if pair.leader not in subject.topics or pair.topic in subject.topics:
        return False
    over = pair.starts < subject.ends and subject.starts < pair.ends
    return bool(over and set(pair.message_ids) & set(subject.messages.index))


def _city_ratio(of_topic: pd.DataFrame, subject: Subject) -> float:
    """How many times more a day the topics came elsewhere in the period than in other times."""
    elsewhere = of_topic[~at_places(of_topic, subject)]
    period = (elsewhere["dated_at"] >= subject.starts) & (elsewhere["dated_at"] < subject.ends)
    whole = (of_topic["dated_at"].max() - of_topic["dated_at"].min()).days + 1
    days = (subject.ends - subject.starts).days + 1
    other = int((~period).sum()) / max(whole - days, 1)
    return int(period.sum()) / days / max(other, 1e-9) if other else float("nan")
