"""What a longer past tells of a week: bursts beyond the season, common causes, questions."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from otklik.pipelines.bursts import Level, find_bursts
from otklik.pipelines.expected import SEASON_DAYS
from otklik.pipelines.report_wording import listed
from otklik.pipelines.root_causes import Cause, find_causes
from otklik.pipelines.snapshot import Snapshot
from otklik.pipelines.vote_period import USUAL
from otklik.pipelines.vote_rank import Question, rank_period
from otklik.pipelines.vote_settings import VoteSettings
from otklik.pipelines.week import DAYS, Week
from otklik.pipelines.week_input import PARTS
from otklik.pipelines.week_tables import Tables

_LEVELS: tuple[Level, ...] = (("topic",), ("topic", "district"))
MOST_QUESTIONS = 5
MOST_PLACES = 3
MOST_TOPICS = 3


def read_bursts(table: pd.DataFrame, week: Week, zone: str) -> Tables:
    """Topics, and topics in districts, that season, trend and chance do not explain.

    Nothing where the history is too short to know the season: the test then doubts every rise, and
    a doubtful rise is told with that caveat rather than not at all.

    Parameters
    ----------
    table : DataFrame
        Of a `Snapshot`, best of more than a year.
    """
    until = week.monday + timedelta(days=DAYS)
    if table.empty or until - table["dated_at"].min().date() < timedelta(days=SEASON_DAYS):
        return {}
    found = find_bursts(table, until, levels=_LEVELS, zone=zone)
    if not found.rows:
        return {}
    rows = [
        (one.cell[0], one.cell[1] if len(one.cell) > 1 else None, int(one.flagged), one.q)
        for one in found.rows
    ]
    frame = pd.DataFrame(rows, columns=list(PARTS["bursts"]))
    return {"bursts": frame.sort_values(["topic", "district"], ignore_index=True)}


def read_causes(snapshot: Snapshot, week: Week) -> Tables:
    """Common causes that are at work in the week."""
    until = week.monday + timedelta(days=DAYS)
    found = [one for one in find_causes(snapshot, until=until) if one.ends > week.monday]
    streets = _streets(snapshot.table)
    rows = [
        (number, cause_words(one, streets), one.starts.isoformat(), one.expected, one.recipient)
        for number, one in enumerate(found, 1)
    ]
    members = [(number, each) for number, one in enumerate(found, 1) for each in one.message_ids]
    return {
        "causes": pd.DataFrame(rows, columns=list(PARTS["causes"])),
        "cause_messages": pd.DataFrame(members, columns=list(PARTS["cause_messages"])),
    }


def week_questions(
    table: pd.DataFrame, week: Week, zone: ZoneInfo, settings: VoteSettings
) -> list[Question]:
    """Questions for polls over the weeks that are usual for them, the best first.

    As long a time before them says what is usual.
    """
    start = week.back(USUAL - 1).start(zone)
    at = table["dated_at"]
    usual = (at >= start - timedelta(weeks=USUAL)) & (at < week.stop(zone))
    return rank_period(table[usual], start, settings)


def read_votes(questions: Sequence[Question]) -> Tables:
    """The best questions as tables of the week; none where there is no question."""
    if not questions:
        return {}
    # A question without answers from residents is for the office first, not for a vote.
    found = [one for one in questions if one.draft.proposed][:MOST_QUESTIONS]
    if not found:
        return {}
    rows = [
        (
            one.rank,
            one.low,
            one.high,
            one.draft.question,
            one.topic,
            one.group,
            one.authors if one.named else None,
        )
        for one in found
    ]
    members = [(one.rank, number) for one in found for number in one.ids]
    return {
        "votes": pd.DataFrame(rows, columns=list(PARTS["votes"])),
        "vote_messages": pd.DataFrame(members, columns=list(PARTS["vote_messages"])),
    }


def cause_words(cause: Cause, streets: dict[str, str]) -> str:
    """What a cause has in common, in words and without numbers of messages.

    «вероятный источник — ЦТП «Северная»; темы «Нет горячей воды» и «Отопление»; улица Садовая».
    """
    topics = listed([f"«{topic}»" for topic in cause.topics[:MOST_TOPICS]])
    places = [streets.get(place, place.split("|")[0]) for place in cause.places]
    where = _some(places)
    word = "темы" if len(cause.topics) > 1 else "тема"
    if cause.asset:
        return f"вероятный источник — {cause.asset}; {word} {topics}; {where}"
    # Places and topics are in common, no more: that is not yet a cause.
    return f"{word} {topics}, {where}: пишут чаще обычного, источник не установлен"


def _some(places: Sequence[str]) -> str:
    shown = ", ".join(places[:MOST_PLACES])
    return f"{shown} и другие места" if len(places) > MOST_PLACES else shown


def _streets(table: pd.DataFrame) -> dict[str, str]:
    """The commonest spelling of each street."""
    known = table.dropna(subset=["street_key", "street"])
    counts = known.groupby(["street_key", "street"]).size().rename("n").reset_index()
    counts = counts.sort_values(["street_key", "n", "street"], ascending=[True, False, True])
    first = counts.drop_duplicates("street_key")
    return dict(zip(first["street_key"], first["street"], strict=True))
