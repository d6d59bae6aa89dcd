"""Real texts that a bundle has not learned from, with what it says of them.

The split of the bundle's training is made anew from its preset and seed: its calibration part is
for tuning, its test part (of St Petersburg, the latest month) is judged. Calibration texts fitted a
few temperatures and no weight. A test text that the bundle has met word for word is left out.
"""

import json
import pickle
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from otklik.datasets.settings import load_settings
from otklik.models.predictor import Predictor, load_predictor
from otklik.pipelines.beliefs import Beliefs, beliefs_of
from otklik.training.config import Preset
from otklik.training.examples import CALIBRATION, TEST, load_examples
from otklik.training.seen import load_seen

HEADS = {"perm_im": ("perm_group", "perm_topic"), "spb_appeals": ("spb_category", "spb_reason")}


@dataclass(frozen=True)
class Messages:
    """Texts, their groups, topics and vectors; `beliefs` is what a bundle says of them, if any."""

    texts: list[str]
    groups: list[str]
    topics: list[str]
    vectors: np.ndarray
    beliefs: Beliefs | None = None

    def part(self, rows: np.ndarray) -> "Messages":
        """Some of them."""
        return Messages(
            [self.texts[row] for row in rows],
            [self.groups[row] for row in rows],
            [self.topics[row] for row in rows],
            self.vectors[rows],
            None if self.beliefs is None else self.beliefs.part(rows),
        )


def load_held(data: Path, name: str, bundle: Path, rows: int) -> tuple[Messages, Messages]:
    """Calibration and test side of one set, at most `rows` of each; kept to be used again."""
    manifest = (bundle / "bundle.json").read_bytes()
    version = sha256(manifest).hexdigest()[:16]
    kept = load_settings().var / "bench" / f"held-{name}-{rows}-{version}.pkl"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        facts, predictor = json.loads(manifest)["facts"], load_predictor(bundle)
        sides = [_read(data, name, facts, bundle, side, rows) for side in (CALIBRATION, TEST)]
        kept.write_bytes(pickle.dumps([_answered(predictor, *side) for side in sides]))
    fitted, judged = pickle.loads(kept.read_bytes())
    return fitted, judged


def _read(
    data: Path, name: str, facts: dict[str, Any], bundle: Path, side: int, rows: int
) -> tuple[list[str], list[str], list[str]]:
    preset = Preset.model_validate(facts["preset"])
    own = [one for one in preset.sets if one.file.startswith(name)]
    # A set is split by itself: the others need not be read.
    examples = load_examples(preset.model_copy(update={"sets": tuple(own), "parents": {}}), data)
    groups, topics = (examples.labels[head] for head in HEADS[name])
    there = [row for row in np.flatnonzero(examples.sides == side).tolist() if topics[row]]
    seen, _ = load_seen(bundle, facts["training_keys"]).find([examples.texts[n] for n in there])
    # The keys hold the calibration texts too: 1.000 of them shows that the split is the same.
    print(f"{name}, side {side}: {seen.mean():.3f} among the training's keys", file=sys.stderr)
    if side == TEST:
        there = [row for row, known in zip(there, seen, strict=True) if not known]
    chosen = np.sort(np.random.default_rng(preset.seed).permutation(len(there))[:rows])
    found = [there[number] for number in chosen.tolist()]
    return (
        [examples.texts[row] for row in found],
        [str(groups[row]) for row in found],
        [str(topics[row]) for row in found],
    )


def _answered(
    predictor: Predictor, texts: list[str], groups: list[str], topics: list[str]
) -> Messages:
    vectors = predictor.encode(texts)
    ranked = predictor.rank(predictor.judge(vectors, texts, predictor.heads))
    answers = [{head: answer.ranked for head, answer in one.items()} for one in ranked]
    return Messages(texts, groups, topics, vectors, beliefs_of(answers))
