"""Labelled examples of every set of a preset, ready for training: texts, labels, sides."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from otklik.datasets.crosswalk_routes import resolve_code
from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.errors import BadFile, UnknownTopic
from otklik.datasets.labelled import LabelledTable, load_labelled, parse_times
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.split import group_split, time_split
from otklik.models.normalise import normalise_many
from otklik.training.config import Crossing, LabelledSet, Preset
from otklik.training.corrections import Corrected

TRAIN, CALIBRATION, TEST, DROPPED = 0, 1, 2, 3
HINTS = "hints"
"""Source of the examples that the rubricator itself gives."""

Shares = dict[str, float]


@dataclass(frozen=True)
class Examples:
    """All texts of a training.

    Parameters
    ----------
    texts : list of str
        Normalised.
    sources : list of str
        Which channel each came through.
    groups : int64 of shape (n_texts,)
        Near-duplicates share a number.
    sides : int8 of shape (n_texts,)
        TRAIN, CALIBRATION, TEST or DROPPED; a group is on one side.
    weights : float32 of shape (n_texts,)
        Weight in the loss.
    repeats : int64 of shape (n_texts,)
        How often each is read in one pass.
    labels : dict of str to list
        Per head, the label of each text or None.
    shares : list of dict or None
        Codes of the default rubricator and their shares for each text, None where it has none.
    """

    texts: list[str]
    sources: list[str]
    groups: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float32]
    repeats: npt.NDArray[np.int64]
    labels: dict[str, list[str | None]]
    shares: list[Shares | None]

    def classes(self, head: str) -> list[str]:
        """Labels of a head that occur in training, sorted."""
        rows = zip(self.labels[head], self.sides, strict=True)
        return sorted({label for label, side in rows if label is not None and side == TRAIN})

    @property
    def fingerprint(self) -> str:
        """Hash of everything a training learns from (16 digits)."""
        digest = hashlib.sha256()
        for row in zip(self.texts, self.sides.tolist(), self.shares, strict=True):
            digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True).encode())
        digest.update(json.dumps(self.labels, ensure_ascii=False, sort_keys=True).encode())
        return digest.hexdigest()[:16]


def load_examples(
    preset: Preset,
    folder: Path,
    advance: Callable[[int], None] = lambda _texts: None,
    corrected: Sequence[Corrected] = (),
) -> Examples:
    """Read, mask and split every set of a preset.

    Sets with a time keep their latest part for the test, the others a stratified part of whole
    groups of near-duplicates; calibration is drawn from what remains.

    Parameters
    ----------
    folder : Path
        Where the files of the preset are.
    corrected : sequence of Corrected
        What people corrected; joins the training side, unless a text of it is a near-duplicate of
        one that is kept for calibration or test.

    Raises
    ------
    BadFile
        A set is missing or lacks a column.
    """
    texts: list[str] = []
    sources: list[str] = []
    weights: list[float] = []
    repeats: list[int] = []
    sides: list[npt.NDArray[np.int8]] = []
    heads = list(dict.fromkeys(head for part in preset.sets for head in part.heads))
    labels: dict[str, list[str | None]] = {head: [] for head in heads}
    shares: list[Shares | None] = []
    for part in preset.sets:
        table = load_labelled(folder / part.file)
        own = normalise_many(table.column(part.text))
        given = {head: _labels(table, part, head) for head in part.heads}
        count = len(own)
        texts += own
        sources += [part.source] * count
        weights += [part.weight] * count
        repeats += [part.repeats] * count
        for head in heads:
            labels[head] += given.get(head) or [None] * count
        shares += _crossed(table, part.crossing, preset.rubricator) or [None] * count
        sides.append(_sides(table, part, own, given, preset))
        advance(count)
    hints = list(hint_examples(preset.rubricator))
    texts += [text for text, _ in hints]
    sources += [HINTS] * len(hints)
    weights += [0.5] * len(hints)
    repeats += [1] * len(hints)
    for head in heads:
        labels[head] += [None] * len(hints)
    shares += [{code: 1.0} for _, code in hints]
    texts += [one.text for one in corrected]
    sources += [one.source for one in corrected]
    weights += [preset.correction_weight] * len(corrected)
    repeats += [1] * len(corrected)
    for head in heads:
        labels[head] += [None] * len(corrected)
    shares += [one.shares for one in corrected]
    sides.append(np.full(len(hints) + len(corrected), TRAIN, dtype=np.int8))
    groups = near_duplicate_groups(texts)
    return Examples(
        texts,
        sources,
        groups,
        _kept_apart(np.concatenate(sides), groups, len(corrected)),
        np.array(weights, dtype=np.float32),
        np.array(repeats),
        labels,
        shares,
    )


def _kept_apart(
    sides: npt.NDArray[np.int8], groups: npt.NDArray[np.int64], last: int
) -> npt.NDArray[np.int8]:
    """Drop those of the last rows that are near-duplicates of a calibration or test text."""
    if not last:
        return sides
    judged = np.unique(groups[np.isin(sides, (CALIBRATION, TEST))])
    tail = np.arange(len(sides) - last, len(sides))
    sides[tail[np.isin(groups[tail], judged)]] = DROPPED
    return sides


def hint_examples(rubricator: str) -> Iterable[tuple[str, str]]:
    """What the rubricator says of each topic (name, hint, phrases), with the topic's code."""
    for topic in load_rubricator(rubricator).topics:
        for text in (topic.name, topic.hint, *topic.phrases):
            if text:
                yield text, topic.code


def _labels(table: LabelledTable, part: LabelledSet, head: str) -> list[str | None]:
    words = part.words.get(head)
    cells = table.column(part.heads[head])
    if words is None:
        return [cell or None for cell in cells]
    return [words.get(cell) for cell in cells]


def _crossed(
    table: LabelledTable, crossing: Crossing | None, rubricator: str
) -> list[Shares | None] | None:
    """Shares of the default rubricator's codes for every row of a set."""
    if crossing is None:
        return None
    names = table.column(crossing.column)
    groups = table.column(crossing.group) if crossing.group else [""] * len(names)
    known: dict[tuple[str, str], Shares | None] = {}
    own = load_rubricator(crossing.version)
    for name, group in set(zip(names, groups, strict=True)):
        try:
            code = own.find(name, group or None).code
        except UnknownTopic:
            known[name, group] = None
            continue
        known[name, group] = resolve_code(code, crossing.version, rubricator) or None
    return [known[key] for key in zip(names, groups, strict=True)]


def _sides(
    table: LabelledTable,
    part: LabelledSet,
    texts: Sequence[str],
    given: dict[str, list[str | None]],
    preset: Preset,
) -> npt.NDArray[np.int8]:
    """Side of each row of one set; the first head decides what a fair share is."""
    groups = near_duplicate_groups(texts)
    first = next(iter(given.values()), None)
    if first is None:
        raise BadFile(f"{part.file}: the preset names no head for this set. Add one or drop it.")
    stratum = [label or "" for label in first]
    sides = np.full(len(texts), TRAIN, dtype=np.int8)
    if preset.test > 0:
        if part.time is None:
            split = group_split(groups, stratum, test=preset.test, seed=preset.seed)
        else:
            split = time_split(parse_times(table, part.time), groups, test=preset.test)
        sides[split.test] = TEST
        sides[split.dropped] = DROPPED
    rest = np.flatnonzero(sides == TRAIN)
    share = preset.calibration / (1 - preset.test)
    drawn = group_split(groups[rest], [stratum[i] for i in rest], test=share, seed=preset.seed + 1)
    sides[rest[drawn.test]] = CALIBRATION
    return sides
