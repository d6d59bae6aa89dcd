"""What a bundle must say of its training, for gates and for whoever asks years later."""

from pathlib import Path
from typing import Any

import numpy as np

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.training.examples import CALIBRATION, TRAIN, Examples
from otklik.training.seen import seen_of
from otklik.training.targets import Target
from otklik.training.tracking import git_revision


def training_facts(
    folder: Path, examples: Examples, targets: list[Target], rubricator: str, seed: int
) -> dict[str, Any]:
    """Facts for `save_bundle`; the keys of the texts are written into the folder.

    Returns
    -------
    dict
        `rubricator` and `rubricator_fingerprint`; `data`, hash of all that was learned from;
        `seed`; `revision` of the code; `label_counts`, training texts of each label by head;
        `training_keys`, see `otklik.training.seen`.
    """
    learned = np.isin(examples.sides, (TRAIN, CALIBRATION))
    return {
        "rubricator": rubricator,
        "rubricator_fingerprint": load_rubricator(rubricator).fingerprint,
        "data": examples.fingerprint,
        "seed": seed,
        "revision": git_revision(),
        "label_counts": {target.head: _counts(target, examples) for target in targets},
        "training_keys": seen_of(
            [examples.texts[row] for row in np.flatnonzero(learned).tolist()]
        ).save(folder),
    }


def _counts(target: Target, examples: Examples) -> dict[str, int]:
    """Training texts of each label; shares of several labels are added up and rounded."""
    train = np.flatnonzero(examples.sides == TRAIN)
    if target.shares is not None:
        sums = target.shares[train].sum(axis=0)
    else:
        numbers = target.numbers[train]
        sums = np.bincount(numbers[numbers >= 0], minlength=len(target.classes))
    return {
        label: round(float(count))
        for label, count in zip(target.classes, sums, strict=True)
        if count > 0
    }
