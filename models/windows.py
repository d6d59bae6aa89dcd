"""Long texts: overlapping windows of tokens, whose vectors are averaged by their tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Windows:
    """Tokens of texts, long ones in several pieces.

    `owner`, int64 of shape (n_pieces,), says whose a piece is, ascending; `weight`, float32 of the
    same shape, how many of the text's own tokens it holds.
    """

    ids: list[Sequence[int]]
    owner: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]

    def join(self, vectors: Vectors) -> Vectors:
        """Vectors of texts from those of pieces: float32 of shape (n_texts, dim), unit length."""
        if not len(self.owner) or len(self.owner) == self.owner[-1] + 1:
            return vectors
        starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
        sums = np.add.reduceat(vectors * self.weight[:, None], starts)
        joined: Vectors = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), TINY)
        return joined


def cut_windows(texts: Sequence[Sequence[int]], *, head: int, most: int, overlap: int) -> Windows:
    """Cut every text of more than `most` tokens into windows of at most `most`.

    Parameters
    ----------
    texts : sequence of sequences of int
        Tokens of each text: `head` that every window repeats, the text's own, one that closes it.
    head : int
        Special token and prefix in front.
    most : int
        Tokens of a window, head and last token included.
    overlap : int
        Own tokens that a window shares with the one before it; the last window may share more, so
        that none is a mere remnant.

    Raises
    ------
    ValueError
        A window would not go forward.
    """
    room = most - head - 1
    if room <= overlap:
        raise ValueError(
            f"windows of {most} tokens hold {room} of the text, of which {overlap} overlap; "
            "expected fewer to overlap, or longer windows."
        )
    ids: list[Sequence[int]] = []
    owner, weight = [], []
    for number, text in enumerate(texts):
        own = len(text) - head - 1
        for start in _starts(own, room, overlap):
            whole = own <= room
            stop = head + start + room
            ids.append(text if whole else [*text[:head], *text[head + start : stop], text[-1]])
            owner.append(number)
            weight.append(max(1, min(own, room)))
    return Windows(ids, np.array(owner, dtype=np.int64), np.array(weight, dtype=np.float32))


def _starts(own: int, room: int, overlap: int) -> Iterator[int]:
    yield 0
    last = own - room
    yield from range(room - overlap, last, room - overlap)
    if last > 0:
        yield last
