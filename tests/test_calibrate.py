"""Calibrated probabilities are believable, keep their order, and survive a dump."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.models.calibrate import Calibrator, fit_calibrator, load_calibrator
from otklik.models.temperature import fit_temperature, fit_temperatures, softmax
from otklik.models.venn_abers import TopCurve, corrected_top, fit_top_curve
from otklik.training.reliability import Reliability


def _drawn(rows=6000, classes=6, heat=1.0, seed=0):
    """Logits and labels drawn from softmax(logits / heat): the right temperature is `heat`."""
    rng = np.random.default_rng(seed)
    logits = 3 * rng.standard_normal((rows, classes))
    chances = softmax(logits, heat)
    labels = (rng.random((rows, 1)) > np.cumsum(chances, axis=1)).sum(axis=1)
    return logits, np.minimum(labels, classes - 1)


def _ece(probabilities, labels):
    right = probabilities.argmax(axis=1) == labels
    return Reliability(probabilities.max(axis=1), right).error()


def test_softmax_by_hand():
    assert softmax(np.log([[1.0, 3.0]])).tolist() == [pytest.approx([0.25, 0.75])]
    assert softmax(np.log([[1.0, 9.0]]), 2.0).tolist() == [pytest.approx([0.25, 0.75])]
    assert softmax(np.array([[1e4, -1e4]])).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("heat", [0.5, 1.0, 3.0])
def test_the_true_temperature_is_found(heat):
    logits, labels = _drawn(heat=heat)
    assert fit_temperature(logits, labels) == pytest.approx(heat, rel=0.08)


def test_unknown_labels_do_not_move_the_temperature():
    logits, labels = _drawn(rows=1000)
    strange = np.full((500, 6), 7.0)
    both = fit_temperature(np.concatenate([logits, strange]), np.append(labels, [-1] * 500))
    assert both == pytest.approx(fit_temperature(logits, labels))


def test_without_a_known_label_nothing_is_fitted():
    with pytest.raises(ValueError, match="none of 3 rows"):
        fit_temperature(np.zeros((3, 2)), np.full(3, -1))


def test_each_stratum_has_its_temperature_and_a_small_one_that_of_all():
    cold, hot = _drawn(heat=0.7, seed=1), _drawn(heat=2.0, seed=2)
    logits = np.concatenate([cold[0], hot[0]])
    labels = np.concatenate([cold[1], hot[1]])
    strata = np.repeat([0, 1], 6000)
    strata[:50] = 2
    found = fit_temperatures(logits, labels, strata)
    assert found[:2].tolist() == pytest.approx([0.7, 2.0], rel=0.1)
    assert found[2] == fit_temperature(logits, labels)


def test_strata_must_be_given_where_they_were_fitted():
    calibrator = Calibrator(np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="2 strata"):
        calibrator.apply(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="up to 5"):
        calibrator.apply(np.zeros((1, 3)), np.array([5]))


def test_the_curve_corrects_what_a_temperature_cannot():
    """Half of the messages are noise that the head is sure about."""
    logits, labels = _drawn(rows=12000, heat=1.0, seed=3)
    rng = np.random.default_rng(4)
    noisy = rng.random(len(labels)) < 0.5
    labels = np.where(noisy, rng.integers(0, 6, len(labels)), labels)
    half = slice(0, 6000), slice(6000, None)
    plain = fit_calibrator(logits[half[0]], labels[half[0]], curve=False)
    full = fit_calibrator(logits[half[0]], labels[half[0]])
    before, after = (_ece(c.apply(logits[half[1]]), labels[half[1]]) for c in (plain, full))
    assert after < 0.03 < before


ROWS = st.integers(0, 10_000).map(
    lambda seed: softmax(4 * np.random.default_rng(seed).standard_normal((20, 7)))
)
CURVES = st.lists(st.floats(0, 1), min_size=2, max_size=8).map(
    lambda levels: TopCurve(np.linspace(0.1, 1, len(levels)), np.sort(levels))
)


@given(ROWS, CURVES, st.booleans())
def test_correction_keeps_mass_order_and_groups(rows, curve, grouped):
    parents = np.array([0, 0, 0, 1, 1, 2, 2]) if grouped else None
    after = corrected_top(rows, curve, parents)
    assert after.min() >= 0
    assert after.sum(axis=1) == pytest.approx(np.ones(len(rows)))
    top = rows.argmax(axis=1)
    # By name, not by value: a tie would let a class further left take its place.
    assert after.argmax(axis=1).tolist() == top.tolist()
    if grouped:
        for group in range(3):
            inside = parents == group
            assert after[:, inside].sum(axis=1) == pytest.approx(rows[:, inside].sum(axis=1))


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_the_curve_rises_and_never_says_certainly(seed):
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.random(400), 2)
    curve = fit_top_curve(confidence, rng.random(400) < confidence)
    assert (np.diff(curve.knots) > 0).all()
    assert (np.diff(curve.levels) >= 0).all()
    assert curve.levels.min() > 0
    assert curve.levels.max() < 1
    asked = np.linspace(0, 1, 50)
    assert (np.diff(curve(asked)) > 0).all()


def test_venn_abers_by_hand():
    """All answers have one confidence and 150 of 300 are right: p0 = 150/301, p1 = 151/301."""
    curve = fit_top_curve(np.full(300, 0.8), np.arange(300) < 150)
    assert curve.levels.tolist() == pytest.approx([(151 / 301) / (1 - 150 / 301 + 151 / 301)])


def test_few_answers_give_no_curve():
    curve = fit_top_curve(np.full(199, 0.8), np.ones(199, dtype=bool))
    assert curve(np.array([0.3])).tolist() == [0.3]


def test_certainty_of_a_single_class_stays():
    curve = TopCurve(np.array([0.0, 1.0]), np.array([0.1, 0.6]))
    assert corrected_top(np.array([[1.0]]), curve).tolist() == [[1.0]]


def test_a_dumped_calibrator_gives_the_same_bytes(tmp_path):
    from safetensors.numpy import load_file, save_file

    logits, labels = _drawn(rows=2000, heat=1.7)
    calibrator = fit_calibrator(logits, labels, np.arange(2000) % 2)
    save_file(calibrator.dump(), tmp_path / "head.safetensors")
    loaded = load_calibrator(load_file(tmp_path / "head.safetensors"))
    strata = np.arange(2000) % 2
    assert loaded.apply(logits, strata).tobytes() == calibrator.apply(logits, strata).tobytes()
