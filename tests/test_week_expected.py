import numpy as np
import pytest

from otklik.pipelines.week_expected import (
    expect,
    expect_hits,
    false_discovery,
    share_interval,
)


def test_intervals_cover_what_they_promise_when_weeks_differ_more_than_chance():
    chance = np.random.default_rng(3)
    # Means that wander: variance three times the mean.
    rates = chance.gamma(20, 2.0, size=(9, 400))
    counts = chance.poisson(rates).astype(float)
    found = expect(counts[:-1], counts[-1])
    inside = (found.low <= counts[-1]) & (counts[-1] <= found.high)
    assert 0.92 <= inside.mean() <= 0.99


def test_a_large_sector_with_wild_weeks_does_not_drown_a_small_one():
    chance = np.random.default_rng(4)
    wild = chance.poisson(800 * chance.gamma(10, 0.1, size=(8, 3)))
    small = chance.poisson(np.full((8, 20), 6.0))
    found = expect(np.hstack([wild, small]).astype(float), np.full(23, 16.0))
    assert (found.high[3:] < 18).all()
    assert np.median(found.p[3:]) < 0.01
    assert (found.high[:3] > 1.3 * found.mean[:3]).all()


def test_short_history_expects_nothing():
    found = expect(np.ones((3, 2)), np.ones(2))
    assert np.isnan(found.mean).all()
    assert np.isnan(found.p).all()


def test_an_empty_past_does_not_make_the_first_message_an_alarm():
    history, observed = np.zeros((8, 1)), np.ones(1)
    bare = expect(history, observed, spread=0.0).p[0]
    borrowed = expect(history, observed, prior=np.array([0.5]), spread=0.0).p[0]
    assert bare < 0.05 < borrowed


def test_more_messages_are_never_less_surprising():
    history = np.full((8, 30), 4.0)
    p = expect(history, np.arange(30.0), spread=0.1).p
    assert (np.diff(p) <= 0).all()


def test_false_discovery_is_monotone_and_leaves_the_unknown_unknown():
    q = false_discovery(np.array([0.001, np.nan, 0.02, 0.5]))
    assert np.isnan(q[1])
    assert q[0] <= q[2] <= q[3] <= 1


@pytest.mark.parametrize(("hits", "of"), [(0, 7), (7, 7), (3, 40)])
def test_share_intervals_hold_the_share(hits, of):
    low, high = share_interval(hits, of)
    assert 0 <= low <= hits / of <= high <= 1


def test_hits_are_expected_within_the_trials():
    mean, low, high = expect_hits(30, 100, 20)
    assert 0 <= low <= mean <= high <= 20
    assert mean == pytest.approx(6, abs=0.2)
