"""The main job: what was imported becomes understood, problems, and a week's reports.

Every stage finds what it has done before and goes on from there, so a run that was killed is
completed by the same command; a week that is done is left as it is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from otklik.datasets.store import Store
from otklik.models.registered import default_bundle
from otklik.pipelines.cluster import cluster
from otklik.pipelines.mass_incidents import replay
from otklik.pipelines.problem_names import name_part
from otklik.pipelines.problem_run import run_problems
from otklik.pipelines.understand import StoreReader, understand
from otklik.pipelines.vote_period import USUAL
from otklik.pipelines.vote_rank import Question
from otklik.pipelines.vote_table import write_questions
from otklik.pipelines.week import Week
from otklik.pipelines.week_read import read_week
from otklik.pipelines.weekly import Built, build_week
from otklik.serving.route_check import load_routes

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

VOTES = "votes"


class Told:
    """What a run tells of itself: the stage it is in and how far it has come."""

    def __init__(
        self,
        stage: Callable[[str], None] = lambda _name: None,
        total: Callable[[int], None] = lambda _total: None,
        advance: Callable[[int], None] = lambda _done: None,
    ) -> None:
        self.stage, self.total, self.advance = stage, total, advance


def run_week(
    store: Store,
    week: Week,
    out: Path,
    *,
    routes: Path | None = None,
    template: Path | None = None,
    told: Told | None = None,
) -> Built:
    """Read what is unread, bring the problems up to the week's end, write its reports and votes.

    Without a built model, messages keep the topics that their source gave.

    Parameters
    ----------
    out : Path
        The week becomes a folder in it.
    routes : Path or None
        Routing file; the city's by default.

    Raises
    ------
    BadWeek, BadRoutes, BadBundle, BadTemplate, Contradiction, LedgerMismatch
    """
    told = told or Told()
    zone: ZoneInfo = load_routes(routes).table.zone
    told.stage("reading messages")
    read_unread(store, told)
    told.stage("incidents")
    replay(store, since=week.start(zone), until=week.stop(zone))
    told.stage("problems")
    run_problems(
        store,
        week.stop(zone),
        zone=zone,
        cluster=partial(cluster, engine="graph"),
        namer=name_part,
        total=told.total,
        done=lambda _outcome: told.advance(1),
    )
    told.stage("week")
    given = read_week(store, week, routes)
    more = {} if template is None else {"template": template}
    built = build_week(given, out, advance=told.stage, **more)
    told.stage(VOTES)
    write_votes(given.questions, week, built.folder / VOTES)
    return built


def read_unread(store: Store, told: Told) -> int:
    """Classify and encode what the answering model has not read; 0 where no model is built."""
    folder = default_bundle()
    if not folder.is_dir():
        return 0
    return understand(store, StoreReader.of(folder), begin=told.total, advance=told.advance)


def write_votes(questions: Sequence[Question], week: Week, folder: Path) -> None:
    """Write the questions of the weeks that end with this one as a page and as a table."""
    folder.mkdir(parents=True, exist_ok=True)
    words = f"{week.back(USUAL - 1).name} — {week.name}"
    for suffix in (".html", ".csv"):
        write_questions(questions, folder / f"{VOTES}{suffix}", words)
