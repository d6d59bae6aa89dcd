"""How much a word that no dictionary holds is built like a name: n-grams of its letters."""

import zlib
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

PATH: Final = Path(__file__).with_name("lexicons") / "name_likeness.npz"
SURNAME, GIVEN, OTHER = range(3)
"""Columns of the weights."""
_SHORTEST_GRAM, _LONGEST_GRAM = 2, 6


class Likeness(NamedTuple):
    """Probabilities that a word is a surname or a given name, in any case form.

    Surnames, given names and other words count as equally many; context shifts that.
    """

    surname: float
    given: float

    @property
    def name(self) -> float:
        """Probability of either."""
        return self.surname + self.given


class NameLikeness:
    """Multinomial logistic regression over hashed n-grams, made by `otklik.training.name_likeness`.

    «эмиргамзаев» and «дьулус» are names to it, «паркуеться» and «кантейнер» are not.
    """

    def __init__(self) -> None:
        with np.load(PATH) as data:
            self._weights = data["weights"].astype(np.float32) * data["scale"]
            self._bias = data["bias"]

    def __call__(self, word: str) -> Likeness:
        """Likeness of one folded word."""
        scores = self._weights[grams(word, len(self._weights))].sum(axis=0) + self._bias
        odds = np.exp(scores - scores.max())
        surname, given, _ = (odds / odds.sum()).tolist()
        return Likeness(surname, given)


def grams(word: str, buckets: int) -> list[int]:
    """Buckets of all n-grams of a folded word between marks of its ends, `buckets` a power of 2."""
    marked = f"<{word}>"
    return [
        zlib.crc32(marked[start : start + size].encode()) & (buckets - 1)
        for size in range(_SHORTEST_GRAM, _LONGEST_GRAM + 1)
        for start in range(len(marked) - size + 1)
    ]


@lru_cache(maxsize=1)
def load_likeness() -> NameLikeness:
    """The model, read once."""
    return NameLikeness()
