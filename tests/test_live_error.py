"""When corrections disprove α: hardly ever by chance, soon where the error is far above it."""

import numpy as np
import pytest

from otklik.models.live_error import DELTA, LiveError, log_bet

ALPHA = 0.05


def first_alarm(wrong, alpha=ALPHA):
    """Answer at which a watch strikes that looks after each; None where it never does."""
    for errors, place in enumerate(np.flatnonzero(wrong).tolist(), start=1):
        # A right answer never raises the bet: it is enough to look after the wrong ones.
        if LiveError(sent=place + 1, corrected=errors).disproves(alpha):
            return place + 1
    return None


def test_nothing_is_proven_by_nothing():
    assert log_bet(0, 0, ALPHA) == pytest.approx(0, abs=1e-9)
    assert not LiveError().disproves(ALPHA)
    assert not LiveError(sent=10**6, corrected=40_000, checked=1000, wrong=40).disproves(ALPHA)


@pytest.mark.parametrize("fields", [("sent", "corrected"), ("checked", "wrong")])
def test_either_count_is_proof_enough(fields):
    assert LiveError(**dict(zip(fields, (200, 40), strict=True))).disproves(ALPHA)
    assert not LiveError(**dict(zip(fields, (200, 10), strict=True))).disproves(ALPHA)


def test_more_corrections_never_prove_less():
    bets = [log_bet(300, errors, ALPHA) for errors in range(301)]
    assert np.all(np.diff(bets[15:]) > 0)
    assert max(bets[:16]) < 1
    assert np.isfinite(log_bet(10**7, 6 * 10**5, ALPHA))


def test_an_error_at_alpha_is_hardly_ever_taken_for_more():
    draw = np.random.default_rng(7)
    alarms = [first_alarm(draw.random(1500) < ALPHA) for _ in range(300)]
    struck = sum(one is not None for one in alarms) / len(alarms)
    assert struck <= DELTA


@pytest.mark.parametrize(("error", "answers"), [(0.1, 300), (0.2, 35)])
def test_the_further_above_alpha_the_sooner_it_is_found(error, answers):
    draw = np.random.default_rng(8)
    alarms = [first_alarm(draw.random(1500) < error) for _ in range(60)]
    assert None not in alarms
    assert np.median(alarms) == pytest.approx(answers, rel=0.35)


@pytest.mark.parametrize("wrong", [(1, 2, ALPHA), (1, -1, ALPHA), (5, 1, 0.0), (5, 1, 1.0)])
def test_impossible_counts_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        log_bet(*wrong)
