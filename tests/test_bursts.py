"""Bursts: what is flagged, what is said, and what a short or patchy history admits."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from otklik.datasets.errors import BadSettings
from otklik.pipelines.burst_limits import count_of
from otklik.pipelines.bursts import bursts_of_counts, find_bursts
from otklik.pipelines.cell_counts import CellCounts
from otklik.pipelines.periods import Periods

UNTIL = date(2025, 6, 2)
LEVELS = (("group",), ("district",), ("group", "district"))


def year(seed, weeks=104, base=4.0, groups=6, districts=4):
    """Counts of shape (groups, districts, weeks), thick and thin cells, no season."""
    chance = np.random.default_rng(seed)
    mean = base * chance.lognormal(0, 0.6, (groups, 1)) * chance.dirichlet([6] * districts) * 4
    return chance.poisson(mean[:, :, None], (groups, districts, weeks))


def counted(y):
    """Counts by level."""
    groups = [f"группа {k}" for k in range(y.shape[0])]
    districts = [f"район {k}" for k in range(y.shape[1])]
    cells = [(g, d) for g in groups for d in districts]
    made = [
        (("group",), [(g,) for g in groups], y.sum(axis=1)),
        (("district",), [(d,) for d in districts], y.sum(axis=0)),
        (("group", "district"), cells, y.reshape(len(cells), y.shape[2])),
    ]
    return {level: CellCounts(level, tuple(names), c, 0 * c) for level, names, c in made}


def run(y, unit="week", until=UNTIL, **options):
    return bursts_of_counts(
        counted(y), y.sum(axis=(0, 1)), Periods(until, y.shape[2], unit), **options
    )


def row_of(bursts, *cell):
    return next(row for row in bursts.rows if row.cell == cell)


def table_of(y, until=UNTIL):
    """Messages with these counts, spread over the days of each week."""
    rows = []
    end = pd.Timestamp(until, tz="Europe/Moscow")
    for (g, d, week), n in np.ndenumerate(y):
        for k in range(n):
            back = pd.Timedelta(days=7 * (y.shape[2] - week) - (k % 7) - 0.5)
            rows.append((end - back, f"группа {g}", f"район {d}", f"автор {len(rows)}"))
    table = pd.DataFrame(rows, columns=["dated_at", "group", "district", "author"])
    table["dated_at"] = table["dated_at"].dt.tz_convert("UTC").astype("datetime64[ns, UTC]")
    table["duplicate_of"] = pd.array([pd.NA] * len(table), dtype="Int64")
    table.index = pd.RangeIndex(1, len(table) + 1, name="id")
    return table


def test_a_plain_burst_is_flagged_with_its_numbers():
    y = year(1)
    y[2, 1, -1] += 40
    found = run(y)
    row = row_of(found, "группа 2", "район 1")
    assert row.flagged
    assert row.spans == 1
    assert (row.starts, row.until) == (date(2025, 5, 26), UNTIL)
    assert row.observed == y[2, 1, -1]
    assert row.low <= row.expected <= row.high < row.observed
    assert row.excess == row.observed - row.expected
    assert row.excess_range == (row.observed - row.high, row.observed - row.low)
    assert row.words == f"за неделю ожидалось {row.low}–{row.high}, поступило {row.observed}"
    assert not any("%" in one.words for one in found.rows)
    assert found.unknown == ()


def test_two_weeks_together_show_what_one_does_not():
    y = year(2, base=10)
    usual = y[0, 0, :-2].mean()
    y[0, 0, -2:] = round(usual * 1.8)
    row = row_of(run(y), "группа 0", "район 0")
    assert row.spans == 2
    assert row.flagged
    assert row.words.startswith("за две недели ожидалось ")


def test_a_rise_of_all_districts_is_told_of_the_group_only():
    y = year(3, base=8)
    y[1, :, -1] += y[1, :, 10] + y[1, :, 20] + y[1, :, 30]
    flagged = {row.cell for row in run(y).flagged}
    assert ("группа 1",) in flagged
    assert not any(len(cell) == 2 and cell[0] == "группа 1" for cell in flagged)


def test_a_burst_of_a_cell_that_was_silent_needs_few_messages():
    y = year(4, base=1)
    y[5, 3, :] = 0
    y[5, 3, -1] = 7
    assert row_of(run(y), "группа 5", "район 3").flagged
    y[5, 3, -1] = 1
    assert not row_of(run(y), "группа 5", "район 3").flagged


def test_null_years_are_quiet():
    flagged = sum(bool(run(year(seed)).flagged) for seed in range(20, 80))
    assert flagged <= 12  # 6 are allowed for; more than 12 would come once in 200 times


def test_a_past_outbreak_does_not_hide_a_new_one_nor_alarm_for_ever():
    y = year(5, base=6)
    calm = row_of(run(y), "группа 1", "район 1").expected
    y[1, 1, -30:-27] += 60
    after = row_of(run(y), "группа 1", "район 1")
    assert after.expected < 1.5 * calm
    assert not after.flagged
    y[1, 1, -1] += 45
    assert row_of(run(y), "группа 1", "район 1").flagged


def test_a_lasting_rise_becomes_usual():
    y = year(6, base=6)
    y[1, 1, -40:] *= 2
    assert not row_of(run(y), "группа 1", "район 1").flagged


def test_a_season_seen_before_is_expected():
    week = np.arange(156)
    wave = 1 + 0.8 * np.cos(2 * np.pi * (week - 155) / 52.18)
    y = np.random.default_rng(7).poisson(5 * wave, (6, 4, 156))
    # The height of the wave, twice what the year has on average.
    found = run(y)
    assert not found.flagged
    assert row_of(found, "группа 0").expected > 1.5 * y[0].sum(axis=0).mean() * 2 * 0.8


def test_a_quiet_new_year_week_is_expected_and_a_usual_count_in_it_stands_out():
    until = date(2025, 1, 9)
    periods = Periods(until, 156)
    off = periods.off_days()
    mean = 400 * np.exp(-1.2 * off)
    y = np.random.default_rng(8).poisson(mean / 24, (6, 4, 156))
    row = row_of(run(y, until=until), "группа 0")
    assert row.expected / row.spans < 0.75 * y[0].sum(axis=0)[:-8].mean()


def test_short_histories_say_what_they_cannot_know():
    y = year(9, weeks=8, base=10)
    y[3, 2, -1] += 60
    found = run(y)
    assert row_of(found, "группа 3", "район 2").flagged
    assert found.unknown == (
        "История короче тринадцати месяцев (6 недель): сезонный подъём неотличим от необычного.",
    )
    seven = run(y[:, :, 1:])
    assert row_of(seven, "группа 3", "район 2").flagged
    assert all(row.spans == 1 for row in seven.rows)


@pytest.mark.parametrize("weeks", [0, 1, 2, 6])
def test_too_short_a_history_tests_nothing_and_says_so(weeks):
    found = run(year(10, weeks=weeks))
    assert found.rows == ()
    assert found.unknown[0].startswith("История слишком коротка")


def test_nothing_but_zeros_is_not_unusual():
    found = run(np.zeros((2, 2, 60), dtype=np.int64))
    assert not found.flagged
    assert all(row.observed == 0 and row.low == 0 for row in found.rows)


def test_missing_weeks_are_not_silence():
    y = year(11, base=8)
    whole = row_of(run(y), "группа 0").expected
    y[:, :, 60:70] = 0
    found = run(y)
    assert row_of(found, "группа 0").expected == pytest.approx(whole, rel=0.15)
    assert found.unknown == ("Пропуски в данных (10 недель) не считались тишиной.",)
    y[:, :, -1] = 0
    broken = run(y)
    assert broken.rows == ()
    assert "сбой выгрузки" in broken.unknown[-2]


def test_days_have_weekdays():
    chance = np.random.default_rng(12)
    until = date(2025, 6, 5)  # the last two days are a Tuesday and a Wednesday
    days = 7 * 30
    periods = Periods(until, days, "day")
    mean = np.where(periods.weekdays() >= 5, 1.0, 5.0)
    y = chance.poisson(mean, (6, 4, days))
    workday = row_of(run(y, "day", until), "группа 0")
    weekend = row_of(run(y[:, :, :-3], "day", until - timedelta(days=3)), "группа 0")
    assert weekend.expected / weekend.spans < 0.4 * workday.expected / workday.spans
    y[4, 2, -1] += 25
    row = row_of(run(y, "day", until), "группа 4", "район 2")
    assert row.flagged
    assert row.words.startswith("за день ожидалось ")


def test_a_table_gives_what_its_counts_give():
    y = year(13, weeks=30, base=2)
    y[2, 1, -1] += 25
    from_table = find_bursts(table_of(y), UNTIL, levels=LEVELS)
    assert {(r.cell, r.observed, r.flagged) for r in from_table.rows} == {
        (r.cell, r.observed, r.flagged) for r in run(y).rows
    }
    mixed = table_of(y).sample(frac=1, random_state=0)
    assert find_bursts(mixed, UNTIL, levels=LEVELS) == from_table
    frame = from_table.frame()
    assert len(frame) == len(from_table.rows)
    assert frame["cell"][0] == " / ".join(from_table.rows[0].cell)


def test_copies_are_left_out_and_told():
    table = table_of(year(14, weeks=30, base=2))
    last = table["dated_at"].max()
    copies = pd.DataFrame(
        {
            "dated_at": last,
            "group": "группа 0",
            "district": "район 0",
            "author": [f"копия {k // 20}" for k in range(40)],
            "duplicate_of": pd.array([5] * 40, dtype="Int64"),
        },
        index=pd.RangeIndex(len(table) + 1, len(table) + 41, name="id"),
    )
    both = pd.concat([table, copies])
    cell = ("группа 0", "район 0")
    row = row_of(find_bursts(both, UNTIL, levels=LEVELS), *cell)
    assert not row.flagged
    assert row.copies == 40
    assert row.words.endswith("(копии не в счёт: 40)")
    authors = row_of(find_bursts(both, UNTIL, levels=LEVELS, way="authors"), *cell)
    assert authors.copies == 38
    assert row_of(find_bursts(both, UNTIL, levels=LEVELS, way="messages"), *cell).flagged


def test_an_empty_table():
    found = find_bursts(table_of(year(15, weeks=1))[:0], levels=LEVELS)
    assert found.rows == ()
    assert len(found.frame()) == 0


def test_a_stricter_level_flags_a_part():
    y = year(16, base=6)
    y[0, 0, -1] += 12
    y[1, 2, -1] += 60
    loose, strict = run(y, level=0.3), run(y, level=0.001)
    assert {r.cell for r in strict.flagged} <= {r.cell for r in loose.flagged}
    assert ("группа 1", "район 2") in {r.cell for r in strict.flagged}


def test_faults_are_told():
    table = table_of(year(17, weeks=10))
    with pytest.raises(BadSettings, match="сосед"):
        find_bursts(table, UNTIL, levels=[("сосед",)])
    with pytest.raises(BadSettings, match="unit"):
        find_bursts(table, UNTIL, levels=LEVELS, unit="month")
    with pytest.raises(BadSettings, match="way"):
        find_bursts(table, UNTIL, levels=LEVELS, way="all")


def test_words_agree_in_number():
    assert [count_of(n, "week") for n in (1, 3, 11, 21, 112)] == [
        "1 неделя",
        "3 недели",
        "11 недель",
        "21 неделя",
        "112 недель",
    ]
    assert count_of(2, "day") == "2 дня"


def test_one_number_instead_of_a_range():
    y = year(18, base=1)
    y[5, 3, :] = 0
    row = row_of(run(y), "группа 5", "район 3")
    assert replace(row, low=0, high=0, spans=1, observed=3).words == (
        "за неделю ожидалось 0, поступило 3"
    )
