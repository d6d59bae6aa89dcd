"""Passports of the problems that the most is written about, as parts of a week."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

import pandas as pd

from otklik.datasets.problem_book import ProblemBook, ProblemState, Status
from otklik.pipelines.passport import Passport, passport_of
from otklik.pipelines.passport_facts import Background
from otklik.pipelines.snapshot import Snapshot
from otklik.pipelines.week_input import PARTS

EACH, LEAST = 3, 4
"""Passports of a sector at the most, and messages of the week that make one worth reading."""
CONFIDENCE = "уверенность"
_SECTIONS = {
    "что происходит": 1,
    "размер": 2,
    "динамика": 1,
    "откуда рост": 1,
    "версии причины": 2,
    "повторяемость": 1,
    "что против": 1,
    CONFIDENCE: 1,
    "что проверить": 1,
}
"""Sections that a weekly report has room for, and how many sentences of each."""


def largest(book: ProblemBook, fresh: set[int]) -> list[ProblemState]:
    """Problems with the most messages of the week, some of each sector, by number.

    Parameters
    ----------
    fresh : set of int
        Messages of the week.
    """
    groups: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
    for problem in book.problems.values():
        amount = len(problem.message_ids & fresh)
        if amount >= LEAST and problem.status is Status.OPEN:
            groups[problem.group].append((-amount, problem.number))
    numbers = sorted(number for some in groups.values() for _, number in sorted(some)[:EACH])
    return [book.problems[number] for number in numbers]


def write_passports(
    snapshot: Snapshot, problems: Iterable[ProblemState]
) -> dict[str, pd.DataFrame]:
    """Passports of problems as they stand, and the messages behind each sentence."""
    background = Background(snapshot)
    sentences, members = [], []
    for problem in problems:
        passport = passport_of(None, snapshot, problem, background)
        for place, (section, text, ids) in enumerate(_chosen(passport), 1):
            sentences.append((problem.number, place, section, text))
            members += [(problem.number, place, number) for number in ids]
    return {
        "passports": pd.DataFrame(sentences, columns=list(PARTS["passports"])),
        "passport_messages": pd.DataFrame(members, columns=list(PARTS["passport_messages"])),
    }


def _chosen(passport: Passport) -> Sequence[tuple[str, str, tuple[int, ...]]]:
    return [
        (section, one.text, one.message_ids)
        for section, some in groupby(passport.sentences, key=lambda one: one.section)
        for one in list(some)[: _SECTIONS.get(section, 0)]
    ]
