"""What people run instead of our clusters: each takes vectors and texts and gives labels."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from bertopic import BERTopic
from evoc import EVoC
from hdbscan import HDBSCAN
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score
from umap import UMAP

Labels = np.ndarray
Rival = Callable[[np.ndarray, Sequence[str], Sequence[str]], Labels]
SEED = 42


def kmeans(vectors: np.ndarray, texts: Sequence[str], truth: Sequence[str]) -> Labels:
    """At the true number of topics, which nobody knows beforehand."""
    count = min(len(set(truth)), len(vectors))
    return KMeans(count, n_init=3, random_state=SEED).fit_predict(vectors)


def evoc(vectors: np.ndarray, texts: Sequence[str], truth: Sequence[str]) -> Labels:
    return EVoC(random_state=SEED).fit_predict(vectors)


def bertopic(vectors: np.ndarray, texts: Sequence[str], truth: Sequence[str]) -> Labels:
    """As its documentation shows it, for texts that are not English."""
    found, _ = BERTopic(language="multilingual", embedding_model=None).fit_transform(texts, vectors)
    return np.asarray(found)


@dataclass(frozen=True, slots=True)
class Tuned:
    """Settings of BERTopic that were best on the development part."""

    neighbours: int
    min_size: int
    method: str
    reduce: bool

    def __call__(self, vectors: np.ndarray, texts: Sequence[str], truth: Sequence[str]) -> Labels:
        model = BERTopic(
            language="multilingual",
            embedding_model=None,
            umap_model=_umap(self.neighbours),
            hdbscan_model=_hdbscan(self.min_size, self.method),
        )
        found, _ = model.fit_transform(texts, vectors)
        if self.reduce and len(set(found) - {-1}) > 1 and -1 in found:
            found = model.reduce_outliers(
                texts, found, strategy="embeddings", embeddings=vectors, threshold=0.0
            )
        return np.asarray(found)


def tune(vectors: np.ndarray, truth: Sequence[str]) -> tuple[Tuned, float]:
    """The best of sixteen settings (and of two neighbourhoods) by AMI with the truth."""
    tried: list[tuple[float, Tuned]] = []
    for neighbours in (15, 30):
        flat = _umap(neighbours).fit_transform(vectors)
        for size, method in itertools.product((10, 20, 40, 80), ("eom", "leaf")):
            labels = _hdbscan(size, method).fit_predict(flat)
            for reduce in (False, True):
                shown = _reduced(vectors, labels) if reduce else labels
                score = adjusted_mutual_info_score(truth, shown)
                tried.append((score, Tuned(neighbours, size, method, reduce)))
    score, best = max(tried, key=lambda pair: pair[0])
    return best, score


def _reduced(vectors: np.ndarray, labels: Labels) -> Labels:
    """What `reduce_outliers` does with embeddings: the topic whose mean is nearest."""
    if labels.max() < 1:
        return labels
    means = np.stack([vectors[labels == number].mean(axis=0) for number in range(labels.max() + 1)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return np.where(labels < 0, (vectors @ means.T).argmax(axis=1), labels)


def _umap(neighbours: int) -> UMAP:
    return UMAP(
        n_neighbors=neighbours, n_components=5, min_dist=0.0, metric="cosine",
        random_state=SEED, n_jobs=1,
    )  # fmt: skip


def _hdbscan(size: int, method: str) -> HDBSCAN:
    return HDBSCAN(min_cluster_size=size, cluster_selection_method=method, prediction_data=False)


def within_blocks(rival: Rival, fewest: int = 40) -> Rival:
    """The same rival in every block by itself; a block too small for it is one cluster."""
    return partial(_within, rival, fewest)


def _within(
    rival: Rival,
    fewest: int,
    vectors: np.ndarray,
    texts: Sequence[str],
    truth: Sequence[str],
    blocks: Sequence[str],
) -> Labels:
    names = np.asarray(blocks)
    labels = np.full(len(vectors), -1, dtype=np.int64)
    for name in sorted(set(blocks)):
        rows = np.flatnonzero(names == name)
        some = ([texts[row] for row in rows], [truth[row] for row in rows])
        found = rival(vectors[rows], *some) if len(rows) >= fewest else np.zeros(len(rows))
        found = np.asarray(found, dtype=np.int64)
        labels[rows] = np.where(found < 0, -1, found + labels.max() + 1)
    return labels
