"""Challenger against champion on the same texts: which differences are more than chance.

Paired: both answer every text, and whole groups of near-duplicates are drawn. Where several parts
of a test set are looked at, each is asked for stronger proof, so that a good model is not stopped
by the number of questions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from otklik.training.answers import HeadAnswers
from otklik.training.gate import Gate
from otklik.training.intervals import resample_weights
from otklik.training.reliability import Reliability

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

RESAMPLES = 2000
DOUBT = 0.025
MARGIN, SLICE_MARGIN = 0.005, 0.02
"""Losses of accuracy that are let pass, on the whole and on a slice."""
MIN_GROUPS = 20
MAX_ECE = 0.03
_CHANCE_DRAWS = 200
_CHANCE_LEVEL = 0.99
_BLOCK = 250


@dataclass(frozen=True, slots=True)
class Difference:
    """Accuracies of both on one part, and how far the loss may be chance.

    `high` is the upper end of the interval of ours - theirs; below 0 the loss is proven.
    """

    ours: float
    theirs: float
    high: float
    groups: int

    @property
    def value(self) -> float:
        """Ours - theirs."""
        return self.ours - self.theirs


def compare(
    ours: Floats,
    theirs: Floats,
    groups: Indices,
    parts: Mapping[str, Mask],
    *,
    seed: int,
    questions: int = 1,
) -> dict[str, Difference]:
    """Compare two models by paired bootstrap.

    Parameters
    ----------
    ours, theirs : float64 of shape (n,)
        How right each answer is, 0 to 1.
    groups : int64 of shape (n,)
        Near-duplicates share a number.
    parts : mapping of str to bool of shape (n,)
        Those with fewer than 20 groups are left out.
    questions : int
        How many such comparisons are made; the doubt allowed is shared among them and the parts.
    """
    _, place = np.unique(groups, return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    sizes = {
        name: np.bincount(place, weights=mask, minlength=count) for name, mask in parts.items()
    }
    kept = [name for name, size in sizes.items() if np.count_nonzero(size) >= MIN_GROUPS]
    if not kept:
        return {}
    rows = np.array([sizes[name] for name in kept])
    gains = np.array(
        [np.bincount(place, (ours - theirs) * parts[name], minlength=count) for name in kept]
    )
    weights = resample_weights(count, resamples=RESAMPLES, seed=seed)
    drawn = np.concatenate([_means(block, gains, rows) for block in _blocks(weights)])
    highs = np.quantile(drawn, 1 - DOUBT / (questions * len(kept)), axis=0)
    return {
        name: Difference(
            float(ours[parts[name]].mean()),
            float(theirs[parts[name]].mean()),
            float(high),
            int(np.count_nonzero(sizes[name])),
        )
        for name, high in zip(kept, highs, strict=True)
    }


def _blocks(weights: Iterator[Floats]) -> Iterator[Floats]:
    """Some resamples at once, float64 of shape (n_resamples, n_groups): one product for all."""
    while taken := list(islice(weights, _BLOCK)):
        yield np.array(taken)


def _means(weights: Floats, gains: Floats, rows: Floats) -> Floats:
    return np.asarray((weights @ gains.T) / np.maximum(weights @ rows.T, 1))


def accuracy_gate(head: str, ours: HeadAnswers, theirs: Floats, groups: Indices, seed: int) -> Gate:
    """Whether a head answers no worse than the champion's on the whole hold-out."""
    name = f"accuracy of {head}"
    whole = np.ones(len(groups), dtype=bool)
    found = compare(ours.right, theirs, groups, {"": whole}, seed=seed).get("")
    if found is None:
        todo = f"{len(groups)} labelled rows are too few. Give a larger hold-out."
        return Gate(name, False, len(groups), MIN_GROUPS, todo)
    if found.high < 0 and found.value < -MARGIN:
        todo = f"Worse beyond chance, by {-found.value:.3f}. Look at labels, data and epochs."
        return Gate(name, False, found.ours, found.theirs, todo)
    return Gate(name, True, found.ours, found.theirs, f"On {len(groups)} rows, not worse.")


def common_gate(head: str, ours: HeadAnswers, truth: Sequence[str], groups: Indices) -> Gate:
    """Without a champion: whether a head beats the label that is always most frequent."""
    labels, counts = np.unique(np.array(truth), return_counts=True)
    common = str(labels[counts.argmax()])
    always = np.array([label == common for label in truth], dtype=np.float64)
    gate = accuracy_gate(head, ours, always, groups, 7)
    if gate.passed and ours.right.mean() <= always.mean():
        todo = f"No better than always saying {common!r}. Look at labels and data."
        return Gate(gate.name, False, gate.candidate, gate.against, todo)
    return gate


