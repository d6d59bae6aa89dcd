"""What the other weekly work has left in the store, as the parts of a week's input.

Everything is told as it stood when the week ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

import numpy as np
import pandas as pd
from scipy import stats
from sqlalchemy import select

from otklik.datasets.ledger import Change, Entry
from otklik.datasets.problem_book import ProblemBook, ProblemState, Status
from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.schema import LABELS, PREDICTIONS
from otklik.datasets.store_engine import Database
from otklik.datasets.store_judged import read_predictions
from otklik.models.answer_essence import judge_answer
from otklik.models.classifier import rubricator_head
from otklik.models.incident_book import Matched
from otklik.pipelines.cause_claims import collect_claims
from otklik.pipelines.cause_lexicon import OTHER, default_lexicon
from otklik.pipelines.recipients_rating import WINDOW_WEEKS
from otklik.pipelines.report_wording import in_district, problem_title
from otklik.pipelines.snapshot import Snapshot
from otklik.pipelines.week import DAYS, Week
from otklik.pipelines.week_expected import LEVEL, WEEKS, false_discovery
from otklik.pipelines.week_input import PARTS
from otklik.pipelines.week_passports import largest, write_passports
from otklik.pipelines.week_tables import Tables

_TOPIC = rubricator_head("im-2026")
_CHANGES = {
    Change.REOPENED: "reopened",
    Change.BORN: "born",
    Change.SPLIT: "born",
    Change.CLOSED: "closed",
}
"""What is told of a week that changed a problem more than once: the first of these."""
_GROWN = "grown"
LEAST_GROWN = 3
"""Messages of the week, copies aside, from which a problem is said to grow."""


def read_problems(database: Database, snapshot: Snapshot, week: Week, stop: pd.Timestamp) -> Tables:
    """Problems with passports; nothing where no week was worked through.

    Parameters
    ----------
    snapshot : Snapshot
        Up to the week's end.
    stop : Timestamp
        The first moment after the week.
    """
    store = ProblemStore(database)
    last = store.last_week()
    if last is None or last < week.name:
        return {}
    entries = [one for one in store.entries() if _entered(one, week, stop)]
    book = ProblemBook.replay(entries)
    changes = _changes(entries, week)
    table = snapshot.table
    now = table.index[(table["dated_at"] >= stop - pd.Timedelta(days=DAYS))]
    fresh = set(now)
    growing = _growing(book.problems.values(), table, fresh, stop)
    rows = []
    for problem in book.problems.values():
        if problem.status is Status.MERGED:
            continue
        change = changes.get(problem.number)
        if change is None and problem.number in growing:
            change = _GROWN
        rows.append(_problem(problem, change))
    members = [
        (problem.number, one) for problem in book.problems.values() for one in problem.message_ids
    ]
    return {
        "problems": _frame("problems", rows),
        "problem_messages": _frame("problem_messages", sorted(members)),
        **write_passports(snapshot, largest(book, fresh)),
    }


def tell_incidents(matched: Matched, table: pd.DataFrame, stop: pd.Timestamp) -> Tables:
    """Mass incidents as they were known at the week's end."""
    rows, kept = [], []
    members, known = matched.by_event(), set(table.index)
    for number, event in sorted(matched.events.items()):
        ids = sorted(known.intersection(members[number]))
        if not ids:
            continue
        told = table.loc[ids]
        topic = _most(told["topic"])
        state = "идёт" if event.closes_at > stop else "завершено"
        place = _most(told["street"]) or _most(told["asset"]) or _most(told["settlement"])
        rows.append((number, topic, _most(told["group"]), topic, _most(told["district"]), place,
                     event.first_at.isoformat(), state))  # fmt: skip
        kept += [(number, one) for one in ids]
    return {
        "incidents": _frame("incidents", rows),
        "incident_messages": _frame("incident_messages", kept),
    }


def read_routed(database: Database, ids: Iterable[int], stop: pd.Timestamp) -> Tables:
    """What the model answered for the week's messages, and what people made of it."""
    wanted = set(ids)
    if not wanted:
        return {}
    low, high = min(wanted), max(wanted)
    with database.reading() as connection:
        found = read_predictions(connection, PREDICTIONS.c.message_id.between(low, high))
        query = select(LABELS.c.message_id, LABELS.c.new).where(
            LABELS.c.axis == "topic",
            LABELS.c.message_id.between(low, high),
            LABELS.c.labelled_at < stop.to_pydatetime(),
        )
        labels = connection.execute(query.order_by(LABELS.c.labelled_at, LABELS.c.id)).all()
    given: Mapping[int, str] = dict(tuple(row) for row in labels)
    last = {one.message_id: one for one in found if one.message_id in wanted}
    if not last:
        return {}
    rows = []
    for number, one in sorted(last.items()):
        ranked = one.heads.get(_TOPIC) or (("", 0.0),)
        rows.append((number, one.decision, ranked[0][0], given.get(number)))
    return {"routed": _frame("routed", rows)}


