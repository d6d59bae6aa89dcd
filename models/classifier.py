"""A message's whole answer: ranked labels of every head, and whether it may go out by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.decision import Decision, Routing, Window, fit_routing
from otklik.models.predictor import Answer, Predictor
from otklik.models.risk import Risk

GROUP = "_group"
NOUNS = ("тема", "группа")
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Classified:
    """What one model version says of one message.

    Parameters
    ----------
    answers : dict of str to Answer
        By head, likeliest labels first; topics of a rubricator by their names.
    decision : {"auto", "review"}
    reason : str
        In Russian, for staff.
    routed : tuple of (str, str) or None
        Head and label that go out by themselves; None for review.
    """

    answers: dict[str, Answer]
    decision: str
    reason: str
    routed: tuple[str, str] | None


def rubricator_head(version: str) -> str:
    """Name of the head of a rubricator's topics: «im-2026» → `im_2026`; groups add `_group`."""
    return version.replace("-", "_")


class Classifier:
    """Predictor, rubricator and the owner's α together.

    Parameters
    ----------
    predictor : Predictor
    alpha : float
        Largest share of wrong answers among the automatic ones.
    """

    def __init__(self, predictor: Predictor, *, alpha: float = ALPHA) -> None:
        self.predictor = predictor
        self.rubricator: Rubricator = load_rubricator(predictor.bundle.facts["rubricator"])
        topic = rubricator_head(self.rubricator.version)
        self._levels = (topic, topic + GROUP)
        self._names = {
            topic: {one.code: one.name for one in self.rubricator.topics},
            topic + GROUP: {one.code: one.name for one in self.rubricator.groups},
        }
        self.routing = self._certified(Risk(alpha))

    def label_name(self, head: str, label: str) -> str:
        """Name of a label for people; labels of other heads are names already."""
        return self._names.get(head, {}).get(label, label)

    def classify(
        self, texts: Sequence[str], heads: Sequence[str] | None = None
    ) -> list[Classified]:
        """Answer texts (normalised) in order; `heads` None means all."""
        predictor = self.predictor
        names = predictor.check_heads(predictor.heads if heads is None else heads)
        asked = tuple(dict.fromkeys([*names, *self._levels]))
        found = predictor.probabilities(texts, asked)
        decisions = self.routing.decide([found[level] for level in self._levels])
        ranked = predictor.rank({name: found[name] for name in names})
        return [
            self._classified(answers, decision)
            for answers, decision in zip(ranked, decisions, strict=True)
        ]

    def _classified(self, answers: dict[str, Answer], decision: Decision) -> Classified:
        named = {
            head: Answer(head, tuple((self.label_name(head, a), p) for a, p in answer.ranked))
            for head, answer in answers.items()
        }
        routed = None
        if decision.level is not None and decision.answer is not None:
            head = self._levels[decision.level]
            code = self.predictor.bundle.heads[head].classes[decision.answer]
            routed = head, self.label_name(head, code)
        return Classified(named, decision.action, decision.reason, routed)

    def _certified(self, risk: Risk) -> Routing:
        bundle = self.predictor.bundle
        windows = []
        for head, noun in zip(self._levels, NOUNS, strict=True):
            judged, classes = bundle.windows[head], bundle.heads[head].classes
            rows = judged.probabilities(len(classes))
            names = [self.label_name(head, code) for code in classes]
            windows.append(Window(rows, judged.labels, names, noun))
        return fit_routing(windows, risk)
