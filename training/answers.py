"""What a model answers on a hold-out: of each head the label, its probability, how right it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.models.predictor import Predictor
from otklik.training.holdout import Holdout, Shares

CHUNK = 256
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeadAnswers:
    """Answers of one head on its labelled rows.

    Parameters
    ----------
    labels : list of str
        As answered.
    confidence : float64 of shape (n,)
    right : float64 of shape (n,)
        Share of the truth that the answered label has: 0 or 1 where the truth is one label.
    """

    labels: list[str]
    confidence: Floats
    right: Floats


def answer_holdout(
    predictor: Predictor,
    holdout: Holdout,
    heads: Sequence[str],
    advance: Callable[[int], None] = lambda _texts: None,
) -> dict[str, HeadAnswers]:
    """Answers of some heads, each on the rows that have its label."""
    labels: dict[str, list[str]] = {head: [] for head in heads}
    sure: dict[str, list[Floats]] = {head: [] for head in heads}
    for start in range(0, len(holdout.texts), CHUNK):
        texts = holdout.texts[start : start + CHUNK]
        for head, rows in predictor.probabilities(texts, heads).items():
            classes = predictor.bundle.heads[head].classes
            labels[head] += [classes[place] for place in rows.argmax(axis=1).tolist()]
            sure[head].append(rows.max(axis=1))
        advance(len(texts))
    found = {}
    for head in heads:
        known = holdout.rows(head)
        given = [labels[head][row] for row in known.tolist()]
        truth = [holdout.truth[head][row] for row in known.tolist()]
        confidence = np.concatenate(sure[head])[known]
        found[head] = HeadAnswers(given, confidence, rightness(given, truth))
    return found


def rightness(labels: Sequence[str], truth: Sequence[Shares | None]) -> Floats:
    """Share of the truth that each label has: float64 of shape (n,)."""
    pairs = zip(labels, truth, strict=True)
    return np.array([(shares or {}).get(label, 0.0) for label, shares in pairs])


def hard_labels(truth: Sequence[Mapping[str, float] | None]) -> list[str]:
    """Label of the largest share; empty where there is none."""
    return [max(sorted(one), key=one.__getitem__) if one else "" for one in truth]
