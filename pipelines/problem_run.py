"""The weekly run over problems: week by week from the last one done, each in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from otklik.datasets.ledger import Change
from otklik.datasets.problem_book import ProblemBook
from otklik.datasets.problem_store import ProblemStore, WeekDone
from otklik.datasets.schema import MESSAGES
from otklik.datasets.store import Store
from otklik.pipelines.beliefs import Beliefs, read_beliefs
from otklik.pipelines.problem_cells import WINDOW_WEEKS, Cluster
from otklik.pipelines.problem_entries import Namer
from otklik.pipelines.problem_week import work_week
from otklik.pipelines.snapshot import Snapshot, snapshot_of_store
from otklik.pipelines.week import Week

ZONE = "Europe/Moscow"
AT_ONCE = 13
"""Weeks whose messages are read together: fewer would read the weeks before them more often,
more would need more memory."""


@dataclass(frozen=True, slots=True)
class WeekOutcome:
    """What one week changed: how many changes of each kind, by their names in the ledger."""

    week: str
    n_messages: int
    changes: dict[str, int]


def run_problems(
    store: Store,
    until: date | datetime,
    *,
    zone: tzinfo | None = None,
    cluster: Cluster | None = None,
    namer: Namer | None = None,
    done: Callable[[WeekOutcome], None] = lambda _outcome: None,
    total: Callable[[int], None] = lambda _weeks: None,
) -> list[WeekOutcome]:
    """Work through every whole week before `until` that was not worked through yet.

    A week is one transaction: a run that was killed goes on where it stood. What was worked
    through stays: messages that came late enter with the next week.

    Parameters
    ----------
    until : date or datetime
        Excluded, as in every command.
    zone : tzinfo, optional
        The city's zone, Moscow's if none is given.
    cluster : callable, optional
        The engine that tells like messages, by vectors and by what models said; without one,
        topics and places decide alone.
    done, total : callable
        Told of every finished week, and of the number of weeks before the first one.

    Raises
    ------
    LedgerMismatch
        The state does not follow from the ledger, before or after the run.
    """
    zone = zone or ZoneInfo(ZONE)
    problems = ProblemStore(store.database)
    book = problems.proven()
    weeks = _weeks_to_do(store, problems, until, zone)
    total(len(weeks))
    outcomes = []
    for some in _chop(weeks):
        since = some[0].back(WINDOW_WEEKS - 1).start(zone)
        snapshot = snapshot_of_store(
            store, since=since, until=some[-1].stop(zone), vectors=cluster is not None
        )
        beliefs = None
        if cluster is not None:
            beliefs = read_beliefs(store.database, snapshot.table.index.tolist())
        for week in some:
            outcome = _run_week(problems, snapshot, book, week, zone, cluster, beliefs, namer)
            outcomes.append(outcome)
            done(outcome)
    if weeks:
        problems.proven()
    return outcomes


def _run_week(
    problems: ProblemStore,
    snapshot: Snapshot,
    book: ProblemBook,
    week: Week,
    zone: tzinfo,
    cluster: Cluster | None,
    beliefs: Beliefs | None,
    namer: Namer | None,
) -> WeekOutcome:
    n_before = problems.count()
    entries = work_week(snapshot, book, week, zone, cluster=cluster, beliefs=beliefs, namer=namer)
    at = snapshot.table["dated_at"]
    count = int(((at >= week.start(zone)) & (at < week.stop(zone))).sum())
    settings = {"window_weeks": WINDOW_WEEKS, "zone": str(zone), "vectors": cluster is not None}
    done = WeekDone(week.name, count, len(entries), settings)
    problems.finish_week(done, entries, book, n_before)
    changes = {
        change.value: number
        for change in Change
        if (number := sum(entry.change is change for entry in entries))
    }
    return WeekOutcome(week.name, count, changes)


def _weeks_to_do(
    store: Store, problems: ProblemStore, until: date | datetime, zone: tzinfo
) -> list[Week]:
    """Whole weeks after the last one done, from that of the first message on."""
    if isinstance(until, datetime):
        until = until.astimezone(zone).date()
    last = problems.last_week()
    if last is not None:
        week = Week.parse(last).back(-1)
    else:
        with store.database.reading() as connection:
            first = connection.scalar(select(func.min(MESSAGES.c.dated_at)))
        if first is None:
            return []
        week = Week.of(first.astimezone(zone).date())
    weeks = []
    while week.back(-1).monday <= until:
        weeks.append(week)
        week = week.back(-1)
    return weeks


def _chop(weeks: Sequence[Week]) -> Iterator[Sequence[Week]]:
    return (weeks[start : start + AT_ONCE] for start in range(0, len(weeks), AT_ONCE))
