"""Training and test rows: copies on one side, classes in proportion, later time as test."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadSplit

Indices = npt.NDArray[np.int64]


def _no_rows() -> Indices:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers from 0, ascending, int64; no row stands twice.

    `dropped` rows belong to neither side: later copies of a training text in a split by time.
    """

    train: Indices
    test: Indices
    dropped: Indices = field(default_factory=_no_rows)


def group_split(
    groups: npt.ArrayLike,
    labels: Sequence[str] | None = None,
    *,
    test: float = 0.2,
    seed: int = 0,
) -> Split:
    """Draw a test part of whole groups, every label in proportion as far as groups allow.

    A label whose share of the test is less than half a row stays in training: with `test=0.2`
    the labels of one or two rows.

    Parameters
    ----------
    groups : array-like of int, shape (n_rows,)
        From `near_duplicate_groups`.
    labels : sequence of str or None
        Class of each row; None keeps only the number of rows in proportion.
    test : float
        Share of rows to draw, between 0 and 1.
    seed : int
        Same seed, same split.

    Raises
    ------
    BadSplit
        One side would be empty.
    """
    _check_share(test)
    group_of = np.asarray(groups)
    classes = ["" for _ in group_of] if labels is None else labels
    side = _assign(classes, group_of, [1 - test, test], seed)
    return _checked(np.flatnonzero(side == 0), np.flatnonzero(side == 1))


def stratified_group_folds(
    labels: Sequence[str], groups: npt.ArrayLike, *, folds: int = 5, seed: int = 0
) -> list[Split]:
    """Cut the rows into folds of whole groups; each fold is the test part of one split.

    What scikit-learn's `StratifiedGroupKFold` is for, without that dependency and by the same rule
    as `group_split`.

    Raises
    ------
    BadSplit
        Fewer groups than folds.
    """
    if folds < 2:
        raise BadSplit(f"{folds} folds asked for; at least 2 are needed.")
    fold_of = _assign(labels, np.asarray(groups), [1 / folds] * folds, seed)
    return [
        _checked(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))
        for fold in range(folds)
    ]


def time_split(
    times: npt.NDArray[np.datetime64], groups: npt.ArrayLike | None = None, *, test: float = 0.2
) -> Split:
    """Keep the latest rows for the test; rows of one moment stay together.

    A later row whose group already occurs in training is dropped: as a test row it would be known,
    as a training row it would come from the future.

    Parameters
    ----------
    times : datetime64 of shape (n_rows,)
        One time zone for all.
    groups : array-like of int, shape (n_rows,), or None
        From `near_duplicate_groups`; None drops nothing.
    test : float
        Share of rows from the end, before dropping. Of two possible borders round a crowded
        moment the one nearer to this share is taken.

    Raises
    ------
    BadSplit
        A time is missing, all rows are of one moment, or one side would be empty.
    """
    _check_share(test)
    missing = np.flatnonzero(np.isnat(times))
    if len(missing):
        raise BadSplit(f"{len(missing)} rows have no time, the first is row {missing[0] + 1}.")
    later = times >= _border(times, test)
    known = np.zeros(len(times), dtype=bool)
    if groups is not None:
        group_of = np.asarray(groups)
        _check_lengths(len(times), len(group_of), "times")
        known = later & np.isin(group_of, group_of[~later])
    return _checked(np.flatnonzero(~later), np.flatnonzero(later & ~known), np.flatnonzero(known))


def _border(times: npt.NDArray[np.datetime64], test: float) -> np.datetime64:
    moments, first = np.unique(np.sort(times), return_index=True)
    if len(moments) < 2:
        raise BadSplit(f"{len(times)} rows of {len(moments)} moments cannot be split by time.")
    wanted = (1 - test) * len(times)
    border: np.datetime64 = moments[1 + np.argmin(np.abs(first[1:] - wanted))]
    return border


def _assign(
    labels: Sequence[str], groups: npt.NDArray[np.int64], shares: list[float], seed: int
) -> Indices:
    """Part of each row: groups, the largest first, go where their labels lack most (Webster)."""
    _check_lengths(len(labels), len(groups), "labels")
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(row)
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    rank = dict(zip(groups[shuffled].tolist(), range(len(groups)), strict=True))
    part_of = np.empty(len(groups), dtype=np.int64)
    given: list[Counter[str]] = [Counter() for _ in shares]
    rows_given = [0 for _ in shares]
    for group in sorted(members, key=lambda group: (-len(members[group]), rank[group])):
        counts = Counter(labels[row] for row in members[group])
        size = len(members[group])
        lack = [
            (
                sum(n * share / (given[part][label] + n / 2) for label, n in counts.items()),
                share / (rows_given[part] + size / 2),
            )
            for part, share in enumerate(shares)
        ]
        part = lack.index(max(lack))
        given[part] += counts
        rows_given[part] += size
        part_of[members[group]] = part
    return part_of


def _checked(train: Indices, test: Indices, dropped: Indices | None = None) -> Split:
    if not len(train) or not len(test):
        raise BadSplit(
            f"The split leaves {len(train)} rows for training and {len(test)} for the test; both "
            "need some. Give more rows, fewer folds or another share."
        )
    return Split(train, test, _no_rows() if dropped is None else dropped)


def _check_share(test: float) -> None:
    if not 0 < test < 1:
        raise BadSplit(f"The test share is {test}; expected more than 0 and less than 1.")


def _check_lengths(rows: int, groups: int, what: str) -> None:
    if rows != groups:
        raise BadSplit(f"{rows} {what} but {groups} group numbers; expected one for each row.")
