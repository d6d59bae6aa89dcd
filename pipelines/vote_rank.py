"""Candidates for polls and votes, ranked; every factor shown, every rank with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.rubricator import name_key
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.pipelines.snapshot_topics import VERSION
from otklik.pipelines.vote_counts import Counts, authors_of, count_people
from otklik.pipelines.vote_factors import counted_factors, fixed_factors
from otklik.pipelines.vote_settings import FACTORS, VoteSettings
from otklik.pipelines.vote_silence import lifts
from otklik.pipelines.vote_wishes import division, options
from otklik.pipelines.vote_wording import Draft, draft

Floats = npt.NDArray[np.float64]
LOW, HIGH = 5, 95
USUAL_COST = 2
_NAMED = 0.5
"""Share of messages with an author from which people are counted, not messages."""


@dataclass(frozen=True, slots=True)
class Question:
    """A candidate for a poll.

    Parameters
    ----------
    rank : int
        From 1.
    low, high : int
        Where the rank lies in nine of ten draws of weights and counts.
    factors : dict of str to float
        Each 0 to 1, before weights.
    competence : float
        What the sum is multiplied by.
    authors, messages : int
    named : bool
        Whether the sources name the authors of most messages; else each counts as somebody new.
    draft : Draft
    ids : tuple of int
        Messages behind it.
    """

    rank: int
    low: int
    high: int
    key: str
    topic: str
    group: str
    score: float
    factors: dict[str, float]
    competence: float
    authors: int
    messages: int
    named: bool
    draft: Draft
    ids: tuple[int, ...]


def rank_questions(
    table: pd.DataFrame,
    settings: VoteSettings,
    candidate: Mapping[int, str] | None = None,
    earlier: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
) -> list[Question]:
    """Rank what people write about as questions for a vote, the best first.

    Parameters
    ----------
    table : DataFrame
        Of a `Snapshot`: the period.
    candidate : mapping of int to str or None
        Message id → candidate, such as the number of a problem; None takes topics.
    earlier : DataFrame or None
        Messages before the period, by which the usual number of people is known.
    names : mapping of str to str or None
        Name of a candidate for people; its key where none is given.
    """
    candidate = _topics(table) if candidate is None else candidate
    counts = count_people(table, candidate, settings.counts.copier)
    if not counts.keys:
        return []
    chosen = _Chosen.of(table, counts, settings)
    expected = _expected(counts, table, earlier, settings)
    ranked = _draws(counts, chosen, expected, settings)
    order = np.lexsort((np.arange(len(counts.keys)), -ranked.score))
    found: list[Question] = []
    for at in order:
        authors = chosen.authors[at]
        if authors < settings.counts.least_authors or chosen.competence[at] == 0:
            continue
        place = len(found) + 1
        key = counts.keys[at]
        title = (names or {}).get(key, chosen.topic[at])
        found.append(
            Question(
                rank=place,
                low=max(1, min(place, int(ranked.low[at]))),
                high=max(place, int(ranked.high[at])),
                key=key,
                topic=chosen.topic[at],
                group=chosen.group[at],
                score=float(ranked.score[at]),
                factors=dict(zip(FACTORS, ranked.factors[at].tolist(), strict=True)),
                competence=float(chosen.competence[at]),
                authors=authors,
                messages=len(counts.ids[at]),
                named=chosen.named[at],
                draft=draft(title, None, chosen.wishes[at]),
                ids=tuple(counts.ids[at].tolist()),
            )
        )
    return found


def rank_period(
    table: pd.DataFrame,
    since: datetime,
    settings: VoteSettings,
    candidate: Mapping[int, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> list[Question]:
    """As `rank_questions`, of a table that also holds the time before the period begins."""
    begun = table["dated_at"] >= pd.Timestamp(since)
    return rank_questions(table[begun], settings, candidate, table[~begun], names)


@dataclass(frozen=True)
class _Chosen:
    topic: list[str]
    group: list[str]
    authors: list[int]
    named: list[bool]
    wishes: list[list[tuple[str, int]]]
    competence: Floats
    fixed: Floats

    @classmethod
    def of(cls, table: pd.DataFrame, counts: Counts, settings: VoteSettings) -> "_Chosen":
        rubricator = load_rubricator(VERSION)
        codes = {name_key(one.name): one.code for one in rubricator.groups}
        topic_codes = {
            (name_key(one.group.name), name_key(one.name)): one.code for one in rubricator.topics
        }
        topics, groups, people, wishes, divided, importance = [], [], [], [], [], []
        named = []
        for ids, own in zip(counts.ids, counts.own, strict=True):
            people.append(len(set(authors_of(table.loc[ids]))))
            named.append(bool(table.loc[ids, "author"].notna().mean() >= _NAMED))
            rows = table.loc[own]
            authors = authors_of(rows)
            texts = rows["text"].tolist()
            topics.append(_commonest(rows["topic"]))
            groups.append(_commonest(rows["group"]))
            wishes.append(options(texts, authors))
            divided.append(division(texts, authors))
            importance.append(rows["importance"].mean())
        code = [codes.get(name_key(group), "") for group in groups]
        cost = np.array([settings.budget.get(one, USUAL_COST) for one in code], np.int64)
        own_codes = [
            topic_codes.get((name_key(group), name_key(topic)), "")
            for group, topic in zip(groups, topics, strict=True)
        ]
        decides = settings.competence
        competence = np.array(
            [
                decides.get(group, 1.0) * decides.get(topic, 1.0)
                for group, topic in zip(code, own_codes, strict=True)
            ]
        )
        fixed = fixed_factors(np.array(importance, float), cost, np.array(divided))
        return cls(topics, groups, people, named, wishes, competence, fixed)


@dataclass(frozen=True)
class _Ranked:
    score: Floats
    factors: Floats
    low: Floats
    high: Floats


def _draws(counts: Counts, chosen: _Chosen, expected: Floats, settings: VoteSettings) -> _Ranked:
    lift = lifts(counts.cells, counts.districts, settings.residents, settings.counts.most_lift)
    scale = float((counts.cells * lift[:, None]).sum(axis=(1, 2)).max())
    shares = np.array(list(settings.shares.values()))

    def factors_of(cells: Floats, active: Floats) -> Floats:
        counted = counted_factors(cells, active, lift, expected, scale)
        return np.concatenate([counted, chosen.fixed], axis=-1)

    factors = factors_of(counts.cells, counts.active)
    score = factors @ shares * chosen.competence
    rng = np.random.default_rng(settings.monte_carlo.seed)
    asked = (np.array(chosen.authors) >= settings.counts.least_authors) & (chosen.competence > 0)
    ranks = np.empty((settings.monte_carlo.draws, len(score)))
    width = settings.monte_carlo.weights
    for draw in range(settings.monte_carlo.draws):
        drawn = shares * rng.uniform(1 - width, 1 + width, len(shares))
        # Poisson around what was counted; a cell without anybody stays so.
        own = factors_of(*(rng.poisson(one).astype(float) for one in (counts.cells, counts.active)))
        values = np.where(asked, own @ (drawn / drawn.sum()) * chosen.competence, -1.0)
        ranks[draw] = (-values).argsort(kind="stable").argsort(kind="stable") + 1
    low, high = np.percentile(ranks, [LOW, HIGH], axis=0, method="nearest")
    return _Ranked(score, factors, low, high)


def _expected(
    counts: Counts, table: pd.DataFrame, earlier: pd.DataFrame | None, settings: VoteSettings
) -> Floats:
    """People that each topic has in so long a period; the mean of all where nothing is known."""
    total = counts.cells.sum(axis=(1, 2))
    usual = float(total.mean())
    if earlier is None or not len(earlier):
        return np.full(len(total), usual)
    before = count_people(earlier, _topics(earlier), settings.counts.copier)
    weeks = before.cells.shape[2]
    ratio = counts.cells.shape[2] / weeks
    known = dict(zip(before.keys, (before.cells.sum(axis=(1, 2)) * ratio).tolist(), strict=True))
    topics = [_commonest(table.loc[ids]["topic"]) for ids in counts.ids]
    return np.array([known.get(topic, 0.0) for topic in topics])


def _topics(table: pd.DataFrame) -> dict[int, str]:
    pairs = zip(table.index, table["topic"], strict=True)
    return {number: topic for number, topic in pairs if isinstance(topic, str)}


def _commonest(values: pd.Series) -> str:
    counted = values.dropna().value_counts()
    if not len(counted):
        return ""
    return str(min(counted.index[counted == counted.iloc[0]]))
