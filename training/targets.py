"""What the heads should say: labels as class numbers, crosswalked labels as shares."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.classifier import GROUP, rubricator_head
from otklik.training.examples import Examples

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Target:
    """One head's task.

    Parameters
    ----------
    head : str
        Name of the head.
    classes : list of str
        Label of each class.
    numbers : int64 of shape (n_texts,)
        Class of each text, -1 where it has none; empty for a head of shares.
    shares : float32 of shape (n_texts, n_classes) or None
        Share of each class; a row of zeros teaches nothing.
    weight : float
        Weight of the head in the loss.
    """

    head: str
    classes: list[str]
    numbers: npt.NDArray[np.int64]
    shares: Floats | None = None
    weight: float = 1.0

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which texts have a label of this head: bool of shape (n_texts,)."""
        if self.shares is not None:
            return np.asarray(self.shares.any(axis=1))
        return self.numbers >= 0


def build_targets(
    examples: Examples, rubricator: str, head_weights: dict[str, float]
) -> list[Target]:
    """Targets of every native head and of the rubricator's topics and groups."""
    targets = []
    for head in examples.labels:
        classes = examples.classes(head)
        number = {label: place for place, label in enumerate(classes)}
        numbers = np.array(
            [-1 if label is None else number.get(label, -1) for label in examples.labels[head]]
        )
        targets.append(Target(head, classes, numbers, weight=head_weights.get(head, 1.0)))
    return [*targets, *_rubricator_targets(examples, load_rubricator(rubricator), head_weights)]


def _rubricator_targets(
    examples: Examples, rubricator: Rubricator, head_weights: dict[str, float]
) -> list[Target]:
    topics = [topic.code for topic in rubricator.topics]
    groups = [group.code for group in rubricator.groups]
    topic_place = {code: place for place, code in enumerate(topics)}
    group_place = {code: place for place, code in enumerate(groups)}
    by_topic = np.zeros((len(examples.texts), len(topics)), dtype=np.float32)
    by_group = np.zeros((len(examples.texts), len(groups)), dtype=np.float32)
    for row, shares in enumerate(examples.shares):
        for code, share in (shares or {}).items():
            by_group[row, group_place[rubricator.group_code(code)]] += share
            # Mass that stops at a group says nothing of its topics.
            if code in topic_place:
                by_topic[row, topic_place[code]] += share
    total = by_topic.sum(axis=1, keepdims=True)
    by_topic = np.divide(by_topic, total, out=by_topic, where=total > 0)
    none = np.empty(0, dtype=np.int64)
    name = rubricator_head(rubricator.version)
    return [
        Target(name, topics, none, by_topic, head_weights.get(name, 1.0)),
        Target(name + GROUP, groups, none, by_group, head_weights.get(name + GROUP, 1.0)),
    ]


def rows_of(target: Target, rows: npt.NDArray[np.int64]) -> Target:
    """The same task for some of the texts; a row may be named repeatedly."""
    if target.shares is None:
        return replace(target, numbers=target.numbers[rows])
    return replace(target, shares=target.shares[rows])
