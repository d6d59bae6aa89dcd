"""What the store knows of a week's problems: which grow, beyond what chance does to many."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from otklik.datasets.problem_book import ProblemState
from otklik.pipelines.week_parts import _growing

STOP = pd.Timestamp("2025-05-19", tz="UTC")
FIRST = datetime(2025, 1, 6, tzinfo=UTC)


def city(weekly, this_week=None, *, weeks=12, copies=()):
    """Messages of problems with so many a week, the last week's given apart."""
    chance = np.random.default_rng(3)
    rows, problems, number = [], [], 0
    for place, mean in enumerate(weekly):
        own = set()
        for back in range(weeks, 0, -1):
            told = (this_week or {}).get(place) if back == 1 else None
            for _ in range(chance.poisson(mean) if told is None else told):
                number += 1
                own.add(number)
                rows.append(STOP - pd.Timedelta(weeks=back) + pd.Timedelta(days=3))
        problems.append(ProblemState(place, f"№ {place}", {}, FIRST, FIRST, FIRST, message_ids=own))
    table = pd.DataFrame({"dated_at": rows}, index=pd.RangeIndex(1, number + 1))
    table["duplicate_of"] = pd.Series(pd.NA, table.index, dtype="Int64")
    fresh = set(table.index[table["dated_at"] >= STOP - pd.Timedelta(weeks=1)])
    for place in copies:
        own = sorted(problems[place].message_ids & fresh)
        table.loc[own[1:], "duplicate_of"] = own[0]
    return problems, table, fresh


def test_of_a_thousand_ordinary_problems_hardly_any_grows():
    problems, table, fresh = city([2.0] * 1000)
    assert len(_growing(problems, table, fresh, STOP)) <= 2


def test_one_that_grows_is_found_among_them():
    problems, table, fresh = city([2.0] * 200, {17: 15})
    assert 17 in _growing(problems, table, fresh, STOP)


def test_copies_do_not_make_a_problem_grow():
    problems, table, fresh = city([2.0] * 200, {17: 15}, copies=[17])
    assert 17 not in _growing(problems, table, fresh, STOP)
