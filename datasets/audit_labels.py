"""What an audit says about labels: balance, contradictions among repeated texts, noise."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log2, sqrt

import numpy as np

RARE_ROWS = 10
SHOWN_CLASSES = 10
SHOWN_PAIRS = 20
SHOWN_TEXTS = 10
BOOTSTRAPS = 2000


@dataclass(frozen=True, slots=True)
class Balance:
    """How evenly rows are spread over classes.

    Parameters
    ----------
    classes, labelled, unlabelled : int
        Different labels; rows with and without one.
    entropy, evenness : float
        Bits; and as a share of the entropy of equal classes (1 where there is one class).
    head, tail : dict
        Rows of the ten largest and of the ten smallest other classes.
    rare_classes, rare_rows : int
        Classes of fewer than ten rows, and their rows.
    """

    classes: int
    labelled: int
    unlabelled: int
    entropy: float
    evenness: float
    head: dict[str, int]
    tail: dict[str, int]
    rare_classes: int
    rare_rows: int


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Texts that stand in several labelled rows, and those of them with different labels.

    `pairs` holds the commonest (label, label, number of texts), at most twenty; `worst` the texts
    with the most labels as (line of its first row, rows, labels), at most ten: mostly texts that
    say nothing («Да», «Сообщение без текста»).
    """

    repeated: int
    conflicting: int
    pairs: tuple[tuple[str, str, int], ...]
    worst: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """Label noise seen in repeated texts.

    Parameters
    ----------
    texts : int
        Repeated texts that it rests on.
    disagreement : float
        Chance that two rows of one repeated text bear different labels, mean over texts.
    error : float
        Share of wrong labels that explains it, if rows are labelled independently and two errors
        hardly ever agree. Too low where copies were labelled together. Repeated texts are shorter
        than others: no figure for the whole table.
    low, high : float
        95 % bootstrap interval of `error` over texts.
    """

    texts: int
    disagreement: float
    error: float
    low: float
    high: float


def balance_of(labels: Sequence[str]) -> Balance:
    """Measure class balance; an empty label counts as none."""
    counts = Counter(label for label in labels if label)
    # Equal counts by name: the report must not depend on the order of the rows.
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    total = counts.total()
    entropy = -sum(rows / total * log2(rows / total) for rows in counts.values())
    rare = [rows for rows in counts.values() if rows < RARE_ROWS]
    return Balance(
        classes=len(counts),
        labelled=total,
        unlabelled=len(labels) - total,
        entropy=round(entropy, 3),
        evenness=round(entropy / log2(len(counts)), 3) if len(counts) > 1 else 1.0,
        head=dict(ranked[:SHOWN_CLASSES]),
        tail=dict(ranked[SHOWN_CLASSES:][-SHOWN_CLASSES:]),
        rare_classes=len(rare),
        rare_rows=sum(rare),
    )


def conflicts_of(
    same: Sequence[Hashable], labels: Sequence[str], lines: Sequence[int]
) -> Conflicts:
    """Count the texts with contradicting labels; `same` is equal for rows of one text."""
    repeated = _labels_of_repeated(same, labels)
    conflicting = {text: counts for text, counts in repeated.items() if len(counts) > 1}
    pairs = Counter(
        pair for counts in conflicting.values() for pair in combinations(sorted(counts), 2)
    )
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    first_line = dict(zip(reversed(same), reversed(lines), strict=True))
    worst = sorted(
        (-len(counts), -counts.total(), first_line[text]) for text, counts in conflicting.items()
    )
    return Conflicts(
        repeated=len(repeated),
        conflicting=len(conflicting),
        pairs=tuple((left, right, texts) for (left, right), texts in ranked[:SHOWN_PAIRS]),
        worst=tuple((line, -rows, -classes) for classes, rows, line in worst[:SHOWN_TEXTS]),
    )


def noise_of(same: Iterable[Hashable], labels: Sequence[str]) -> Noise | None:
    """Estimate label noise from repeated texts; None where no text is repeated."""
    disagreements = np.array([*map(_disagreement, _labels_of_repeated(same, labels).values())])
    if not len(disagreements):
        return None
    rng = np.random.default_rng(0)
    size = len(disagreements)
    means = [float(rng.choice(disagreements, size).mean()) for _ in range(BOOTSTRAPS)]
    low, high = np.quantile(means, [0.025, 0.975]).tolist()
    mean = float(disagreements.mean())
    return Noise(size, round(mean, 4), *(round(_error(d), 4) for d in (mean, low, high)))


def _labels_of_repeated(
    same: Iterable[Hashable], labels: Sequence[str]
) -> dict[Hashable, Counter[str]]:
    counts: dict[Hashable, Counter[str]] = {}
    for text, label in zip(same, labels, strict=True):
        if label:
            counts.setdefault(text, Counter())[label] += 1
    return {text: found for text, found in counts.items() if found.total() > 1}


def _disagreement(counts: Counter[str]) -> float:
    rows = counts.total()
    agreeing = sum(n * (n - 1) for n in counts.values())
    return 1 - agreeing / (rows * (rows - 1))


def _error(disagreement: float) -> float:
    return 1 - sqrt(1 - disagreement)
