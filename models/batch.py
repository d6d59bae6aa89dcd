"""Batches for inference: texts of like length together, lengths on a ladder, a budget of tokens.

Every new shape costs the runtime a compilation of some 20 ms and some 6 MB: so lengths are padded
to a rung, and a batch holds at most so many tokens that the sums of tokens repeat as well.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RUNGS: tuple[int, ...] = (*range(8, 65, 8), 80, 96, 112, 128, 160, 192, 224, 256)
BEYOND = 64
TOKENS = 512
"""Budget of a batch: larger ones are no faster a token, and take more memory."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids of some texts, padded to one length.

    `rows`, int64 of shape (n,), says which texts; `ids` is int32 of shape (n, length), `lengths`
    int32 of shape (n,) the number of real ids in each row.
    """

    rows: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]


def rung_of(length: int) -> int:
    """The length a text of `length` tokens is padded to."""
    if length > RUNGS[-1]:
        return -(-length // BEYOND) * BEYOND
    return RUNGS[bisect_left(RUNGS, length)]


def rung_below(length: int) -> int:
    """The longest rung that a text of `length` tokens fills, or its length below the first."""
    place = bisect_right(RUNGS, length)
    return RUNGS[place - 1] if place else length


def token_batches(
    ids: Sequence[Sequence[int]], *, pad: int, most: int, tokens: int = TOKENS
) -> Iterator[Batch]:
    """Sort texts by length and cut them into batches, the longest first.

    Parameters
    ----------
    ids : sequence of sequences of int
        Tokens of each text, none empty.
    pad : int
        Id that fills up.
    most : int
        Most tokens that the model takes; no rung is above it.
    tokens : int
        Budget of a batch, padding included; a single text may exceed it.
    """
    lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(ids))
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        length = min(rung_of(int(lengths[order[start]])), most)
        rows = order[start : start + max(1, tokens // length)]
        yield _padded(rows, ids, lengths, pad, length)
        start += len(rows)


def _padded(
    rows: npt.NDArray[np.int64],
    ids: Sequence[Sequence[int]],
    lengths: npt.NDArray[np.int64],
    pad: int,
    length: int,
) -> Batch:
    filled = np.full((len(rows), length), pad, dtype=np.int32)
    for place, row in enumerate(rows):
        filled[place, : lengths[row]] = ids[row]
    return Batch(rows, filled, lengths[rows].astype(np.int32))
