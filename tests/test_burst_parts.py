"""The arithmetic under bursts: periods, counts, fits, filter, p and q, by hand and by rivals."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from otklik.pipelines.cell_counts import count_cells, seen_periods
from otklik.pipelines.false_discovery import (
    benjamini_hochberg,
    interval,
    upper_p,
    weights_for,
)
from otklik.pipelines.periods import Periods, periods_of
from otklik.pipelines.poisson_glm import anscombe, fit_rates, trust
from otklik.pipelines.rate_filter import foretell


def moments(*texts):
    read = pd.to_datetime(list(texts), utc=True, format="ISO8601")
    return pd.Series(read).astype("datetime64[ns, UTC]")


def test_weeks_end_with_the_day_that_is_asked_for():
    periods = Periods(date(2025, 3, 12), 2)
    at = moments(
        "2025-02-25T20:59:59Z", "2025-02-25T21:00Z", "2025-03-04T21:00Z", "2025-03-11T20:59Z"
    )
    assert periods.place(at).tolist() == [-1, 0, 1, 1]
    assert periods.place(moments("2025-03-11T21:00Z", None)).tolist() == [-1, -1]
    assert periods.start(1) == date(2025, 3, 5)
    assert periods.days == 7


def test_only_whole_periods_are_taken():
    at = moments("2025-03-01T10:00Z", "2025-03-14T22:30Z", None)
    found = periods_of(at)
    assert (found.until, found.n) == (date(2025, 3, 16), 2)
    assert periods_of(at, date(2025, 3, 14)).n == 1
    assert periods_of(at, unit="day", most=5).n == 5
    assert periods_of(at[:0]).n == 0


def test_days_off_are_mondays_to_fridays_that_nobody_works():
    # 1 to 8 January 2025 is off, which takes six of these weekdays; the year has moved days too.
    assert Periods(date(2025, 1, 8), 1).off_days()[0] == pytest.approx(5 / 7)
    assert Periods(date(2025, 3, 31), 1).off_days()[0] == 0
    assert Periods(date(2025, 6, 13), 2, "day").off_days().tolist() == [0, 1]  # the 12th
    assert Periods(date(2025, 6, 3), 3, "day").weekdays().tolist() == [5, 6, 0]


def test_counts_of_cells_by_hand():
    table = pd.DataFrame(
        {
            "dated_at": moments(*["2025-03-03T10:00Z"] * 3, *["2025-03-11T10:00Z"] * 3),
            "topic": ["свет", "свет", "вода", "свет", "свет", None],
            "district": ["Б", "А", "А", "А", "А", "А"],
            "author": ["в", "в", None, "г", "г", "д"],
            "duplicate_of": pd.array([None, None, None, None, 4, None], dtype="Int64"),
        }
    )
    periods = Periods(date(2025, 3, 12), 2)
    found = count_cells(table, ["topic", "district"], periods)
    assert found.cells == (("вода", "А"), ("свет", "А"), ("свет", "Б"))
    assert found.counted.tolist() == [[1, 0], [1, 1], [1, 0]]
    assert found.left_out.tolist() == [[0, 0], [0, 1], [0, 0]]
    topics = count_cells(table, ["topic"], periods, way="authors")
    assert topics.counted.tolist() == [[1, 0], [1, 1]]
    everything = count_cells(table, ["topic"], periods, way="messages")
    assert everything.counted.tolist() == [[1, 0], [2, 2]]


def test_silence_is_a_gap_only_among_busy_periods():
    assert seen_periods(np.array([40, 0, 38])).tolist() == [True, False, True]
    assert seen_periods(np.array([1, 0, 2])).all()
    assert seen_periods(np.zeros(3, np.int64)).all()


def test_one_pass_without_a_prior_is_the_quasi_poisson_fit_of_statsmodels():
    api = pytest.importorskip("statsmodels.api")
    chance = np.random.default_rng(0)
    t = np.arange(110) / 52
    terms = np.stack([np.ones(110), t, np.sin(2 * np.pi * t), np.cos(2 * np.pi * t)], axis=1)
    offset = np.log(chance.uniform(1, 3, (3, 110)))
    rate = np.exp(offset + terms @ np.array([1.0, 0.2, 0.4, -0.3]))
    counts = chance.negative_binomial(5, 5 / (5 + rate)).astype(float)
    ours = fit_rates(counts, terms, offset, np.full(4, np.inf), passes=1)
    for row in range(3):
        model = api.GLM(counts[row], terms, family=api.families.Poisson(), offset=offset[row])
        theirs = model.fit(scale="X2", tol=1e-12)
        np.testing.assert_allclose(ours.coef[row], theirs.params, rtol=1e-6, atol=1e-8)
        assert ours.dispersion[row] == pytest.approx(theirs.scale, rel=1e-6)
        np.testing.assert_allclose(ours.covariance[row], theirs.cov_params(), rtol=1e-5)


def test_outbreaks_of_the_past_weigh_little():
    counts = np.full((1, 60), 10.0)
    counts[0, 20:23] = 90
    flat, offset = np.ones((60, 1)), np.zeros((1, 60))
    naive = fit_rates(counts, flat, offset, np.array([np.inf]), passes=1)
    robust = fit_rates(counts, flat, offset, np.array([np.inf]))
    assert np.exp(naive.coef[0, 0]) == pytest.approx(14)
    assert np.exp(robust.coef[0, 0]) < 13
    assert robust.weights[0, 20] < 0.7
    assert robust.weights[0, 0] == 1


def test_residuals_and_trust_by_hand():
    assert anscombe(np.array([8.0]), np.array([1.0]))[0] == pytest.approx(4.5)
    found = trust(np.array([[8.0, 1.0, 0.0]]), np.array([[1.0, 1.0, 4.0]]), np.array([1.0]))
    assert found[0].tolist() == pytest.approx([(2.58 / 4.5) ** 2, 1.0, 1.0])


def test_the_filter_with_one_discount_is_the_gamma_poisson_posterior():
    counts = np.array([[2.0, 3.0, 2.0, 9.0]])
    expected = np.full((1, 4), 2.0)
    found = foretell(counts, expected, np.array([1.0, 1, 1, 0]), np.array([4.0]), [1.0] * 4)
    ratios = [4 / 4, 6 / 6, 9 / 8, 11 / 10]
    assert found.mean[0].tolist() == pytest.approx([2 * ratio for ratio in ratios])
    assert found.doubt[0].tolist() == pytest.approx([1 / 4, 1 / 6, 1 / 9, 1 / 11])


def test_restless_series_get_a_short_memory_and_more_doubt():
    chance = np.random.default_rng(1)
    steady = chance.poisson(20, 100)
    restless = chance.poisson(20 * np.exp(np.sin(np.arange(100) / 6)))
    counts = np.stack([steady, restless]).astype(float)
    found = foretell(counts, np.full((2, 100), 20.0), np.ones(100), np.full(2, 8.0))
    assert found.doubt[1, -1] > 2 * found.doubt[0, -1]
    errors = np.abs(found.mean[1, 20:] - counts[1, 20:]).mean()
    assert errors < np.abs(counts[1, 20:] - counts[1].mean()).mean()


def test_intervals_and_p_of_farrington_flexible():
    # Mean 5, dispersion 1.5 and 1; printed in the tests of the R package surveillance.
    mean = np.array([5.0, 5.0])
    low, high = interval(mean, mean * np.array([1.5, 1.0]))
    assert (low.tolist(), high.tolist()) == ([1, 2], [10, 9])
    mid = upper_p(np.full(2, 11.0), mean, mean * np.array([1.5, 1.0]))
    half = np.array([stats.nbinom.pmf(11, 10, 2 / 3), stats.poisson.pmf(11, 5)]) / 2
    np.testing.assert_allclose(mid + half, [0.03763657, 0.01369527], rtol=1e-4)


def test_mid_p_is_even_on_average():
    k = np.arange(60, dtype=float)
    p = upper_p(k, np.full(60, 3.0), np.full(60, 3.0))
    assert (p * stats.poisson.pmf(k, 3)).sum() == pytest.approx(0.5, abs=1e-5)
    assert upper_p(np.zeros(1), np.full(1, 1e-9), np.full(1, 1e-9))[0] == pytest.approx(0.5)


def test_benjamini_hochberg_by_hand_and_by_scipy():
    assert benjamini_hochberg(np.array([0.01, 0.5, 0.04])).tolist() == pytest.approx(
        [0.03, 0.5, 0.06]
    )
    p = np.random.default_rng(2).uniform(0, 1, 200) ** 2
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))
    weights = np.array([2.0, 0.5, 0.5])
    assert benjamini_hochberg(np.array([0.02, 0.5, 0.04]), weights).tolist() == pytest.approx(
        [0.03, 1.0, 0.12]
    )
    assert benjamini_hochberg(np.empty(0)).shape == (0,)


def test_weights_are_fair_on_average_and_shun_the_hopeless():
    mean = np.array([0.01, 3.0, 20.0, 40.0, 2000.0])
    weights = weights_for(mean, np.ones(5), np.maximum(20.0, mean))
    assert weights.mean() == pytest.approx(1)
    assert weights.argmax() in (2, 3)
    assert weights[4] < 0.5
    assert weights_for(np.empty(0), np.empty(0), np.empty(0)).shape == (0,)
