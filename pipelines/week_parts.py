"""What the other weekly work has left in the store, as the parts of a week's input.

Everything is told as it stood when the week ended.
"""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from scipy import stats
from sqlalchemy import select

from otklik.datasets.ledger import Change, Entry
from otklik.datasets.problem_book import ProblemBook, ProblemState, Status
from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.schema import LABELS, PREDICTIONS
from otklik.datasets.schema_incidents import INCIDENT_MEMBERS, INCIDENTS
from otklik.datasets.store_engine import Database
from otklik.datasets.store_judged import read_predictions
from otklik.models.answer_essence import judge_answer
from otklik.models.classifier import rubricator_head
from otklik.pipelines.snapshot import Snapshot
from otklik.pipelines.week import DAYS, Week
from otklik.pipelines.week_expected import LEVEL, WEEKS
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
    rows = []
    for problem in book.problems.values():
        if problem.status is Status.MERGED:
            continue
        change = changes.get(problem.number)
        if change is None and _grows(problem, table, fresh, stop):
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


def read_incidents(database: Database, table: pd.DataFrame, stop: pd.Timestamp) -> Tables:
    """Mass incidents; nothing where none was ever looked for."""
    columns = INCIDENTS.c
    query = select(columns.number, columns.first_at, columns.closes_at, columns.flagged_at)
    with database.reading() as connection:
        found = connection.execute(query.order_by(columns.number)).all()
        members = connection.execute(
            select(INCIDENT_MEMBERS.c.number, INCIDENT_MEMBERS.c.message_id)
        ).all()
    if not found:
        return {}
    theirs = pd.DataFrame(members, columns=["number", "message_id"])
    theirs = theirs[theirs["message_id"].isin(table.index)]
    rows, kept = [], []
    for number, first_at, closes_at, flagged_at in found:
        ids = sorted(theirs.loc[theirs["number"] == number, "message_id"])
        if flagged_at is None or flagged_at >= stop or not ids:
            continue
        told = table.loc[ids]
        topic = _most(told["topic"])
        state = "идёт" if closes_at > stop else "завершено"
        place = _most(told["street"]) or _most(told["asset"]) or _most(told["settlement"])
        rows.append((number, topic, _most(told["group"]), topic, _most(told["district"]), place,
                     first_at.isoformat(), state))  # fmt: skip
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


def read_essence(answers: pd.DataFrame, stop: pd.Timestamp) -> Tables:
    """Whether any answer that was given by the week's end speaks to the point, by message."""
    given = answers[~(answers["answered_at"] >= stop)]
    if given.empty:
        return {}
    full = pd.Series([int(judge_answer(text).full) for text in given["text"]], index=given.index)
    best = full.groupby(given["message_id"]).max()
    rows = [(int(number), int(value)) for number, value in best.items()]
    return {"essence": _frame("essence", rows)}


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


def _grows(problem: ProblemState, table: pd.DataFrame, fresh: set[int], stop: pd.Timestamp) -> bool:
    """Whether the week brought more messages than its last weeks explain, by Poisson's law."""
    now = len(problem.message_ids & fresh)
    if now < 3 or problem.status is not Status.OPEN:
        return False
    at = table["dated_at"].reindex(sorted(problem.message_ids - fresh)).dropna()
    start = max(pd.Timestamp(problem.first_at), stop - pd.Timedelta(weeks=WEEKS + 1))
    weeks = (stop - start) / pd.Timedelta(weeks=1) - 1
    if weeks < 1:
        return False
    before = int((at >= start).sum())
    # Its own rate is known from few messages: Gamma's spread is added to Poisson's.
    return bool(stats.nbinom.sf(now - 1, before + 1, weeks / (weeks + 1)) < 1 - LEVEL)


def _problem(problem: ProblemState, change: str | None) -> tuple[object, ...]:
    place = problem.asset or problem.street or problem.district
    return (
        problem.number, problem.name, problem.group, problem.topic, problem.district, place,
        problem.recipient, problem.status.value, problem.first_at.isoformat(),
        problem.last_at.isoformat(), change,
    )  # fmt: skip


def _frame(name: str, rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(PARTS[name]))


def _most(column: pd.Series) -> str | None:
    counts = column.dropna().value_counts()
    return None if counts.empty else str(min(counts[counts == counts.iloc[0]].index))
