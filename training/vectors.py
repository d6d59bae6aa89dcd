"""What vectors are worth before a head is fitted: neighbours, retrieval, clusters, a probe."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.datasets.split import Split

Floats = npt.NDArray[np.float32]
_CHUNK = 1024
NEIGHBOURS = 10


def centred(vectors: Floats) -> Floats:
    """Vectors less their mean, of unit length again: what spreads a crowded space."""
    moved = vectors - vectors.mean(axis=0)
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
    unit: Floats = moved.astype(np.float32)
    return unit


def neighbours(vectors: Floats, most: int = NEIGHBOURS) -> npt.NDArray[np.int64]:
    """Nearest other rows by cosine: int64 of shape (n, most), nearest first."""
    found = np.empty((len(vectors), most), dtype=np.int64)
    for start in range(0, len(vectors), _CHUNK):
        rows = slice(start, start + _CHUNK)
        scores = vectors[rows] @ vectors.T
        here = np.arange(len(scores))
        scores[here, start + here] = -np.inf
        best = np.argpartition(-scores, most, axis=1)[:, :most]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        found[rows] = np.take_along_axis(best, order, axis=1)
    return found


def overlap(first: Floats, second: Floats, most: int = NEIGHBOURS) -> float:
    """Share of nearest neighbours that two encoders agree on."""
    pairs = zip(neighbours(first, most), neighbours(second, most), strict=True)
    return float(np.mean([len(np.intersect1d(a, b)) / most for a, b in pairs]))


def purity(vectors: Floats, labels: Sequence[str], most: int = NEIGHBOURS) -> float:
    """Share of nearest neighbours that have the label of the row."""
    names = np.asarray(labels)
    return float((names[neighbours(vectors, most)] == names[:, None]).mean())


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How well a text finds its own answer among all."""

    first: float
    reciprocal_rank: float


def retrieval(questions: Floats, answers: Floats) -> Retrieval:
    """Row i of `answers` belongs to row i of `questions`.

    Returns
    -------
    Retrieval
        Share of questions whose own answer is nearest, and the mean of 1 / rank.
    """
    scores = questions @ answers.T
    own = scores.diagonal()[:, None]
    ranks = 1 + (scores > own).sum(axis=1)
    return Retrieval(float((ranks == 1).mean()), float((1 / ranks).mean()))


def clusters_agreement(vectors: Floats, labels: Sequence[str], *, seed: int = 7) -> float:
    """Adjusted mutual information of k-means at the true number of classes with the labels."""
    from sklearn.cluster import KMeans  # type: ignore[import-untyped]
    from sklearn.metrics import adjusted_mutual_info_score  # type: ignore[import-untyped]

    number = len(set(labels))
    found = KMeans(number, n_init=2, random_state=seed).fit_predict(vectors)
    return float(adjusted_mutual_info_score(list(labels), found))


def probe(vectors: Floats, labels: Sequence[str], split: Split, *, strength: float = 30.0) -> float:
    """Weighted F1 of a linear model on the vectors.

    Parameters
    ----------
    strength : float
        Inverse regularisation; unit vectors of a crowded space need much.
    """
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.metrics import f1_score

    names = np.asarray(labels)
    mean = vectors[split.train].mean(axis=0)
    model = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    model.fit((vectors[split.train] - mean) * 4, names[split.train])
    answers = model.predict((vectors[split.test] - mean) * 4)
    return float(f1_score(names[split.test], answers, average="weighted"))
