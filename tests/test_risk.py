"""The owner's α holds for what goes out, and what cannot be promised is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.models.decision import Window, fit_routing
from otklik.models.fit_check import check_fit, percent
from otklik.models.risk import (
    Risk,
    certified_threshold,
    crc_threshold,
    rows_needed,
    upper_error,
)
from otklik.training.resample import Judged, realised_errors


def _answers(rows, seed, shift=0.0):
    """Confidences and whether each was right; calibrated where `shift` is 0."""
    rng = np.random.default_rng(seed)
    confidence = rng.beta(4, 1.2, rows)
    return confidence, rng.random(rows) < confidence - shift


def test_bounds_by_hand():
    """Without an error the bound is 1 - δ^(1/n): the rule of three."""
    assert upper_error(0, 59, 0.05) == pytest.approx(1 - 0.05 ** (1 / 59))
    assert upper_error(0, 59) <= 0.05 < upper_error(0, 58)
    assert upper_error(3, 3) == 1.0
    assert rows_needed(0.05, 0.0) == 59
    assert rows_needed(0.05, 0.05) is None


@given(st.floats(0.02, 0.3), st.floats(0.1, 0.8))
def test_rows_needed_suffice(alpha, part):
    rows = rows_needed(alpha, alpha * part)
    assert upper_error(int(alpha * part * rows), rows) <= alpha


@pytest.mark.parametrize("alpha", [0.03, 0.05, 0.1])
def test_the_error_of_what_goes_out_stays_within_alpha(alpha):
    kept, sent = [], []
    for seed in range(200):
        confidence, correct = _answers(2000, seed)
        found = certified_threshold(confidence, correct, Risk(alpha))
        later, right = _answers(1000, 10_000 + seed)
        auto = later >= found.value
        sent.append(auto.mean())
        kept.append(not auto.any() or 1 - right[auto].mean() <= alpha)
    # 190 of 200 are the promise; 184 is two standard errors below.
    assert np.mean(kept) >= 0.92
    # Sending nothing would keep any promise; at 3 % little more is possible here.
    assert alpha < 0.05 or np.mean(sent) > 0.04


def test_crc_bounds_the_share_among_all_messages_not_among_automatic_ones():
    among_all, among_auto = [], []
    for seed in range(100):
        confidence, correct = _answers(500, seed)
        later, right = _answers(500, 10_000 + seed)
        auto = later >= crc_threshold(confidence, correct, 0.05)
        among_all.append((auto & ~right).mean())
        among_auto.append(1 - right[auto].mean())
    assert np.mean(among_all) <= 0.055
    assert np.mean(among_auto) > 0.06


def test_crc_by_hand():
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    correct = np.array([True, True, False, True])
    assert crc_threshold(confidence, correct, 0.2) == 0.8
    assert crc_threshold(confidence, correct, 0.4) == 0.6
    assert crc_threshold(confidence, correct, 0.1) == float("inf")


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_abstention_is_monotone(seed):
    confidence, correct = _answers(1500, seed)
    values = [
        certified_threshold(confidence, correct, Risk(alpha)).value
        for alpha in (0.2, 0.1, 0.05, 0.02)
    ]
    assert values == sorted(values)


def test_ties_go_out_together_or_not_at_all():
    confidence = np.repeat([0.9, 0.5], [300, 300])
    correct = np.append(np.ones(300, dtype=bool), np.arange(300) % 2 == 0)
    found = certified_threshold(confidence, correct, Risk(0.05))
    assert (found.value, found.accepted, found.errors) == (0.9, 300, 0)
    assert found.coverage == 0.5


def test_a_shorter_window_asks_for_more_certainty():
    confidence, correct = _answers(4000, 3)
    short, endless = (
        certified_threshold(confidence, correct, Risk(0.1, horizon=horizon)).value
        for horizon in (200, None)
    )
    assert short > endless


@pytest.mark.parametrize(
    ("values", "message"),
    [((0.0,), "alpha is 0"), ((0.1, 1.0), "delta is 1"), ((0.1, 0.1, 0), "horizon is 0")],
)
def test_impossible_wishes(values, message):
    with pytest.raises(ValueError, match=message):
        Risk(*values)


def _head(rows, seed, classes=4, right=0.97):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows)
    answer = np.where(rng.random(rows) < right, labels, (labels + 1) % classes)
    chances = np.full((rows, classes), 0.05 / (classes - 1))
    chances[np.arange(rows), answer] = 0.95 - 0.1 * rng.random(rows)
    return chances / chances.sum(axis=1, keepdims=True), labels


NAMES = ["Двор", "Вода", "Свет", "Транспорт"]


def test_too_few_messages_are_refused_with_the_number_that_is_missing():
    chances, labels = _head(120, 0)
    check = check_fit(chances, labels, NAMES, Risk(0.05))
    needed = rows_needed(0.05, 0.025)
    assert not check.passed
    assert check.missing == (
        f"Для ошибки 5\u00a0% нужно не меньше {needed} проверенных ответов, в окне 120: "
        f"не хватает {needed - 120}.",
    )
    assert not check.accepts(chances).any()


def test_a_bad_head_is_refused_and_more_labels_are_not_asked_for():
    chances, labels = _head(3000, 0, right=0.7)
    check = check_fit(chances, labels, NAMES, Risk(0.05))
    assert not check.passed
    assert "новые проверки не помогут" in check.missing[0]


def test_a_class_without_evidence_is_never_automatic():
    chances, labels = _head(2000, 1)
    rare = chances.argmax(axis=1) == 3
    few = np.flatnonzero(rare)[12:]
    kept = np.setdiff1d(np.arange(2000), few)
    check = check_fit(chances[kept], labels[kept], NAMES, Risk(0.1))
    assert check.passed
    assert check.thin == ("Транспорт",)
    assert "«Транспорт» (8)" in check.missing[0]
    assert not check.accepts(chances[rare]).any()


def test_unknown_labels_are_errors():
    chances, labels = _head(2000, 2, right=1.0)
    assert check_fit(chances, labels, NAMES, Risk(0.05)).passed
    assert not check_fit(chances, np.where(labels == 0, -1, labels), NAMES, Risk(0.05)).passed


def _tree_windows(rows, seed):
    """A hard topic head and an easy group head on the same messages."""
    topics, topic_labels = _head(rows, seed, classes=4, right=0.75)
    rng = np.random.default_rng(seed)
    right = topics.argmax(axis=1) == topic_labels
    topics = np.where((right & (rng.random(rows) < 0.6))[:, None], topics, 0.5 * topics + 0.5 / 4)
    groups, group_labels = _head(rows, seed + 1, classes=2, right=0.98)
    return [
        Window(topics, topic_labels, NAMES, "тема"),
        Window(groups, group_labels, ["Дом", "Город"], "группа"),
    ]


def test_unsure_of_the_topic_falls_back_to_the_group_then_to_a_person():
    routing = fit_routing(_tree_windows(4000, 0), Risk(0.1))
    later = _tree_windows(500, 50)
    decisions = routing.decide([window.probabilities for window in later])
    levels = routing.accepted([window.probabilities for window in later])
    assert {0, 1} <= set(levels.tolist())
    for decision, level in zip(decisions, levels.tolist(), strict=True):
        assert decision.level == (None if level < 0 else level)
        assert (decision.action == "auto") == (level >= 0)
    fallback = next(d for d in decisions if d.level == 1)
    assert fallback.reason.startswith("тема: уверенность 0,")
    assert "; группа: уверенность 0," in fallback.reason


def test_the_fall_back_is_certified_on_what_the_topic_left_over():
    """Group answers are right where the topic is sure, and poor on the rest."""
    rng = np.random.default_rng(0)
    easy = rng.random(4000) < 0.7
    labels = rng.integers(0, 2, 4000)
    wrong = ~easy & (rng.random(4000) < 0.3)
    groups = np.eye(2)[np.where(wrong, 1 - labels, labels)] * 0.8 + 0.1
    topics = np.eye(2)[labels] * np.where(easy, 0.9, 0.1)[:, None] + 0.05
    topics = np.where(easy[:, None], topics, [0.52, 0.48])
    alone = check_fit(groups, labels, ["а", "б"], Risk(0.12))
    routing = fit_routing(
        [Window(topics, labels, ["а", "б"], "тема"), Window(groups, labels, ["а", "б"], "группа")],
        Risk(0.12),
    )
    assert alone.passed
    assert routing.levels[0].passed
    assert not routing.levels[1].passed


def test_reasons_read_well():
    chances, labels = _head(2000, 4)
    routing = fit_routing([Window(chances, labels, NAMES, "исполнитель")], Risk(0.05))
    limit = routing.levels[0].threshold.value
    below, above = (np.array([[c, 1 - c, 0.0, 0.0]]) for c in (limit - 1e-4, limit + 1e-4))
    reasons = [routing.decide([each])[0].reason for each in (below, above)]
    assert reasons[0].endswith("для ошибки 5\u00a0%")
    low, high = reasons[0].split()[1], reasons[0].split()[4]
    assert reasons[0].startswith(f"уверенность {low} ниже порога {high}")
    assert low < high
    assert " не ниже порога " in reasons[1]
    closed = fit_routing([Window(chances[:50], labels[:50], NAMES, "исполнитель")], Risk(0.05))
    assert closed.decide([above])[0].action == "review"
    assert "автоматика выключена" in closed.decide([above])[0].reason


def test_levels_of_different_length_are_refused():
    chances, labels = _head(60, 5)
    with pytest.raises(ValueError, match=r"\[50, 60\] messages"):
        fit_routing(
            [Window(chances, labels, NAMES, "а"), Window(chances[:50], labels[:50], NAMES, "б")],
            Risk(0.1),
        )


@pytest.mark.parametrize(
    ("share", "text"), [(0.05, "5"), (0.005, "0,5"), (0.1, "10"), (0.025, "2,5")]
)
def test_percent(share, text):
    assert percent(share) == f"{text}\u00a0%"


def test_the_table_of_windows_knows_drift_from_none():
    confidence, correct = _answers(4000, 0)
    rng = np.random.default_rng(1)
    worse = np.arange(4000) >= 2400
    correct = np.where(worse, rng.random(4000) < confidence - 0.1, correct)
    judged = Judged(
        confidence,
        correct,
        groups=np.arange(4000) // 2,
        labels=rng.integers(-1, 5, 4000),
        times=np.arange(4000),
        channels=np.where(worse, "письмо", "пост"),
    )
    table = realised_errors(judged, [0.1], calibration=1500, windows=40)
    rows = {(row.drift, row.method): row for row in table}
    assert {drift for drift, _ in rows} == {
        "none",
        "labels",
        "time",
        "channel письмо",
        "channel пост",
    }
    assert rows["none", "certified"].kept >= 0.9
    assert rows["time", "certified"].kept < 0.5 < rows["none", "certified"].kept
    assert rows["none", "certified"].kept_sent <= rows["none", "certified"].kept
    assert rows["none", "crc"].coverage > rows["none", "certified"].coverage
    assert table == realised_errors(judged, [0.1], calibration=1500, windows=40)
    assert table[0].as_dict()["alpha"] == 0.1
