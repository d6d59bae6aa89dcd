"""Which of several problems in one cell a message speaks of."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from otklik.pipelines.problem_cells import Window

_WORD = re.compile(r"[а-яё]{4,}")
_STEM = 5


def nearest_problem(window: Window, row: int, owned: Mapping[int, Sequence[int]]) -> int:
    """Choose the problem whose messages are most like one message.

    A known address weighs more than likeness; likeness is that of vectors, or of words where a
    message was not encoded. Of equals the older problem wins.

    Parameters
    ----------
    row : int
        The message.
    owned : mapping of int to sequence of int
        Number of each problem to the rows of its messages, one at least.
    """
    address = window.addresses[row]

    def score(number: int) -> float:
        rows = owned[number]
        known = address is not None and any(window.addresses[one] == address for one in rows)
        return 2 * known + _likeness(window, row, rows)

    return min(owned, key=lambda number: (-round(score(number), 9), number))


def _likeness(window: Window, row: int, rows: Sequence[int]) -> float:
    if window.vectors.size and window.vectors[row].any():
        middle = window.vectors[list(rows)].mean(axis=0)
        length = float(np.linalg.norm(middle))
        return float(window.vectors[row] @ middle) / length if length > 0 else 0.0
    mine = _stems(window, row)
    theirs = [_stems(window, one) for one in rows]
    return max((len(mine & one) / len(mine | one) for one in theirs if mine | one), default=0.0)


def _stems(window: Window, row: int) -> frozenset[str]:
    text = str(window.columns["text"][row]).lower()
    return frozenset(word[:_STEM] for word in _WORD.findall(text))
