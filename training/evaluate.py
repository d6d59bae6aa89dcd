"""Judge a head of a bundle on a labelled table, labels of another rubricator included."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from otklik.datasets.crosswalk_routes import resolve_code
from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.errors import BadFile, UnknownTopic
from otklik.datasets.labelled import load_labelled
from otklik.datasets.rubricator import Rubricator, name_key
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.classifier import GROUP, rubricator_head
from otklik.models.normalise import normalise_many
from otklik.models.predictor import Predictor
from otklik.training.metrics import Report, evaluate_head
from otklik.training.resample import Judged
from otklik.training.slices import text_slices

CHUNK = 2048
Translate = Callable[[str], dict[str, float]]


class Evaluated(NamedTuple):
    """What was found, and the answers behind it."""

    report: Report
    judged: Judged


def evaluate_table(
    predictor: Predictor,
    path: Path,
    head: str,
    *,
    text_column: str = "text",
    label_column: str,
    crosswalk: str | None = None,
    mask: bool = True,
    seed: int = 7,
    advance: Callable[[int], None] = lambda _texts: None,
) -> Evaluated:
    """Judge one head on a labelled table.

    With a crosswalk a label may stand for several classes. The answer counts as right if it is one
    of them; where it is none, the class with the largest share is what should have been said.

    Parameters
    ----------
    crosswalk : str or None
        Rubricator version that the labels belong to; only for the heads of a rubricator.
    mask : bool
        Off only for texts that are masked already.

    Raises
    ------
    BadFile
        The table lacks a column or has no labelled row.
    BadBundle, UnknownVersion
        No such head or crosswalk.
    """
    predictor.check_heads([head])
    classes = predictor.bundle.heads[head].classes
    translate = _translator(head, classes, predictor.bundle.facts["rubricator"], crosswalk)
    table = load_labelled(path)
    given = table.column(label_column)
    rows = [row for row, label in enumerate(given) if label]
    if not rows:
        raise BadFile(f"{path.name}: column {label_column!r} is empty in all {len(given)} rows.")
    cells = table.column(text_column)
    raw = [cells[row] for row in rows]
    texts = normalise_many(raw) if mask else raw
    found = []
    for start in range(0, len(texts), CHUNK):
        part = texts[start : start + CHUNK]
        found.append(predictor.probabilities(part, [head])[head])
        advance(len(part))
    probabilities = np.concatenate(found)
    labels = _settled([given[row] for row in rows], translate, classes, probabilities)
    groups = near_duplicate_groups(texts)
    report = evaluate_head(
        probabilities, list(classes), labels, groups, text_slices(raw, labels), seed
    )
    place = {name: number for number, name in enumerate(classes)}
    truth = np.array([place.get(label, -1) for label in labels], dtype=np.int64)
    right = probabilities.argmax(axis=1) == truth
    return Evaluated(report, Judged(probabilities.max(axis=1), right, groups, truth))


def _settled(
    given: Sequence[str],
    translate: Translate,
    classes: Sequence[str],
    probabilities: npt.NDArray[np.float64],
) -> list[str]:
    """One class for each row: the answered one if the label allows it, else its largest share."""
    answers = probabilities.argmax(axis=1)
    known = {label: translate(label) for label in set(given)}
    settled = []
    for label, answer in zip(given, answers.tolist(), strict=True):
        shares = known[label]
        if not shares:
            settled.append(label)
        elif classes[answer] in shares:
            settled.append(classes[answer])
        else:
            settled.append(max(shares, key=lambda code: shares[code]))
    return settled


def _translator(
    head: str, classes: Sequence[str], version: str, crosswalk: str | None
) -> Translate:
    """How a label of the table becomes classes of the head; nothing where it is unknown."""
    topic = rubricator_head(version)
    if head not in (topic, topic + GROUP):
        if crosswalk:
            raise BadFile(
                f"--crosswalk {crosswalk} goes with the heads {topic} and {topic + GROUP}; "
                f"{head!r} has labels of its own."
            )
        by_key = {name_key(name): name for name in classes}
        return lambda label: {by_key[key]: 1.0} if (key := name_key(label)) in by_key else {}
    target = load_rubricator(version)
    source = load_rubricator(crosswalk) if crosswalk else target
    if head == topic:
        return lambda label: _topics(label, source, target)
    return lambda label: _groups(label, source, target)


def _topics(label: str, source: Rubricator, target: Rubricator) -> dict[str, float]:
    code = _code(label, source)
    if code is None:
        return {}
    if source.version == target.version:
        return {code: 1.0}
    shares = resolve_code(code, source.version, target.version)
    topics = {topic.code for topic in target.topics}
    return {code: share for code, share in shares.items() if code in topics}


def _groups(label: str, source: Rubricator, target: Rubricator) -> dict[str, float]:
    try:
        code = source.find_group(label).code
    except UnknownTopic:
        code = label if label in source else _code(label, source) or ""
    if not code:
        return {}
    if source.version == target.version:
        return {target.group_code(code): 1.0}
    groups: dict[str, float] = {}
    for topic, share in resolve_code(code, source.version, target.version).items():
        group = target.group_code(topic)
        groups[group] = groups.get(group, 0.0) + share
    return groups


def _code(label: str, rubricator: Rubricator) -> str | None:
    if label in rubricator:
        return label
    try:
        return rubricator.find(label).code
    except UnknownTopic:
        return None
