"""Batches for training: texts of like length together, a fixed number of tokens in each."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

MULTIPLE = 16
"""Lengths are padded to multiples of this: every new shape costs a bf16 kernel its compilation."""


def padded(length: int, most: int) -> int:
    """Length rounded up to the ladder, at most `most`."""
    return min(most, -(-length // MULTIPLE) * MULTIPLE)


def token_batches(
    lengths: npt.NDArray[np.int64], *, tokens: int, most: int, rng: np.random.Generator
) -> Iterator[npt.NDArray[np.int64]]:
    """Row numbers of each batch, every row once, batches in random order.

    Parameters
    ----------
    lengths : int64 of shape (n_texts,)
        Tokens of each text.
    tokens : int
        Budget of a batch after padding; a single text may exceed it.
    most : int
        Longer texts are cut to this many tokens.
    rng : numpy.random.Generator
        Decides which texts of like length meet and in which order batches come.
    """
    rungs = np.minimum(most, -(-lengths // MULTIPLE) * MULTIPLE)
    order = np.lexsort((rng.permutation(len(lengths)), rungs))
    batches = []
    start = 0
    while start < len(order):
        rung = rungs[order[start]]
        same = int(np.searchsorted(rungs[order], rung, side="right"))
        size = max(1, tokens // int(rung))
        batches += [order[i : min(i + size, same)] for i in range(start, same, size)]
        start = same
    for number in rng.permutation(len(batches)):
        yield batches[number]


def pad_ids(
    ids: Sequence[Sequence[int]], *, pad: int, length: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ids and attention mask, both int64 of shape (n_texts, length)."""
    rows = np.full((len(ids), length), pad, dtype=np.int64)
    mask = np.zeros_like(rows)
    for row, tokens in enumerate(ids):
        rows[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return rows, mask
