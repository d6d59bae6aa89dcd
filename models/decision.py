"""One decision for each message: send out the topic, else the group, else ask a person; and why.

Whoever the topic rule sends out never reaches the group rule. The messages that do are the harder
ones, so the group's threshold is certified on those only; the share of windows that may fail is
divided between the levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Literal, NamedTuple

import numpy as np

from otklik.models.fit_check import MIN_ANSWERS, FitCheck, check_fit, percent
from otklik.models.hierarchy import Floats, Indices
from otklik.models.risk import Risk


class Window(NamedTuple):
    """A head's answers on the calibration window: float64 (n, k), int64 (n,), k names, a noun."""

    probabilities: Floats
    labels: Indices
    classes: Sequence[str]
    noun: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one message.

    Parameters
    ----------
    action : {"auto", "review"}
    level : int or None
        Place of the level whose answer goes out; None for review.
    answer : int or None
        Column of that answer.
    reason : str
        One short Russian phrase for each level that was asked.
    """

    action: Literal["auto", "review"]
    level: int | None
    answer: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Routing:
    """The certified levels of one rubricator, the finest first; one level for a flat head."""

    levels: tuple[FitCheck, ...]

    def decide(self, probabilities: Sequence[Floats]) -> list[Decision]:
        """One decision per message.

        Parameters
        ----------
        probabilities : sequence of float64 of shape (n, k)
            One array for each level, in the order of `levels`.
        """
        answers = [level.argmax(axis=1).tolist() for level in probabilities]
        surest = [level.max(axis=1).tolist() for level in probabilities]
        return [
            self._decision([column[row] for column in answers], [each[row] for each in surest])
            for row in range(len(answers[0]))
        ]

    def accepted(self, probabilities: Sequence[Floats]) -> Indices:
        """Level that goes out for each message, int64 of shape (n,); -1 for review."""
        level_of = np.full(len(probabilities[0]), -1, dtype=np.int64)
        for place in range(len(self.levels) - 1, -1, -1):
            level_of[self.levels[place].accepts(probabilities[place])] = place
        return level_of

    def _decision(self, answers: list[int], surest: list[float]) -> Decision:
        reasons: list[str] = []
        named = len(self.levels) > 1
        for place, level in enumerate(self.levels):
            accepted, reason = _judged(level, answers[place], surest[place])
            reasons.append(f"{level.noun}: {reason}" if named else reason)
            if accepted:
                return Decision("auto", place, answers[place], "; ".join(reasons))
        return Decision("review", None, None, "; ".join(reasons))


def fit_routing(
    windows: Sequence[Window], risk: Risk, *, min_answers: int = MIN_ANSWERS
) -> Routing:
    """Certify one level after the other on the same messages.

    Parameters
    ----------
    windows : sequence of Window
        The finest level first (topic, then group); rows are the same messages in each.
    risk : Risk
        α holds for the answers of each level, and so for all together.

    Raises
    ------
    ValueError
        No level, or levels of different length.
    """
    sizes = {len(window.labels) for window in windows}
    if len(sizes) != 1:
        raise ValueError(f"windows have {sorted(sizes)} messages; expected one and the same.")
    each = replace(risk, delta=risk.delta / len(windows))
    left = np.ones(sizes.pop(), dtype=bool)
    levels = []
    for probabilities, labels, classes, noun in windows:
        share = float(left.mean()) if len(left) else 0.0
        # Of the owner's window only the same share reaches this level.
        horizon = each.horizon and max(1, round(each.horizon * share))
        level = check_fit(
            probabilities[left],
            labels[left],
            classes,
            replace(each, horizon=horizon),
            noun=noun,
            min_answers=min_answers,
        )
        levels.append(level)
        left = left & ~level.accepts(probabilities)
    return Routing(tuple(levels))


def _judged(level: FitCheck, answer: int, confidence: float) -> tuple[bool, str]:
    if not level.passed:
        return False, (
            f"автоматика выключена, порог для ошибки {percent(level.risk.alpha)} не подтверждён"
        )
    if level.judged[answer] < level.min_answers:
        return False, (
            f"мало проверенных ответов «{level.classes[answer]}»: "
            f"{level.judged[answer]} из {level.min_answers}"
        )
    limit = level.threshold.value
    goal = f"для ошибки {percent(level.risk.alpha)}"
    # Rounded apart, so that «0,81 ниже порога 0,81» is never read.
    if confidence < limit:
        low, high = floor(confidence * 100) / 100, ceil(limit * 100) / 100
        return False, f"уверенность {_comma(low)} ниже порога {_comma(high)} {goal}"
    low, high = floor(limit * 100) / 100, floor(confidence * 100) / 100
    return True, f"уверенность {_comma(high)} не ниже порога {_comma(low)} {goal}"


def _comma(share: float) -> str:
    return f"{share:.2f}".replace(".", ",")
