"""Words and parts of words as hashed features: what the encoder blurs, a lexicon-free row keeps.

Names of places, streets and organisations decide who must answer; hashing them needs no vocabulary
and no lemmas. One pass of numpy over all texts at once: the text is an array of code points, an
n-gram is a sum of code points times powers of an odd number (modulo 2⁶⁴), well mixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float32]
_Hashes = npt.NDArray[np.uint64]
_Ints = npt.NDArray[np.int64]

CHARACTERS = (2, 3, 4, 5)
"""Lengths of the parts of words; the blank before and after a word counts as a character."""
_AT_ONCE = 256
_BASE = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_BLANK_CODE = np.uint64(ord(" "))
_MAX_WORD = 128
_BLANK, _LETTER, _SIGN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class LexicalHasher:
    """Hashed 1- and 2-grams of words and 2- to 5-grams of characters inside words.

    Letter case and ё do not count; a sign («!», an emoji) is a word of one character. Counts are
    dampened (1 + ln count), weighted by `idf` where there is one, and scaled so that words and
    characters have half of a row's squared length each.

    Parameters
    ----------
    word_bits, char_bits : int
        The words take 2**word_bits columns, the characters the 2**char_bits after them.
    idf : float32 of shape (n_columns,) or None
        From `fit`.

    Examples
    --------
    >>> rows = LexicalHasher(word_bits=10, char_bits=12).transform(["Ёлка упала", "ЕЛКА УПАЛА"])
    >>> rows.shape, bool((rows[0] != rows[1]).nnz)
    ((2, 5120), False)
    """

    word_bits: int = 17
    char_bits: int = 18
    idf: Floats | None = None

    def __post_init__(self) -> None:
        for name, bits in (("word_bits", self.word_bits), ("char_bits", self.char_bits)):
            if not 1 <= bits <= 28:
                raise ValueError(f"{name} is {bits}; expected 1 to 28.")
        if self.idf is not None and self.idf.shape != (self.columns,):
            raise ValueError(
                f"idf has the shape {self.idf.shape}, the hasher {self.columns} columns; "
                "both must come from the same fit."
            )

    @property
    def columns(self) -> int:
        """Width of a row."""
        return (1 << self.word_bits) + (1 << self.char_bits)

    def fit(self, texts: Sequence[str]) -> "LexicalHasher":
        """Hasher of the same width whose rare columns weigh more: ln((1 + n) / (1 + df)) + 1."""
        seen = np.zeros(self.columns, dtype=np.int64)
        for start in range(0, len(texts), _AT_ONCE):
            keys, _ = self._counts(texts[start : start + _AT_ONCE])
            seen += np.bincount(keys % self.columns, minlength=self.columns)
        idf = np.log((1 + len(texts)) / (1 + seen)) + 1
        return replace(self, idf=idf.astype(np.float32))

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """One row per text, float32 of shape (n_texts, columns), rows L2-normalised.

        Parameters
        ----------
        texts : sequence of str
            Cleaned (`clean_social`), so that a mention reads as the name of its organisation. A
            text without a visible character gives an empty row.
        """
        data: list[Floats] = [np.empty(0, dtype=np.float32)]
        columns: list[_Ints] = [np.empty(0, dtype=np.int64)]
        sizes: list[_Ints] = [np.zeros(1, dtype=np.int64)]
        for start in range(0, len(texts), _AT_ONCE):
            chunk = texts[start : start + _AT_ONCE]
            keys, counts = self._counts(chunk)
            rows, column = np.divmod(keys, self.columns)
            columns.append(column)
            data.append(self._weighed(rows, column, counts))
            sizes.append(np.bincount(rows, minlength=len(chunk)))
        ends = np.cumsum(np.concatenate(sizes))
        small = np.int32 if ends[-1] < 1 << 31 else np.int64
        return csr_matrix(
            (np.concatenate(data), np.concatenate(columns).astype(small), ends.astype(small)),
            shape=(len(texts), self.columns),
        )

    def _counts(self, texts: Sequence[str]) -> tuple[_Ints, _Ints]:
        """Keys row * columns + column, ascending, and how often each occurs."""
        codes, starts, row_of = _words(texts)
        if not len(starts):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        words = np.concatenate(
            [
                _keys(hashes, row, self.columns, self.word_bits, 0)
                for hashes, row in _word_grams(codes, starts, row_of)
            ]
            + [
                _keys(hashes, row, self.columns, self.char_bits, 1 << self.word_bits)
                for hashes, row in _char_grams(codes, starts, row_of)
            ]
        )
        words.sort()
        first = np.flatnonzero(np.concatenate(([True], words[1:] != words[:-1])))
        return words[first], np.diff(first, append=len(words))

    def _weighed(self, rows: _Ints, columns: _Ints, counts: _Ints) -> Floats:
        weights = _dampened()[np.minimum(counts, len(_dampened()) - 1)]
        if self.idf is not None:
            weights = weights * self.idf[columns]
        block = rows * 2 + (columns >= 1 << self.word_bits)
        lengths = np.bincount(block, weights=weights * weights)
        scaled: Floats = (weights / np.sqrt(2 * lengths[block])).astype(np.float32)
        return scaled


def _keys(hashes: _Hashes, rows: _Ints, columns: int, bits: int, offset: int) -> _Ints:
    bucket = (_mixed(hashes) >> np.uint64(64 - bits)).view(np.int64)
    return rows * columns + (bucket + offset)


def _words(texts: Sequence[str]) -> tuple[_Hashes, _Ints, _Ints]:
    """Words of all texts in one array, a blank before each and after the last.

    Returns
    -------
    codes : uint64 of shape (n_characters + n_words + 1,)
        Folded code points, 0 where a blank is.
    starts : int64 of shape (n_words,)
        Where the first character of each word stands.
    rows : int64 of shape (n_words,)
        Number of each word's text.
    """
    raw = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    folded, kinds = _alphabet()
    known = np.minimum(raw, len(folded) - 1)
    kind = kinds[known]
    begins = kind != _BLANK
    begins[1:] &= (kind[1:] != kind[:-1]) | (kind[1:] == _SIGN)
    borders = ends[ends < len(raw)]
    begins[borders] = kind[borders] != _BLANK
    visible = np.flatnonzero(kind)
    number = np.cumsum(begins)[visible]
    place = np.arange(len(visible)) + number
    codes = np.zeros(len(visible) + (int(number[-1]) if len(number) else 0) + 1, dtype=np.uint64)
    # Beyond the table (emoji) nothing has a letter case.
    codes[place] = np.where(raw < len(folded) - 1, folded[known], raw)[visible]
    firsts = begins[visible]
    return codes, place[firsts], np.searchsorted(ends, visible[firsts], side="right")


def _word_grams(codes: _Hashes, starts: _Ints, rows: _Ints) -> list[tuple[_Hashes, _Ints]]:
    inside = np.arange(len(codes)) - np.repeat(starts - 1, np.diff(starts - 1, append=len(codes)))
    powers = _powers()[np.minimum(inside, _MAX_WORD)]
    single = np.add.reduceat(codes * powers, starts - 1)
    together = rows[1:] == rows[:-1]
    double = _mixed(single[:-1])[together] * _PAIR + single[1:][together]
    return [(single, rows), (double, rows[1:][together])]


def _char_grams(codes: _Hashes, starts: _Ints, rows: _Ints) -> list[tuple[_Hashes, _Ints]]:
    row_of = np.repeat(rows, np.diff(starts - 1, append=len(codes)))
    blank = codes == 0
    # Not 0: « пар» would be «пар» with another length, and one step from «пас».
    codes = np.where(blank, _BLANK_CODE, codes)
    grams = codes
    inner = np.zeros(len(codes), dtype=bool)
    found = []
    for length in range(2, CHARACTERS[-1] + 1):
        # A blank may stand at either end; in the middle it would join two words.
        inner = inner[:-1]
        if length > 2:
            inner = inner | blank[length - 2 : -1]
        grams = grams[:-1] * _BASE + codes[length - 1 :]
        whole = ~inner
        found.append((grams[whole] ^ (_PAIR >> np.uint64(length)), row_of[: len(grams)][whole]))
    return found


def _mixed(hashes: _Hashes) -> _Hashes:
    """Every bit of the sum moves every bit of the result (the finaliser of SplitMix64)."""
    mixed: _Hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@lru_cache(maxsize=1)
def _powers() -> _Hashes:
    # What comes after the last power is still summed, in any order: no word is that long.
    powers: _Hashes = np.cumprod(np.full(_MAX_WORD + 1, _BASE, dtype=np.uint64), dtype=np.uint64)
    return powers


@lru_cache(maxsize=1)
def _dampened() -> npt.NDArray[np.float64]:
    return 1 + np.log(np.maximum(np.arange(4096), 1))


@lru_cache(maxsize=1)
def _alphabet() -> tuple[_Hashes, npt.NDArray[np.int8]]:
    """Lower-case form and kind of every character of the basic plane; the last is any other."""
    folded = np.arange(0x10000, dtype=np.uint64)
    kinds = np.full(0x10000, _SIGN, dtype=np.int8)
    for code in range(0x10000):
        character = chr(code)
        lower = character.lower().replace("ё", "е")
        folded[code] = ord(lower) if len(lower) == 1 else code
        if character.isalnum() or character == "_":
            kinds[code] = _LETTER
        elif character.isspace() or not character.isprintable():
            kinds[code] = _BLANK
    kinds[-1] = _SIGN
    return folded, kinds
