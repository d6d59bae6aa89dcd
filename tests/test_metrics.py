"""Figures against scikit-learn, against slow references, and against pencil and paper."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score, top_k_accuracy_score

from otklik.models.temperature import softmax
from otklik.training.intervals import bootstrap, resample_weights
from otklik.training.metrics import FIGURES, encode_labels, evaluate_head, f1_scores
from otklik.training.reliability import Reliability
from otklik.training.selective import RiskCoverage
from otklik.training.slices import text_slices

ANSWERS = st.lists(
    st.tuples(st.integers(0, 10).map(lambda n: n / 10), st.booleans()), min_size=1, max_size=40
)


def _arrays(answers):
    return np.array([c for c, _ in answers]), np.array([right for _, right in answers])


def _slow_coverage(confidence, correct, precision):
    best = 0.0
    for threshold in confidence:
        through = confidence >= threshold
        if correct[through].mean() >= precision - 1e-12:
            best = max(best, through.mean())
    return best


def _slow_augrc(confidence, correct):
    """Mean generalised risk over random orders of ties, from its definition."""
    area, before, risk_before = 0.0, 0.0, 0.0
    for threshold in sorted(set(confidence.tolist()), reverse=True):
        through = confidence >= threshold
        coverage, risk = through.mean(), (through & ~correct).mean()
        area += (coverage - before) * (risk + risk_before) / 2
        before, risk_before = coverage, risk
    return area


@given(ANSWERS, st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_coverage_is_the_largest_whole_step_with_that_precision(answers, precision):
    confidence, correct = _arrays(answers)
    found = RiskCoverage(confidence, correct).curve().coverage_at(precision)
    assert found == pytest.approx(_slow_coverage(confidence, correct, precision))


@given(ANSWERS)
def test_augrc_against_its_definition(answers):
    confidence, correct = _arrays(answers)
    assert RiskCoverage(confidence, correct).curve().augrc() == pytest.approx(
        _slow_augrc(confidence, correct)
    )


@given(ANSWERS)
def test_augrc_against_the_closed_form(answers):
    """Traub et al.: (1 - AUROC) · accuracy · error + error² / 2."""
    confidence, correct = _arrays(answers)
    if correct.all() or not correct.any():
        return
    right, wrong = correct.mean(), 1 - correct.mean()
    expected = (1 - roc_auc_score(correct, confidence)) * right * wrong + wrong**2 / 2
    assert RiskCoverage(confidence, correct).curve().augrc() == pytest.approx(expected)


@given(ANSWERS, st.data())
def test_weights_mean_repeated_rows(answers, data):
    confidence, correct = _arrays(answers)
    times = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(answers), max_size=len(answers)))
    )
    if not times.sum():
        return
    weighed, repeated = (
        RiskCoverage(confidence, correct),
        RiskCoverage(np.repeat(confidence, times), np.repeat(correct, times)),
    )
    weights = times.astype(float)
    assert weighed.curve(weights).augrc() == pytest.approx(repeated.curve().augrc())
    assert weighed.curve(weights).coverage_at(0.9) == pytest.approx(
        repeated.curve().coverage_at(0.9)
    )
    assert Reliability(confidence, correct).error(weights) == pytest.approx(
        Reliability(np.repeat(confidence, times), np.repeat(correct, times)).error()
    )


def test_coverage_by_hand():
    confidence = np.array([0.9, 0.8, 0.8, 0.7])
    correct = np.array([True, True, False, True])
    curve = RiskCoverage(confidence, correct).curve()
    assert [curve.coverage_at(p) for p in (0.75, 0.9, 1.0)] == [1.0, 0.25, 0.25]
    assert RiskCoverage(confidence, np.zeros(4, dtype=bool)).curve().coverage_at(0.9) == 0.0


def test_augrc_by_hand():
    right = np.array([True, False])
    assert RiskCoverage(np.array([0.9, 0.1]), right).curve().augrc() == pytest.approx(0.125)
    assert RiskCoverage(np.array([0.1, 0.9]), right).curve().augrc() == pytest.approx(0.375)
    assert RiskCoverage(np.array([0.5, 0.5]), right).curve().augrc() == pytest.approx(0.25)


def test_ece_by_hand():
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, True, True, False])
    assert Reliability(confidence, correct).error() == pytest.approx(0.05)
    assert Reliability(np.full(10, 0.8), np.arange(10) < 5).error() == pytest.approx(0.3)
    assert Reliability(np.full(10, 0.8), np.arange(10) < 5, "mass").error() == pytest.approx(0.3)
    mass, stated, right = Reliability(confidence, correct).table()
    assert mass.sum() == 4
    assert stated[8] == pytest.approx(0.55)
    assert right[8] == pytest.approx(0.5)
    assert np.isnan(right[0])


def test_bins_of_equal_mass_hold_equally_many():
    confidence = np.random.default_rng(0).random(1500) ** 4
    mass, _, _ = Reliability(confidence, confidence > 0.5, "mass").table()
    assert mass.tolist() == [100] * 15


PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40)


@given(PAIRS)
@settings(max_examples=60)
def test_f1_is_that_of_scikit_learn(pairs):
    truth, answer = (np.array(side) for side in zip(*pairs, strict=True))
    found = f1_scores(truth, answer, np.ones(len(truth)))
    expected = [
        f1_score(truth, answer, average=kind, zero_division=0) for kind in ("weighted", "macro")
    ]
    assert found == pytest.approx(expected)


def _head(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    classes = ["Двор", "Вода", "Свет", "Транспорт", "Мусор"]
    logits = 2 * rng.standard_normal((rows, 5))
    labels = (rng.random((rows, 1)) > np.cumsum(softmax(logits), axis=1)).sum(axis=1)
    return softmax(logits), classes, np.minimum(labels, 4)


def test_the_report_agrees_with_scikit_learn():
    chances, classes, labels = _head()
    names = [classes[label] for label in labels]
    report = evaluate_head(chances, classes, names, resamples=50)
    answers = chances.argmax(axis=1)
    value = {name: estimate.value for name, estimate in report.scores.items()}
    assert tuple(value) == FIGURES
    assert value["accuracy"] == pytest.approx(accuracy_score(labels, answers))
    assert value["weighted_f1"] == pytest.approx(f1_score(labels, answers, average="weighted"))
    assert value["macro_f1"] == pytest.approx(f1_score(labels, answers, average="macro"))
    assert value["top_3"] == pytest.approx(top_k_accuracy_score(labels, chances, k=3))
    for estimate in report.scores.values():
        assert estimate.low <= estimate.value <= estimate.high or estimate.value < 0.1
    assert report.unknown == {}
    assert evaluate_head(chances, classes, labels, resamples=50) == report


def test_unknown_labels_are_named_and_count_as_errors():
    chances, classes, labels = _head(100)
    names = [classes[label] for label in labels]
    names[:3] = ["Космос", "Море", "Море"]
    report = evaluate_head(chances, classes, names, resamples=10)
    assert report.unknown == {"Море": 2, "Космос": 1}
    answers = [classes[answer] for answer in chances.argmax(axis=1)]
    for figure, expected in (
        ("accuracy", accuracy_score(names, answers)),
        ("weighted_f1", f1_score(names, answers, average="weighted", zero_division=0)),
        ("macro_f1", f1_score(names, answers, average="macro", zero_division=0)),
    ):
        assert report.scores[figure].value == pytest.approx(expected)
    as_numbers = np.where(np.arange(100) < 3, -1, labels)
    assert encode_labels(as_numbers, classes)[1] == {"?": 3}
    same = evaluate_head(chances, classes, as_numbers, resamples=10)
    assert same.scores["accuracy"] == report.scores["accuracy"]


def test_of_equal_chances_the_left_class_stands_first():
    report = evaluate_head(np.full((4, 5), 0.2), list("абвгд"), list("авгд"), resamples=5)
    assert report.scores["top_3"].value == 0.5


def test_slices_and_plain_values():
    chances, classes, labels = _head(200)
    masks = {"first": np.arange(200) < 50, "nobody": np.zeros(200, dtype=bool)}
    report = evaluate_head(chances, classes, labels, slices=masks, resamples=20)
    assert list(report.slices) == ["first"]
    rows, scores = report.slices["first"]
    alone = evaluate_head(chances[:50], classes, labels[:50], resamples=20)
    assert rows == 50
    assert scores == alone.scores
    plain = json.loads(json.dumps(report.as_dict(), ensure_ascii=False))
    assert plain["slices"]["first"]["rows"] == 50
    assert set(plain["scores"]["ece"]) == {"value", "low", "high"}


def test_copies_are_one_piece_of_evidence():
    """Ten copies of each row: the interval stays as wide as that of the tenth part."""
    chances, classes, labels = _head(100)
    many = np.repeat(chances, 10, axis=0), classes, np.repeat(labels, 10)

    def width(report):
        return report.scores["accuracy"].high - report.scores["accuracy"].low

    alone = width(evaluate_head(chances, classes, labels, resamples=400))
    grouped = width(evaluate_head(*many, groups=np.repeat(np.arange(100), 10), resamples=400))
    blind = width(evaluate_head(*many, resamples=400))
    assert grouped == pytest.approx(alone, rel=0.2)
    assert blind < 0.5 * alone


def test_the_interval_of_a_mean_is_the_textbook_one():
    flips = np.random.default_rng(1).random(2000) < 0.3
    (found,) = bootstrap(lambda w: np.array([w @ flips / w.sum()]), 2000, seed=3)
    spread = 1.96 * (0.3 * 0.7 / 2000) ** 0.5
    assert found.high - found.low == pytest.approx(2 * spread, rel=0.1)


def test_whole_groups_are_drawn():
    groups = np.array([5, 5, 9, 5, 9])
    for weights in resample_weights(5, groups, resamples=20):
        assert len(set(weights[groups == 5])) == len(set(weights[groups == 9])) == 1
        assert weights[0] + weights[2] == 2


@pytest.mark.parametrize(
    ("shape", "labels", "message"),
    [((2, 3), [0], "1 labels and 3 classes"), ((0, 3), [], "no labelled rows")],
)
def test_what_cannot_be_judged(shape, labels, message):
    with pytest.raises(ValueError, match=message):
        evaluate_head(np.zeros(shape), list("абв"), labels)


def test_text_slices():
    texts = ["КОГДА ПОЧИНЯТ ЛИФТ в 5 доме", "нет воды", "Спасибо!", "12", "Слово " * 80]
    labels = ["Лифт", "Вода", "Вода", "Вода", "Лифт"]
    slices = text_slices(
        texts,
        labels,
        training_labels=["Лифт"] * 19 + ["Вода"] * 20,
        channels=["im", "pos", "im", "im", "im"],
    )
    found = {name: np.flatnonzero(mask).tolist() for name, mask in slices.items()}
    assert found == {
        "upper": [0],
        "lower": [1],
        "short": [0, 1, 2, 3],
        "long": [4],
        "rare": [0, 4],
        "common": [1, 2, 3],
        "channel im": [0, 2, 3, 4],
        "channel pos": [1],
    }
