"""TF-IDF behind the behaviour tests: what a linear model does on the same lines."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from otklik.datasets.rubricator import Rubricator
from otklik.models.classifier import rubricator_head
from otklik.training.baseline import LinearBaseline
from otklik.training.behaviour import Classify, Heads

RANKS = 5
SHARPNESS = 8.0
"""Margins lie within −1 and 1: without it hundreds of topics would share evenly."""


def linear_classifier(
    texts: Sequence[str], topics: Sequence[str], rubricator: Rubricator
) -> Classify:
    """Fit a linear model on texts with topic codes and give it the shape of a bundle.

    Without own data, the rubricator's words do: `zip(*hint_examples(version))`. Probabilities are
    a softmax over margins (not calibrated); a group has the sum of its topics.
    """
    model = LinearBaseline("svm").fit(texts, topics)
    head = rubricator_head(rubricator.version)
    groups = [rubricator.group_code(code) for code in model.classes_]
    names = list(dict.fromkeys(groups))
    belongs = np.array([[group == name for name in names] for group in groups], dtype=np.float64)

    def classify(texts: Sequence[str]) -> list[Heads]:
        if not texts:
            return []
        scores = model.scores(texts)
        shares = np.exp(SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
        shares /= shares.sum(axis=1, keepdims=True)
        by_group = shares @ belongs
        return [
            {head: _ranked(model.classes_, row), f"{head}_group": _ranked(names, group_row)}
            for row, group_row in zip(shares, by_group, strict=True)
        ]

    return classify


def _ranked(labels: Sequence[str], row: npt.NDArray[np.float64]) -> list[tuple[str, float]]:
    best = np.argsort(-row, kind="stable")[:RANKS]
    return [(labels[place], float(row[place])) for place in best]
