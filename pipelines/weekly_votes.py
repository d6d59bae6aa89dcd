"""Questions for votes from the store: problems with their lasting numbers, or topics."""

from datetime import timedelta

from otklik.datasets.problem_book import Status
from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.store import Store
from otklik.pipelines.snapshot import snapshot_of_store
from otklik.pipelines.vote_period import VotePeriod
from otklik.pipelines.vote_rank import Question, rank_period
from otklik.pipelines.vote_settings import Unit, VoteSettings


def questions_of(
    store: Store, period: VotePeriod, settings: VoteSettings, unit: Unit = Unit.TOPIC
) -> list[Question]:
    """Rank the questions of a period; as long a time before it says what is usual."""
    length = timedelta(weeks=period.weeks)
    snapshot = snapshot_of_store(
        store, since=period.since - length, until=period.until, vectors=False
    )
    table = snapshot.table
    candidate, names = None, None
    if unit is Unit.PROBLEM:
        problems = ProblemStore(store.database).book().problems.values()
        lasting = [one for one in problems if one.status is Status.OPEN]
        candidate = {
            number: f"№ {one.number}"
            for one in lasting
            for number in one.message_ids
            if number in table.index and table.at[number, "dated_at"] >= period.since
        }
        names = {f"№ {one.number}": one.name for one in lasting}
    return rank_period(table, period.since, settings, candidate, names)
