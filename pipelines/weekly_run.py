"""The main job: what was imported becomes understood, problems, and the reports of weeks.

Every stage finds what it has done before and goes on from there, so a run that was killed is
completed by the same command; a week that is done is left as it is.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from otklik.datasets.store import Store
from otklik.models.registered import default_bundle
from otklik.pipelines.cluster import cluster
from otklik.pipelines.mass_incidents import Heard, replay
from otklik.pipelines.problem_names import name_part
from otklik.pipelines.problem_run import run_problems
from otklik.pipelines.terms import find_router
from otklik.pipelines.understand import NOBODY, StoreReader, understand
from otklik.pipelines.vote_period import USUAL
from otklik.pipelines.vote_rank import Question
from otklik.pipelines.vote_table import write_questions
from otklik.pipelines.week import Week
from otklik.pipelines.week_read import WeekReader
from otklik.pipelines.week_writers import Writers
from otklik.pipelines.weekly import Built, Frozen, finish_week, freeze_week
from otklik.serving.table_directions import TableDirections

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
    workers: int = 1,
) -> Built:
    """Write the reports and votes of one week; see `run_weeks`."""
    (built,) = run_weeks(
        store, [week], out, routes=routes, template=template, told=told, workers=workers
    )
    return built


def run_weeks(
    store: Store,
    weeks: Sequence[Week],
    out: Path,
    *,
    routes: Path | None = None,
    template: Path | None = None,
    told: Told | None = None,
    workers: int = 1,
) -> list[Built]:
    """Read what is unread, bring the problems up, write the reports and votes of every week.

    The bytes of a week are the same whether it is asked alone or among others. Without a built
    model, messages keep the topics that their source gave. Of several weeks, those without any
    message are passed over.

    Parameters
    ----------
    weeks : sequence of Week
        One after the other.
    out : Path
        Every week becomes a folder in it.
    routes : Path or None
        Routing file; the city's by default, none where the city has none.
    workers : int
        Processes that write reports while the next week is read.

    Raises
    ------
    BadWeek, BadRoutes, BadBundle, BadTemplate, Contradiction, LedgerMismatch, WorkerLost
    """
    told = told or Told()
    told.stage("reading messages")
    read_unread(store, told, routes)
    with Writers(workers) as writers:
        told.stage("week")
        reader = WeekReader(store, weeks, routes)
        zone = reader.zone
        told.stage("problems")
        run_problems(
            store,
            weeks[-1].stop(zone),
            zone=zone,
            cluster=partial(cluster, engine="graph"),
            namer=name_part,
            total=told.total,
            done=lambda _outcome: told.advance(1),
        )
        asked = [week for week in weeks if reader.has(week)] or weeks[-1:]
        heard = Heard.of(store, asked[0].start(zone), asked[-1].stop(zone))
        built: list[Built] = []
        begun: deque[_Begun] = deque()
        for week in asked:
            told.stage("incidents")
            replay(store, since=week.start(zone), until=week.stop(zone), heard=heard)
            told.stage(week.name)
            given = reader.read(week, heard)
            more = {} if template is None else {"template": template}
            frozen = freeze_week(given, out, advance=told.stage, **more)
            begun.append(_Begun(frozen, given.questions, writers.begin(frozen, told.stage)))
            # One week is written while the next one is read; more would only take memory.
            if len(begun) > 1:
                built.append(_finish(begun.popleft(), told))
        built += [_finish(one, told) for one in begun]
    return built


def read_unread(store: Store, told: Told, routes: Path | None = None) -> int:
    """Classify and encode what the answering model has not read; 0 where no model is built.

    What it leaves to people is due by the routing file.
    """
    folder = default_bundle()
    if not folder.is_dir():
        return 0
    router = find_router(routes)
    directs = NOBODY if router is None else TableDirections(router)
    reader = StoreReader.of(folder)
    return understand(store, reader, directs=directs, begin=told.total, advance=told.advance)


def write_votes(questions: Sequence[Question], week: Week, folder: Path) -> None:
    """Write the questions of the weeks that end with this one as a page and as a table."""
    folder.mkdir(parents=True, exist_ok=True)
    words = f"{week.back(USUAL - 1).name} — {week.name}"
    for suffix in (".html", ".csv"):
        write_questions(questions, folder / f"{VOTES}{suffix}", words)


@dataclass(frozen=True, slots=True)
class _Begun:
    frozen: Frozen
    questions: Sequence[Question]
    made: Callable[[], int]


def _finish(begun: _Begun, told: Told) -> Built:
    built = finish_week(begun.frozen, begun.made(), told.stage)
    told.stage(VOTES)
    write_votes(begun.questions, begun.frozen.week, built.folder / VOTES)
    return built
