"""What can be said of a candidate before it answers: files, numbers, labels, size, what it saw."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from otklik.datasets.errors import BadBundle, OtklikError
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.bundle import Bundle, load_bundle
from otklik.training.gate import Gate
from otklik.training.holdout import Holdout
from otklik.training.seen import Seen, load_seen
from otklik.training.tracking import folder_hash

MAX_MEGABYTES = 20.0
MAX_SAME, MAX_ALIKE = 0.005, 0.05
"""Shares of hold-out texts: a few short ones («нет воды») are everywhere; in towns that write by
templates one text in forty is like another that is no near-duplicate of it."""
MIN_ROWS = 200
FACTS = ("rubricator", "rubricator_fingerprint", "label_counts", "training_keys", "data", "seed")


def check_files(folder: Path, registered: str | None) -> tuple[Bundle | None, Gate]:
    """Load the bundle and compare its files with those that were registered.

    Parameters
    ----------
    registered : str or None
        `folder_hash` at registration; None where the bundle was never registered.
    """
    name = "files"
    try:
        bundle = load_bundle(folder)
        found = folder_hash(folder)
    except (OtklikError, OSError) as error:
        return None, Gate(name, False, "broken", "intact", str(error))
    if registered is not None and found != registered:
        todo = "A file was changed, lost or added since registration. Train and register anew."
        return bundle, Gate(name, False, found[:16], registered[:16], todo)
    return bundle, Gate(name, True, "intact", "intact", "All files are those that were written.")


def check_contents(bundle: Bundle, champion: Bundle | None, holdout: Holdout) -> Iterator[Gate]:
    """Judge what needs no answers."""
    yield _facts(bundle)
    yield _numbers(bundle)
    yield _rubricator(bundle)
    yield _heads(bundle, champion)
    yield _size(bundle.layout.folder)
    yield _leak(bundle, holdout)


def _facts(bundle: Bundle) -> Gate:
    missing = [name for name in FACTS if name not in bundle.facts]
    if missing:
        todo = f"bundle.json lacks {', '.join(missing)}. Train with this version of otklik."
        return Gate("facts", False, f"{len(FACTS) - len(missing)} of {len(FACTS)}", "all", todo)
    return Gate("facts", True, "all", "all", "Everything that gates need is written down.")


def _numbers(bundle: Bundle) -> Gate:
    """Whether all weights are numbers."""
    for head in bundle.heads.values():
        for part, array in head.dump().items():
            if not np.isfinite(array).all():
                bad = int(np.count_nonzero(~np.isfinite(array)))
                todo = "The training diverged. Lower its rate and train anew."
                return Gate("numbers", False, f"{bad} in {head.name}/{part}", "0", todo)
    lexical = (bundle.lexical.idf, bundle.lexical.scales)
    if not all(np.isfinite(array).all() for array in lexical):
        todo = "The lexical table is spoilt. Train anew."
        return Gate("numbers", False, "lexical", "0", todo)
    return Gate("numbers", True, "0", "0", "Every weight is a finite number.")


def _rubricator(bundle: Bundle) -> Gate:
    name = "rubricator"
    version = str(bundle.facts.get("rubricator", ""))
    stated = str(bundle.facts.get("rubricator_fingerprint", ""))
    try:
        installed = load_rubricator(version).fingerprint
    except OtklikError as error:
        return Gate(name, False, version, "installed", str(error))
    if stated != installed:
        todo = f"{version} has changed since the training. Train on the installed one."
        return Gate(name, False, stated, installed, todo)
    return Gate(name, True, stated, installed, f"Codes and names are those of {version}.")


def _heads(bundle: Bundle, champion: Bundle | None) -> Gate:
    name = "heads"
    if champion is None:
        return Gate(name, True, len(bundle.heads), "none", "No champion to compare with.")
    missing = sorted(set(champion.heads) - set(bundle.heads))
    if missing:
        todo = f"{', '.join(missing)} would no longer be answered. Add its data to the preset."
        return Gate(name, False, len(bundle.heads), len(champion.heads), todo)
    todo = "Every head of the champion is there."
    return Gate(name, True, len(bundle.heads), len(champion.heads), todo)


def _size(folder: Path) -> Gate:
    """What would be shipped: all but the encoder that is built on the spot."""
    sizes = {
        path.relative_to(folder).as_posix(): path.stat().st_size / 1e6
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != "encoder"
    }
    total = sum(sizes.values())
    if total > MAX_MEGABYTES:
        largest = max(sizes, key=lambda name: sizes[name])
        todo = f"Megabytes to ship; {largest} alone has {sizes[largest]:.1f}. Make it smaller."
        return Gate("size", False, total, MAX_MEGABYTES, todo)
    return Gate("size", True, total, MAX_MEGABYTES, "Megabytes to ship.")


def _leak(bundle: Bundle, holdout: Holdout) -> Gate:
    name = "hold-out unseen"
    if len(holdout.texts) < MIN_ROWS:
        todo = f"Rows of the hold-out: too few to tell models apart. Give at least {MIN_ROWS}."
        return Gate(name, False, len(holdout.texts), MIN_ROWS, todo)
    try:
        same, alike = seen_by(bundle).find(holdout.texts)
    except BadBundle as error:
        return Gate(name, False, "unknown", MAX_SAME, str(error))
    shares = (float(same.mean()), float(alike.mean()))
    if shares[0] > MAX_SAME:
        todo = f"Share of texts learned by heart ({int(same.sum())}). Split before training."
        return Gate(name, False, shares[0], MAX_SAME, todo)
    if shares[1] > MAX_ALIKE:
        todo = "Share of near-duplicates of training texts. Keep whole groups on one side."
        return Gate(name, False, shares[1], MAX_ALIKE, todo)
    return Gate(name, True, shares[0], MAX_SAME, "Share of texts that training saw.")


def seen_by(bundle: Bundle) -> Seen:
    """What a bundle learned from.

    Raises
    ------
    BadBundle
        It does not say, or the file is broken.
    """
    facts: dict[str, Any] | None = bundle.facts.get("training_keys")
    if facts is None:
        raise BadBundle(
            f"{bundle.layout.manifest} names no training_keys. Train with this version of otklik."
        )
    return load_seen(bundle.layout.folder, facts)
