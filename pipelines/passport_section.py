"""The passport in `otklik problems show`: the last one kept, else one written now."""

from collections.abc import Iterable
from datetime import timedelta

from otklik.datasets.errors import BadProblem
from otklik.datasets.ledger import Ledger
from otklik.datasets.problem_book import ProblemState
from otklik.datasets.store import Store
from otklik.pipelines.problem_show import SECTIONS, Section

_PAST = timedelta(weeks=26)
"""Messages before a problem that say what is usual."""


def passport_section(store: Store, problem: ProblemState) -> Iterable[Section]:
    """Lines of the passport, each with the numbers of its messages."""
    kept = Ledger(store.database).passports(problem.number)
    if kept:
        said = [(one.text, one.message_ids) for one in kept[-1].sentences]
    else:
        said = _written(store, problem)
    if not said:
        return
    lines = [f"{text} [{_shown(ids)}]" for text, ids in said]
    facts = [{"text": text, "message_ids": list(ids)} for text, ids in said]
    yield "passport", "Паспорт", lines, facts


def _written(store: Store, problem: ProblemState) -> list[tuple[str, tuple[int, ...]]]:
    from otklik.pipelines.passport import passport_of
    from otklik.pipelines.snapshot import snapshot_of_store

    snapshot = snapshot_of_store(store, since=problem.first_at - _PAST, vectors=False)
    try:
        passport = passport_of(store, snapshot, problem)
    except BadProblem:
        # merged away: its messages are told of where they went
        return []
    return [(one.text, one.message_ids) for one in passport.sentences]


def _shown(ids: tuple[int, ...], most: int = 8) -> str:
    shown = ", ".join(map(str, ids[:most]))
    return f"{shown} и ещё {len(ids) - most}" if len(ids) > most else shown


if passport_section not in SECTIONS:
    SECTIONS.append(passport_section)
