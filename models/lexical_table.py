"""A short int8 vector for each common n-gram; a text's lexical vector is their weighted sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from otklik.models.adapter import quantise_rows
from otklik.models.dress import ungreeted
from otklik.models.lexical import LexicalHasher

Floats = npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class LexicalTable:
    """Vectors of the kept n-grams.

    Parameters
    ----------
    word_bits, char_bits : int
        As of the hasher.
    columns : int64 of shape (n_kept,)
        Kept columns of the hasher, ascending.
    idf : float32 of shape (n_kept,)
        Weights of the kept columns.
    rare_idf : float
        Weight of every other column: it has no vector, but makes the row longer.
    steps : int8 of shape (n_kept, rank)
    scales : float32 of shape (n_kept, 1)
        Vectors are steps * scales.
    """

    word_bits: int
    char_bits: int
    columns: npt.NDArray[np.int64]
    idf: Floats
    rare_idf: float
    steps: npt.NDArray[np.int8]
    scales: Floats

    @cached_property
    def hasher(self) -> LexicalHasher:
        """Hasher with the weights of this table."""
        return pruned_hasher(self.word_bits, self.char_bits, self.columns, self.idf, self.rare_idf)

    @cached_property
    def _place(self) -> npt.NDArray[np.int32]:
        place = np.full(self.hasher.columns, -1, dtype=np.int32)
        place[self.columns] = np.arange(len(self.columns), dtype=np.int32)
        return place

    @cached_property
    def _vectors(self) -> Floats:
        vectors: Floats = self.steps.astype(np.float32) * self.scales
        return vectors

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Weights of the kept n-grams: float32 of shape (n_texts, n_kept); no greetings."""
        own = self.hasher.transform([ungreeted(text) for text in texts])
        return kept_rows(own, self._place, len(self.columns))

    def transform(self, texts: Sequence[str]) -> Floats:
        """Lexical vectors: float32 of shape (n_texts, rank)."""
        return np.asarray(self.rows(texts) @ self._vectors, dtype=np.float32)

    def dump(self) -> Arrays:
        """Arrays for a safetensors file."""
        return {
            "bits": np.array([self.word_bits, self.char_bits], dtype=np.int64),
            "columns": self.columns.astype(np.int32),
            "idf": self.idf,
            "rare_idf": np.array([self.rare_idf], dtype=np.float32),
            "steps": self.steps,
            "scales": self.scales,
        }


def load_lexical(arrays: Mapping[str, npt.NDArray[np.generic]]) -> LexicalTable:
    """Table from what `LexicalTable.dump` returned."""
    words, characters = arrays["bits"].tolist()
    return LexicalTable(
        words,
        characters,
        arrays["columns"].astype(np.int64),
        arrays["idf"].astype(np.float32),
        float(arrays["rare_idf"][0]),
        arrays["steps"].astype(np.int8),
        arrays["scales"].astype(np.float32),
    )


def make_table(
    hasher: LexicalHasher, columns: npt.NDArray[np.int64], vectors: Floats
) -> LexicalTable:
    """Table from fitted vectors, float32 of shape (n_kept, rank)."""
    assert hasher.idf is not None
    steps, scales = quantise_rows(vectors)
    rare = float(hasher.idf.max())
    idf = hasher.idf[columns]
    return LexicalTable(hasher.word_bits, hasher.char_bits, columns, idf, rare, steps, scales)


def pruned_hasher(
    word_bits: int, char_bits: int, columns: npt.NDArray[np.int64], idf: Floats, rare_idf: float
) -> LexicalHasher:
    """Hasher that knows the weights of kept columns only; others weigh `rare_idf`."""
    whole = np.full((1 << word_bits) + (1 << char_bits), rare_idf, dtype=np.float32)
    whole[columns] = idf
    return LexicalHasher(word_bits, char_bits, whole)


def kept_rows(rows: csr_matrix, place: npt.NDArray[np.int32], kept: int) -> csr_matrix:
    """Drop the columns whose `place` is -1 and renumber the others."""
    places = place[rows.indices]
    inside = places >= 0
    ends = np.concatenate(([0], np.cumsum(inside)))[rows.indptr]
    return csr_matrix((rows.data[inside], places[inside], ends), shape=(rows.shape[0], kept))
