"""A message's whole answer: ranked labels of every head, and whether it may go out by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.decision import Decision, Routing, Window, fit_routing
from otklik.models.importance import Importance, default_scale
from otklik.models.predictor import Answer, Predictor
from otklik.models.risk import Risk
from otklik.models.utterance import Utterance, read_kinds

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
    topic_set : tuple of str
        Names of the topics, or of the whole groups, among which the right one is; empty where it
        could be any.
    utterance : Utterance
        Complaint, question, proposal, thanks, or not for the city.
    importance : Importance
        Of the likeliest topic and of the words for danger.
    """

    answers: dict[str, Answer]
    decision: str
    reason: str
    routed: tuple[str, str] | None
    topic_set: tuple[str, ...]
    utterance: Utterance
    importance: Importance


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
        self._topics = {one.code: one for one in self.rubricator.topics}
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
        sets = self._topic_sets(found[self._levels[0]])
        likeliest = found[self._levels[0]].argmax(axis=1).tolist()
        read = zip(texts, ranked, decisions, sets, likeliest, read_kinds(texts), strict=True)
        return [
            self._classified(answers, decision, names, utterance, self._rate(text, topic))
            for text, answers, decision, names, topic, utterance in read
        ]

    def _rate(self, text: str, topic: int) -> Importance:
        code = self.predictor.bundle.heads[self._levels[0]].classes[topic]
        return default_scale().rate(text, self._topics[code])

    def set_codes(self, topics: npt.NDArray[np.float64]) -> list[tuple[str, ...]]:
        """Codes of the topics, or of the whole groups, among which the right one is.

        Parameters
        ----------
        topics : float64 of shape (n, n_topics)
            Probabilities of the rubricator's topics.
        """
        head, parent = self._levels
        heads, rule = self.predictor.bundle.heads, self.predictor.bundle.sets.get(head)
        if rule is None:
            return [()] * len(topics)
        return [
            tuple(heads[head].classes[topic] for topic in one.topics)
            or tuple(heads[parent].classes[group] for group in one.groups)
            for one in rule.predict(topics)
        ]

    def _topic_sets(self, topics: npt.NDArray[np.float64]) -> list[tuple[str, ...]]:
        named = {code: name for level in self._levels for code, name in self._names[level].items()}
        return [tuple(named.get(code, code) for code in codes) for codes in self.set_codes(topics)]

    def _classified(
        self,
        answers: dict[str, Answer],
        decision: Decision,
        topic_set: tuple[str, ...],
        utterance: Utterance,
        importance: Importance,
    ) -> Classified:
        named = {
            head: Answer(head, tuple((self.label_name(head, a), p) for a, p in answer.ranked))
            for head, answer in answers.items()
        }
        routed = None
        if decision.level is not None and decision.answer is not None:
            head = self._levels[decision.level]
            code = self.predictor.bundle.heads[head].classes[decision.answer]
            routed = head, self.label_name(head, code)
        return Classified(
            named, decision.action, decision.reason, routed, topic_set, utterance, importance
        )

    def _certified(self, risk: Risk) -> Routing:
        bundle = self.predictor.bundle
        windows = []
        for head, noun in zip(self._levels, NOUNS, strict=True):
            judged, classes = bundle.windows[head], bundle.heads[head].classes
            rows = judged.probabilities(len(classes))
            names = [self.label_name(head, code) for code in classes]
            windows.append(Window(rows, judged.labels, names, noun))
        return fit_routing(windows, risk)
