"""From texts to calibrated answers of every head: one encoder pass, one lexical pass."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadBundle
from otklik.models.bundle import Bundle, load_bundle
from otklik.models.heads import calibrated

Floats = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]

SCALE = 16.0
"""A unit vector of hundreds of numbers is too short for a linear head of hundreds of classes."""


class Encodes(Protocol):
    """What is asked of an encoder."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors: float32 of shape (n_texts, dim)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Labels of one head for one text, likeliest first, with calibrated probabilities."""

    head: str
    ranked: tuple[tuple[str, float], ...]


class Predictor:
    """One model version, ready to answer.

    Parameters
    ----------
    bundle : Bundle
    encoder : Encodes
        The bundle's own encoder.
    """

    def __init__(self, bundle: Bundle, encoder: Encodes) -> None:
        self.bundle = bundle
        self._encoder = encoder

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of all heads."""
        return tuple(self.bundle.heads)

    def check_heads(self, names: Iterable[str]) -> tuple[str, ...]:
        """Names in their order, if the bundle has them all.

        Raises
        ------
        BadBundle
            A name is unknown; the message lists those that are there.
        """
        wanted = tuple(names)
        for name in wanted:
            if name not in self.bundle.heads:
                raise BadBundle(
                    f"The bundle {self.bundle.version} has no head {name!r}; it has "
                    f"{', '.join(self.heads)}."
                )
        return wanted

    def probabilities(
        self, texts: Sequence[str], heads: Sequence[str] | None = None
    ) -> dict[str, Probabilities]:
        """Calibrated probabilities: float64 of shape (n_texts, n_classes) for every head asked.

        Parameters
        ----------
        texts : sequence of str
            Normalised, see `otklik.models.normalise`.
        heads : sequence of str or None
            None means all.
        """
        names = self.check_heads(self.heads if heads is None else heads)
        return self.judge(self.encode(texts), texts, names)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of normalised texts: float32 of shape (n_texts, dim)."""
        return self._encoder.encode(texts)

    def judge(
        self, vectors: Floats, texts: Sequence[str], names: Sequence[str]
    ) -> dict[str, Probabilities]:
        """As `probabilities`, for texts whose vectors are known."""
        lexical = self.bundle.lexical.transform(texts)
        own = self.bundle.heads
        parents = [own[name].parent for name in names]
        needed = dict.fromkeys([*names, *(parent for parent in parents if parent)])
        # A group whose topics are not asked for is joined with them all the same: one truth.
        needed |= dict.fromkeys(
            child.name for child in own.values() if child.parent and child.parent in needed
        )
        logits = {name: own[name].logits(vectors * SCALE, lexical) for name in needed}
        found = calibrated(own, logits)
        return {name: found[name] for name in names}

    def rank(
        self, probabilities: Mapping[str, Probabilities], most: int = 3
    ) -> list[dict[str, Answer]]:
        """Likeliest labels of every text and head."""
        ranked: list[dict[str, Answer]] = []
        places = {
            name: np.argsort(-rows, axis=1, kind="stable")[:, :most]
            for name, rows in probabilities.items()
        }
        count = len(next(iter(probabilities.values()), ()))
        for row in range(count):
            answers = {}
            for name, rows in probabilities.items():
                classes = self.bundle.heads[name].classes
                answers[name] = Answer(
                    name, tuple((classes[i], float(rows[row, i])) for i in places[name][row])
                )
            ranked.append(answers)
        return ranked


def load_predictor(
    folder: Path, *, runtime: str = "int8", threads: int = 0, streams: int = 0
) -> Predictor:
    """Open a built bundle with its encoder.

    Raises
    ------
    BadBundle, BadCheckpoint
    """
    from otklik.models.encoder import Encoder

    bundle = load_bundle(folder)
    encoder = Encoder(bundle.layout.encoder, runtime=runtime, threads=threads, streams=streams)
    return Predictor(bundle, encoder)
