"""How good clusters are: agreement with topics, within groups too, coherence of their words."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_mutual_info_score

from otklik.pipelines.phrase_words import lexicon, split_phrases

TOP = 10
FEWEST = 10
OPEN = {"NOUN", "ADJF", "VERB", "INFN", "PRTF"}


def agreement(truth: Sequence[str], labels: np.ndarray) -> float:
    """AMI; outliers are one label of their own."""
    return float(adjusted_mutual_info_score(truth, labels))


def agreement_within(truth: Sequence[str], labels: np.ndarray, groups: Sequence[str]) -> float:
    """AMI inside of every group of two topics and thirty messages or more, by messages."""
    names, topics = np.asarray(groups), np.asarray(truth)
    total = rows = 0.0
    for name in sorted(set(groups)):
        here = names == name
        if here.sum() >= 30 and len(set(topics[here])) > 1:
            total += here.sum() * adjusted_mutual_info_score(topics[here], labels[here])
            rows += here.sum()
    return total / rows


class Coherence:
    """NPMI of the ten foremost words of a cluster, over the texts themselves."""

    def __init__(self, texts: Sequence[str]) -> None:
        counter = CountVectorizer(analyzer=_lemmas, min_df=5, binary=True)
        self._words = csr_array(counter.fit_transform(texts).astype(np.float64))
        self._share = self._words.sum(axis=0) / len(texts)
        self._rows = len(texts)

    def __call__(self, labels: np.ndarray) -> float:
        """Mean over clusters of ten messages or more."""
        numbers = np.unique(labels[labels >= 0])
        kept = [np.flatnonzero(labels == n) for n in numbers if (labels == n).sum() >= FEWEST]
        counts = np.stack([self._words[rows].sum(axis=0) for rows in kept])
        weights = counts / counts.sum(axis=1, keepdims=True)
        weights = weights * np.log1p(counts.sum() / len(kept) / np.maximum(counts.sum(axis=0), 1))
        return float(np.mean([self._npmi(np.argsort(-row)[:TOP]) for row in weights]))

    def _npmi(self, words: np.ndarray) -> float:
        some = self._words[:, words]
        together = (some.T @ some).toarray() / self._rows
        share = self._share[words]
        with np.errstate(divide="ignore", invalid="ignore"):
            npmi = np.log(together / np.outer(share, share)) / -np.log(together)
        pairs = npmi[np.triu_indices(len(words), 1)]
        return float(np.nan_to_num(pairs, nan=-1.0, neginf=-1.0).mean())


def _lemmas(text: str) -> list[str]:
    never = lexicon().never
    return [
        word.forms[0].lemma
        for run in split_phrases(text)
        for word in run
        if word.forms and word.forms[0].pos in OPEN and word.forms[0].lemma not in never
    ]
