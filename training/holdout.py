"""The texts that champion and challenger are compared on: nobody has learned from them."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadFile
from otklik.training.examples import TEST, Examples
from otklik.training.targets import Target

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Holdout:
    """Labelled texts, of several heads.

    Parameters
    ----------
    texts : list of str
        Normalised.
    sources : list of str
        Channel of each.
    truth : dict of str to list
        Per head, for each text its labels and their shares (of sum 1; one label with share 1 as a
        rule), or None where it has none.
    """

    texts: list[str]
    sources: list[str]
    truth: dict[str, list[Shares | None]]

    def rows(self, head: str) -> npt.NDArray[np.int64]:
        """Numbers of the texts that have a label of a head."""
        labels = self.truth.get(head, ())
        return np.array([row for row, label in enumerate(labels) if label], dtype=np.int64)

    def part(self, rows: npt.NDArray[np.int64]) -> Self:
        """Keep only some of the texts."""
        chosen = rows.tolist()
        return type(self)(
            [self.texts[row] for row in chosen],
            [self.sources[row] for row in chosen],
            {head: [labels[row] for row in chosen] for head, labels in self.truth.items()},
        )

    def save(self, path: Path) -> None:
        """Write as gzipped JSON lines; equal texts give equal bytes."""
        with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            for row, (text, source) in enumerate(zip(self.texts, self.sources, strict=True)):
                truth = {head: labels[row] for head, labels in self.truth.items() if labels[row]}
                record = {"text": text, "source": source, "truth": truth}
                packed.write((json.dumps(record, ensure_ascii=False) + "\n").encode())


def load_holdout(path: Path) -> Holdout:
    """Read what `Holdout.save` wrote.

    Raises
    ------
    BadFile
        Not there, truncated, or not such a file.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            records: list[dict[str, Any]] = [json.loads(line) for line in file]
        heads = list(dict.fromkeys(head for record in records for head in record["truth"]))
        return Holdout(
            [record["text"] for record in records],
            [record["source"] for record in records],
            {head: [record["truth"].get(head) for record in records] for head in heads},
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(
            f"{path} is no hold-out ({error}). `otklik train` writes one with each version; "
            "--holdout names another."
        ) from error


def make_holdout(examples: Examples, targets: Sequence[Target]) -> Holdout:
    """Take the test side of a training.

    Parameters
    ----------
    targets : sequence of Target
        From `build_targets`; a label that training never saw counts all the same.
    """
    rows = np.flatnonzero(examples.sides == TEST)
    truth: dict[str, list[Shares | None]] = {}
    for target in targets:
        if target.shares is None:
            given = examples.labels[target.head]
            truth[target.head] = [
                None if (label := given[row]) is None else {label: 1.0} for row in rows.tolist()
            ]
        else:
            truth[target.head] = [_shares(target, shares) for shares in target.shares[rows]]
    return Holdout(
        [examples.texts[row] for row in rows.tolist()],
        [examples.sources[row] for row in rows.tolist()],
        truth,
    )


def _shares(target: Target, shares: npt.NDArray[np.float32]) -> Shares | None:
    places = np.flatnonzero(shares)
    total = float(shares.sum())
    return {target.classes[i]: float(shares[i]) / total for i in places.tolist()} or None
