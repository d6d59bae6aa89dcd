"""One week of problems: from messages and what stood before to the changes of the week."""

from datetime import tzinfo

from otklik.datasets.ledger import Entry
from otklik.datasets.problem_book import ProblemBook
from otklik.pipelines.beliefs import Beliefs
from otklik.pipelines.problem_cells import WINDOW_WEEKS, Cluster, build_window
from otklik.pipelines.problem_changes import changes_of_week
from otklik.pipelines.problem_entries import Namer
from otklik.pipelines.problem_links import tie_cells
from otklik.pipelines.problem_match import describe_parts, match_parts
from otklik.pipelines.snapshot import Snapshot
from otklik.pipelines.week import Week


def work_week(
    snapshot: Snapshot,
    book: ProblemBook,
    week: Week,
    zone: tzinfo,
    *,
    cluster: Cluster | None = None,
    beliefs: Beliefs | None = None,
    namer: Namer | None = None,
) -> list[Entry]:
    """Work out what a week changes; the same messages in any order give the same.

    Parameters
    ----------
    snapshot : Snapshot
        Holds the messages of the week and of the weeks before it, `WINDOW_WEEKS` in all; more do
        no harm.
    book : ProblemBook
        The state before the week; it stays as it is.
    zone : tzinfo
        The city's time zone, in which weeks begin.
    beliefs : Beliefs or None
        What models said of the messages of the snapshot, row by row.

    Returns
    -------
    list of Entry
        In the order in which they are to be entered.
    """
    start, stop = week.back(WINDOW_WEEKS - 1).start(zone), week.stop(zone)
    window = build_window(snapshot, start, stop, cluster, beliefs)
    ties = tie_cells(window, book)
    parts = describe_parts(window, ties, book)
    matched = match_parts(window, parts, book)
    return changes_of_week(
        window, parts, ties, matched, book, week=week.name, stop=stop, namer=namer
    )
