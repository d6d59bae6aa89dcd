"""Let n-grams answer for themselves in a head of few classes.

Who must answer is often said by one street or one company. In the short vectors that all heads
share, so rare a word is lost among the topics; a head of ten classes can afford a weight per n-gram
and class. The weights stand beside the shared vectors as further numbers of each n-gram, and the
head listens to these alone.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from otklik.datasets.errors import BadSettings
from otklik.training.targets import Target

Floats = npt.NDArray[np.float32]
MOST_CLASSES = 32
"""Every class costs a byte for each n-gram of the table."""


def check_direct(targets: Sequence[Target], direct: Sequence[str]) -> None:
    """Refuse heads that cannot have numbers of their own, before hours are spent.

    Raises
    ------
    BadSettings
        No such head, a head of shares, or one of too few or too many classes.
    """
    by_name = {target.head: target for target in targets}
    for name in direct:
        target = by_name.get(name)
        if target is None or target.shares is not None:
            native = ", ".join(sorted(t.head for t in targets if t.shares is None))
            raise BadSettings(f"`direct` names {name!r}; heads with labels are {native}.")
        if not 2 <= len(target.classes) <= MOST_CLASSES:
            raise BadSettings(
                f"`direct` names {name!r} with {len(target.classes)} classes; n-grams speak for "
                f"themselves in heads of 2 to {MOST_CLASSES}. Take it out of the preset."
            )


def fit_direct(
    rows: csr_matrix, weights: Floats, target: Target, *, strength: float = 0.5, seed: int
) -> tuple[Floats, Floats]:
    """One linear classifier, one class against the rest, on the n-grams themselves.

    Parameters
    ----------
    rows : csr_matrix of shape (n_texts, n_features)
    weights : float32 of shape (n_texts,)
        Weight of each text.
    target : Target
        With class numbers; rows are those of the texts.
    strength : float
        Inverse of the regularisation (`C`).

    Returns
    -------
    (float32 of shape (n_classes, n_features), float32 of shape (n_classes,))
        Weights and biases of the margins.
    """
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    known = np.flatnonzero(target.numbers >= 0)
    machine = LinearSVC(C=strength, random_state=seed)
    machine.fit(rows[known], target.numbers[known], sample_weight=weights[known])
    own, bias = np.atleast_2d(machine.coef_), np.atleast_1d(machine.intercept_)
    if len(own) == 1:  # two classes, one margin
        own, bias = np.vstack([-own, own]), np.concatenate([-bias, bias])
    return own.astype(np.float32), bias.astype(np.float32)


def joined_vectors(shared: Floats, own: Floats) -> tuple[Floats, float]:
    """Shared vectors of all n-grams with a head's own numbers beside them.

    Parameters
    ----------
    shared : float32 of shape (n_features, rank)
    own : float32 of shape (n_classes, n_features)

    Returns
    -------
    (float32 of shape (n_features, rank + n_classes), float)
        And the factor that the own numbers were multiplied by: all numbers of an n-gram are
        rounded in one scale, so they must be alike in size.
    """
    factor = float(np.sqrt((shared**2).mean()) / max(float(np.sqrt((own**2).mean())), 1e-12))
    return np.hstack([shared, own.T * np.float32(factor)]), factor
