"""No text stands on both sides, classes keep their share, the future stays in the test."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from otklik.datasets.errors import BadSplit
from otklik.datasets.split import group_split, stratified_group_folds, time_split


def _table(rows=2000, seed=0):
    """Labels of very different size, and groups of one to some tens of rows."""
    rng = np.random.default_rng(seed)
    labels = [f"тема {number}" for number in rng.geometric(0.15, rows)]
    groups = np.minimum(rng.integers(0, rows, rows), rng.integers(0, rows, rows)) // 2
    return labels, groups


def _crossing(split, groups):
    return set(groups[split.train].tolist()) & set(groups[split.test].tolist())


ROWS = st.lists(st.tuples(st.sampled_from("абвг"), st.integers(0, 12)), min_size=30, max_size=80)


@given(ROWS, st.floats(0.2, 0.8), st.integers(0, 5))
def test_group_split_keeps_groups_whole(rows, test, seed):
    labels, groups = [label for label, _ in rows], np.array([group for _, group in rows])
    try:
        split = group_split(groups, labels, test=test, seed=seed)
    except BadSplit:
        return
    assert not _crossing(split, groups)
    assert sorted([*split.train, *split.test]) == list(range(len(rows)))
    assert len(split.dropped) == 0


@pytest.mark.parametrize("test", [0.1, 0.2, 0.35, 0.5])
def test_every_label_keeps_its_share(test):
    labels, groups = _table()
    split = group_split(groups, labels, test=test)
    assert len(split.test) == pytest.approx(test * len(labels), rel=0.05)
    drawn = Counter(labels[row] for row in split.test)
    for label, rows in Counter(labels).items():
        assert abs(drawn[label] - test * rows) <= max(2, 0.05 * rows), label


def test_rare_labels_stay_in_training():
    labels = ["частая"] * 100 + ["редкая"] * 2
    split = group_split(np.arange(102), labels, test=0.2)
    assert [labels[row] for row in split.test].count("редкая") == 0


def test_without_labels_the_number_of_rows_counts():
    _, groups = _table()
    assert len(group_split(groups, test=0.25).test) == pytest.approx(500, abs=5)


def test_large_groups_reach_the_test_too():
    groups = np.repeat(np.arange(100), 10)
    assert len(group_split(groups, test=0.2).test) == 200


def test_same_seed_same_split():
    labels, groups = _table()
    one, same, other = (group_split(groups, labels, seed=seed) for seed in (1, 1, 2))
    assert one.test.tolist() == same.test.tolist()
    assert one.test.tolist() != other.test.tolist()


def test_folds_cover_every_row_once():
    labels, groups = _table()
    splits = stratified_group_folds(labels, groups, folds=4, seed=3)
    assert sorted(row for split in splits for row in split.test.tolist()) == list(range(2000))
    for split in splits:
        assert not _crossing(split, groups)
        assert sorted([*split.train, *split.test]) == list(range(2000))


@pytest.mark.filterwarnings("ignore:The least populated class:UserWarning")
def test_folds_are_as_even_as_those_of_scikit_learn():
    labels, groups = _table()
    ours = [split.test for split in stratified_group_folds(labels, groups)]
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    theirs = [test for _, test in folds.split(labels, labels, groups)]
    assert _unevenness(ours, labels) <= 1.1 * _unevenness(theirs, labels)


def test_folds_repeat_with_their_seed():
    labels, groups = _table()
    first, again = (stratified_group_folds(labels, groups, seed=7) for _ in range(2))
    assert [split.test.tolist() for split in first] == [split.test.tolist() for split in again]


def _days(*days):
    return np.array([np.datetime64("2026-03-01") + day for day in days])


def test_time_split_keeps_the_latest_rows():
    split = time_split(_days(9, 0, 1, 2, 3, 4, 5, 6, 7, 8), test=0.3)
    assert split.test.tolist() == [0, 8, 9]
    assert split.train.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_rows_of_one_moment_stay_together():
    split = time_split(_days(0, 1, 2, 2, 2, 2, 3, 3, 3, 4), test=0.5)
    assert split.train.tolist() == [0, 1, 2, 3, 4, 5]


def test_later_copies_of_training_texts_are_dropped():
    split = time_split(_days(*range(10)), np.array([0, 1, 2, 3, 4, 5, 6, 2, 8, 8]), test=0.3)
    assert split.test.tolist() == [8, 9]
    assert split.dropped.tolist() == [7]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=2, max_size=60))
def test_time_split_never_looks_ahead(rows):
    times, groups = _days(*(day for day, _ in rows)), np.array([group for _, group in rows])
    try:
        split = time_split(times, groups)
    except BadSplit:
        return
    assert times[split.train].max() < times[split.test].min()
    assert not _crossing(split, groups)
    assert sorted([*split.train, *split.test, *split.dropped]) == list(range(len(rows)))


FAULTS = {
    "share": (lambda: group_split([0, 1], test=1.0), "share is 1.0"),
    "one group": (lambda: group_split([0, 0, 0]), "0 for the test"),
    "no rows": (lambda: group_split([]), "0 rows for training"),
    "labels": (lambda: group_split([0, 1], ["а"]), "1 labels but 2 group numbers"),
    "one fold": (lambda: stratified_group_folds(["а", "б"], [0, 1], folds=1), "at least 2"),
    "folds": (lambda: stratified_group_folds(["а", "б"], [0, 1], folds=3), "fewer folds"),
    "one moment": (lambda: time_split(_days(1, 1, 1)), "3 rows of 1 moments"),
    "no time": (lambda: time_split(np.array(["2026-03-01", "NaT"], "M8[D]")), "row 2"),
    "times": (lambda: time_split(_days(1, 2), [0]), "2 times but 1"),
    "all known": (lambda: time_split(_days(1, 2), [0, 0]), "0 for the test"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_errors_say_what_and_how_much(fault):
    call, message = FAULTS[fault]
    with pytest.raises(BadSplit, match=message):
        call()


def _unevenness(folds, labels):
    totals = Counter(labels)
    counts = [Counter(labels[row] for row in fold) for fold in folds]
    return sum(abs(count[label] - totals[label] / 5) for count in counts for label in totals)
