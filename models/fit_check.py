"""May this head route by itself? The calibration window answers, and says what it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from otklik.models.hierarchy import Floats, Indices
from otklik.models.risk import Risk, Threshold, certified_threshold, rows_needed

MIN_ANSWERS = 20
"""Judged answers of a class before it is given automatically."""


@dataclass(frozen=True)
class FitCheck:
    """The certified threshold of one head, or the reasons why there is none.

    Parameters
    ----------
    noun : str
        What the head answers, in Russian: «тема», «группа», «исполнитель».
    classes : tuple of str
    risk : Risk
    threshold : Threshold
        Over the classes that are not thin.
    judged : tuple of int
        Judged answers for each class, right and wrong.
    missing : tuple of str
        What the window lacks, in Russian sentences for staff; empty when nothing does.
    """

    noun: str
    classes: tuple[str, ...]
    risk: Risk
    threshold: Threshold
    judged: tuple[int, ...]
    missing: tuple[str, ...]
    min_answers: int = MIN_ANSWERS

    @property
    def passed(self) -> bool:
        """Whether anything may go out without a person."""
        return bool(np.isfinite(self.threshold.value))

    @property
    def thin(self) -> tuple[str, ...]:
        """Classes with too few judged answers: never given automatically."""
        return tuple(
            name
            for name, count in zip(self.classes, self.judged, strict=True)
            if count < self.min_answers
        )

    def accepts(self, probabilities: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Which rows go out by themselves, bool of shape (n,)."""
        answers = probabilities.argmax(axis=1)
        enough = np.array(self.judged)[answers] >= self.min_answers
        return np.asarray((probabilities.max(axis=1) >= self.threshold.value) & enough)


def check_fit(
    probabilities: Floats,
    labels: Indices,
    classes: Sequence[str],
    risk: Risk,
    *,
    noun: str = "ответ",
    min_answers: int = MIN_ANSWERS,
) -> FitCheck:
    """Certify a threshold on a calibration window, or say what is missing.

    A class that the head answered fewer than `min_answers` times in the window is left out before
    the threshold is sought; which classes those are depends on answers, not on their being right,
    so the guarantee holds for what remains.

    Parameters
    ----------
    probabilities : float64 of shape (n, k)
        Calibrated, of messages that neither head nor calibrator has seen.
    labels : int64 of shape (n,)
        Column of the true class; -1 (unknown to the head) makes every answer wrong.
    classes : sequence of str of length k
    """
    answers = probabilities.argmax(axis=1)
    judged = np.bincount(answers, minlength=len(classes))
    used = judged[answers] >= min_answers
    confidence, correct = probabilities.max(axis=1), answers == labels
    threshold = certified_threshold(confidence[used], correct[used], risk, rows=len(labels))
    missing = []
    if not np.isfinite(threshold.value):
        missing.append(_why_not(confidence[used], correct[used], risk))
    if (judged < min_answers).any():
        missing.append(_thin_classes(judged, labels, classes, min_answers))
    return FitCheck(
        noun, tuple(classes), risk, threshold, tuple(judged.tolist()), tuple(missing), min_answers
    )


def _why_not(confidence: Floats, correct: np.ndarray, risk: Risk) -> str:
    fewest = rows_needed(risk.alpha, risk.alpha / 2, risk.delta) or 0
    allowed = percent(risk.alpha)
    if len(confidence) < fewest:
        return (
            f"Для ошибки {allowed} нужно не меньше {fewest} проверенных ответов, в окне "
            f"{len(confidence)}: не хватает {fewest - len(confidence)}."
        )
    surest = np.argsort(-confidence, kind="stable")[:fewest]
    error = float(1 - correct[surest].mean())
    seen = f"Из {fewest} самых уверенных ответов неверны {percent(error)}, допустимо {allowed}"
    needed = rows_needed(risk.alpha, error, risk.delta)
    if needed is None:
        return f"{seen}: новые проверки не помогут, нужна модель точнее или большее α."
    if needed <= fewest:
        return f"{seen}: запаса не хватает, проверьте ещё {fewest} сообщений или увеличьте α."
    return f"{seen}: с такой долей нужно {needed} уверенных ответов, не хватает {needed - fewest}."


def _thin_classes(
    judged: np.ndarray, labels: Indices, classes: Sequence[str], min_answers: int
) -> str:
    """Name the thin classes that people meet most; the rest are counted."""
    seen = np.bincount(labels[labels >= 0], minlength=len(classes))
    thin = np.flatnonzero(judged < min_answers)
    often = thin[np.argsort(-seen[thin], kind="stable")][:5]
    named = ", ".join(f"«{classes[place]}» ({min_answers - judged[place]})" for place in often)
    rest = len(thin) - len(often)
    return (
        f"Меньше {min_answers} проверенных ответов у классов: {len(thin)}; им автоматика "
        f"выключена. Не хватает: {named}{f' и ещё {rest}' if rest else ''}."
    )


def percent(share: float) -> str:
    """Share as staff read it: «5 %», «0,5 %», with a space that does not break."""
    return f"{share * 100:.1f}".removesuffix(".0").replace(".", ",") + "\u00a0%"
