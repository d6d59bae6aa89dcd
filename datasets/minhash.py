"""MinHash signatures of many texts at once, in numpy."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

SHINGLE_CHARS = 5
PERMUTATIONS = 128
MISS_AT_THRESHOLD = 0.01
_CHUNK_CHARS = 1 << 15

Signatures = npt.NDArray[np.uint32]


def signatures_of(texts: Sequence[str]) -> Signatures:
    """Signatures whose share of equal places estimates the Jaccard similarity of the texts.

    A text is the set of its runs of five characters, one space added at either end; runs bear
    typing errors and Russian endings better than words do.

    Parameters
    ----------
    texts : sequence of str
        Normalised, none empty.

    Returns
    -------
    uint32 of shape (n_texts, 128)
        The estimate of a similarity s has the standard deviation sqrt(s (1 - s) / 128): 0.035 at
        s = 0.8.
    """
    signatures = np.empty((len(texts), PERMUTATIONS), dtype=np.uint32)
    multipliers, salts = _permutations()
    for first, stop in _chunks(texts):
        shingles, bounds = _shingles(texts[first:stop])
        permuted = np.empty_like(shingles)
        for column in range(PERMUTATIONS):
            np.bitwise_xor(shingles, salts[column], out=permuted)
            np.multiply(permuted, multipliers[column], out=permuted)
            # Every second piece holds the runs that cross from one text into the next.
            signatures[first:stop, column] = np.minimum.reduceat(permuted, bounds)[::2]
    return signatures


def rows_per_band(threshold: float) -> int:
    """Places of the signature that make one band: the most that still find a pair at `threshold`.

    More rows mean fewer candidates to compare; a pair just at the threshold may be missed with a
    probability of one per cent, a closer pair with much less.
    """
    for rows in range(PERMUTATIONS, 1, -1):
        bands = PERMUTATIONS // rows
        if (1 - threshold**rows) ** bands <= MISS_AT_THRESHOLD:
            return rows
    return 1


def band_keys(signatures: Signatures, start: int, rows: int) -> npt.NDArray[np.uint64]:
    """One number per text, equal where `rows` places of the signature from `start` on are equal.

    Past the last place the signature begins anew.
    """
    keys = np.zeros(len(signatures), dtype=np.uint64)
    for column in range(start, start + rows):
        keys = _mix(keys ^ signatures[:, column % PERMUTATIONS])
    return keys


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Ranges of texts that fit the processor's cache together; a long text stands alone."""
    first = chars = 0
    for place, text in enumerate(texts):
        if chars and chars + len(text) > _CHUNK_CHARS:
            yield first, place
            first, chars = place, 0
        chars += len(text)
    if chars:
        yield first, len(texts)


def _shingles(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.intp]]:
    """Hashes of all runs, and where the runs of each text begin and end: (begin, end, begin, …)."""
    padded = [f" {text} ".ljust(SHINGLE_CHARS) for text in texts]
    lengths = np.fromiter(map(len, padded), dtype=np.intp, count=len(padded))
    stops = np.cumsum(lengths)
    joined = "".join(padded).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype=np.uint32).astype(np.uint64)
    runs = len(codes) - SHINGLE_CHARS + 1
    hashes = np.zeros(runs, dtype=np.uint64)
    for offset in range(SHINGLE_CHARS):
        hashes = hashes * np.uint64(0x100000001B3) + codes[offset : offset + runs]
    bounds = np.column_stack([stops - lengths, stops - SHINGLE_CHARS + 1]).ravel()[:-1]
    return (_mix(hashes) >> np.uint64(32)).astype(np.uint32), bounds


def _permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Odd multipliers and salts; computed, so that no version of numpy changes the groups."""
    numbers = (_mix(np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64)) >> np.uint64(32)).astype(
        np.uint32
    )
    return numbers[:PERMUTATIONS] | np.uint32(1), numbers[PERMUTATIONS:]


def _mix(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The splitmix64 finaliser: every bit of the input moves every bit of the output."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