def read_essence(snapshot: Snapshot, week: Week, zone: tzinfo) -> Tables:
    """Whether any answer that was given by the week's end speaks to the point, by message.

    Only messages whose first answer lies in the weeks that recipients are rated by.
    """
    stop = pd.Timestamp(week.stop(zone))
    first = snapshot.table["answered_at"]
    recent = first >= pd.Timestamp(week.back(WINDOW_WEEKS - 1).start(zone))
    answers = snapshot.answers
    given = answers[~(answers["answered_at"] >= stop)]
    given = given[given["message_id"].isin(first.index[recent])]
    if given.empty:
        return {}
    full = pd.Series([int(judge_answer(text).full) for text in given["text"]], index=given.index)
    best = full.groupby(given["message_id"]).max()
    rows = [(int(number), int(value)) for number, value in best.items()]
    return {"essence": _frame("essence", rows)}


def read_claims(snapshot: Snapshot, now: Iterable[int], stop: pd.Timestamp) -> Tables:
    """What the week's messages, and answers to them by the week's end, name as the cause.

    Parameters
    ----------
    now : iterable of int
        Messages of the week.
    """
    claims = collect_claims(snapshot, list(now))
    claims = claims[(claims["cause_class"] != OTHER) & ~(claims["at"] >= stop)]
    if claims.empty:
        return {}
    titles = default_lexicon().titles
    named = claims[["message_id", "side", "cause_class"]].drop_duplicates()
    rows = sorted(named.itertuples(index=False, name=None))
    return {"claims": _frame("claims", [(*row, titles[row[-1]]) for row in rows])}


def _entered(entry: Entry, week: Week, stop: pd.Timestamp) -> bool:
    return entry.week <= week.name if entry.week is not None else entry.at < stop


def _changes(entries: Iterable[Entry], week: Week) -> dict[int, str]:
    """What the week did to each problem."""
    order = list(_CHANGES)
    found: dict[int, Change] = {}
    for entry in entries:
        if entry.week != week.name or entry.change not in _CHANGES:
            continue
        known = found.get(entry.number)
        if known is None or order.index(entry.change) < order.index(known):
            found[entry.number] = entry.change
    return {number: _CHANGES[change] for number, change in found.items()}


def _growing(
    problems: Iterable[ProblemState], table: pd.DataFrame, fresh: set[int], stop: pd.Timestamp
) -> set[int]:
    """Problems to which the week brought more messages than their last weeks explain.

    Copies do not count. Of a thousand problems fifty would grow by chance alone: the level is that
    of false discoveries among all that were tested.
    """
    voices = table.loc[table["duplicate_of"].isna(), "dated_at"]
    chance: dict[int, float] = {}
    for problem in problems:
        own = voices.reindex(sorted(problem.message_ids)).dropna()
        now = len(fresh.intersection(own.index))
        start = max(pd.Timestamp(problem.first_at), stop - pd.Timedelta(weeks=WEEKS + 1))
        weeks = (stop - start) / pd.Timedelta(weeks=1) - 1
        if now < LEAST_GROWN or weeks < 1 or problem.status is not Status.OPEN:
            continue
        before = int((own >= start).sum()) - now
        # Its own rate is known from few messages: Gamma's spread is added to Poisson's.
        law = stats.nbinom(before + 1, weeks / (weeks + 1))
        chance[problem.number] = float(law.sf(now - 1))
    found = false_discovery(np.array(list(chance.values()), np.float64))
    return {number for number, q in zip(chance, found, strict=True) if q <= 1 - LEVEL}


def _problem(problem: ProblemState, change: str | None) -> tuple[object, ...]:
    place = problem.asset or problem.street or problem.district
    district = problem.district and in_district(problem.district)
    phrase = problem.name.rsplit(": ", 1)[0]
    where = problem.asset or problem.street or district
    title = problem.name
    if problem.topic and problem.named_by is None:
        title = problem_title(problem.topic, where, phrase)
    return (
        problem.number, title, problem.group, problem.topic, problem.district, place,
        problem.recipient, problem.status.value, problem.first_at.isoformat(),
        problem.last_at.isoformat(), change,
    )  # fmt: skip


def _frame(name: str, rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(PARTS[name]))


def _most(column: pd.Series) -> str | None:
    counts = column.dropna().value_counts()
    return None if counts.empty else str(min(counts[counts == counts.iloc[0]].index))