def slices_gate(head: str, found: Mapping[str, Difference]) -> Gate:
    """Whether no part of the hold-out has become worse; the worst one is named."""
    name = f"slices of {head}"
    if not found:
        return Gate(name, True, "none", "none", f"No slice has {MIN_GROUPS} groups of texts.")
    lost = {part: one for part, one in found.items() if one.high < 0 and one.value < -SLICE_MARGIN}
    worst = min(lost or found, key=lambda part: found[part].value)
    one = found[worst]
    if lost:
        named = ", ".join(f"{part} by {-lost[part].value:.3f}" for part in lost)
        todo = f"Worse beyond chance on {named}. Add or weigh up such texts."
        return Gate(name, False, one.ours, one.theirs, todo)
    return Gate(name, True, one.ours, one.theirs, f"Of {len(found)} the worst is «{worst}».")


def labels_gate(
    head: str, ours: Floats, theirs: Floats, truth: Sequence[str], groups: Indices
) -> Gate:
    """Whether no label is lost: half of what the champion found of it.

    A sign test for each label with 20 texts, one of each group of near-duplicates.
    """
    name = f"labels of {head}"
    first = np.unique(groups, return_index=True)[1]
    by_label: dict[str, list[int]] = {}
    for row in first.tolist():
        by_label.setdefault(truth[row], []).append(row)
    judged = {label: rows for label, rows in by_label.items() if len(rows) >= MIN_GROUPS}
    worst, lost = "", []
    ratios: dict[str, tuple[float, float]] = {}
    for label, rows in judged.items():
        kept, before = float(ours[rows].mean()), float(theirs[rows].mean())
        ratios[label] = kept, before
        better = int(np.count_nonzero(ours[rows] > theirs[rows]))
        worse = int(np.count_nonzero(ours[rows] < theirs[rows]))
        if worse and kept < before / 2:
            chance = binomtest(worse, worse + better, alternative="greater").pvalue
            if chance < DOUBT / len(judged):
                lost.append(label)
    if not judged:
        return Gate(name, True, "none", "none", f"No label has {MIN_GROUPS} different texts.")
    worst = min(lost or judged, key=lambda label: ratios[label][0] - ratios[label][1])
    if lost:
        todo = f"Hardly found any more: {', '.join(sorted(lost))}. Look at their training texts."
        return Gate(name, False, *ratios[worst], todo)
    return Gate(name, True, *ratios[worst], f"Of {len(judged)} the worst is «{worst}».")


def calibration_gate(
    head: str, ours: HeadAnswers, theirs: HeadAnswers | None, groups: Indices, seed: int
) -> Gate:
    """Whether stated probabilities come true, or at least as well as the champion's.

    The limit is 0.03, or more where so few rows would show more of a perfect model.
    """
    name = f"calibration of {head}"
    own = _reliability(ours)
    value, limit = own.error(), max(MAX_ECE, _chance_error(ours, seed))
    if value <= limit:
        return Gate(name, True, value, limit, "Calibration error, against the limit.")
    if theirs is not None:
        other = _reliability(theirs)
        drawn = [
            own.error(weights) - other.error(weights)
            for weights in resample_weights(len(groups), groups, resamples=500, seed=seed)
        ]
        if float(np.quantile(drawn, DOUBT)) <= 0:
            said = f"Above the limit of {limit:.3f}, but no worse than the champion."
            return Gate(name, True, value, other.error(), said)
    gap = float(ours.confidence.mean() - ours.right.mean())
    how = "surer than it is right" if gap > 0 else "less sure than it is right"
    todo = f"On average {how} by {abs(gap):.3f}. Calibrate on texts it was not trained on."
    return Gate(name, False, value, limit, todo)


def _reliability(answers: HeadAnswers) -> Reliability:
    right: npt.NDArray[np.generic] = answers.right
    return Reliability(answers.confidence, right)  # type: ignore[arg-type]


def _chance_error(answers: HeadAnswers, seed: int) -> float:
    """Error that a perfectly calibrated model with these confidences shows in one of 100 cases."""
    return float(np.quantile(list(_chance_errors(answers.confidence, seed)), _CHANCE_LEVEL))


def _chance_errors(confidence: Floats, seed: int) -> Iterator[float]:
    rng = np.random.default_rng(seed)
    for _ in range(_CHANCE_DRAWS):
        yield Reliability(confidence, rng.random(len(confidence)) < confidence).error()
