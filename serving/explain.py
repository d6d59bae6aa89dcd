"""Which words moved the topic: leave each one out, and see what its probability loses."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from otklik.serving.reading import Moved

MOST_PIECES = 48
"""Readings that one explanation may cost; longer texts are left out by several words at a time."""
SHOWN = 5
_WORD = re.compile(r"\[[^\[\]]*\]|\w+(?:-\w+)*")

Topics = npt.NDArray[np.float64]


def explain_topic(
    text: str, topics: Topics, read: Callable[[Sequence[str]], Topics]
) -> list[Moved]:
    """Words that moved the likeliest topic, the strongest first; with the same words gone at once.

    Parameters
    ----------
    text : str
        Masked.
    topics : float64 of shape (n_topics,)
        Probabilities of the whole text.
    read : callable
        Texts → float64 of shape (n_texts, n_topics).
    """
    pieces = cut_pieces(text)
    if not pieces:
        return []
    topic = int(topics.argmax())
    without = read([text[:start] + text[stop:] for start, stop in pieces])[:, topic]
    effects = topics[topic] - without
    strongest = np.argsort(-np.abs(effects), kind="stable")[:SHOWN]
    moved = []
    for place in strongest.tolist():
        start, stop = pieces[place]
        moved.append(Moved(text[start:stop], start, stop, float(effects[place])))
    return moved


def cut_pieces(text: str) -> list[tuple[int, int]]:
    """Spans of words; in a long text, of so many words each that the pieces are few."""
    words = [match.span() for match in _WORD.finditer(text)]
    size = -(-len(words) // MOST_PIECES) or 1
    return [
        (words[first][0], words[min(first + size, len(words)) - 1][1])
        for first in range(0, len(words), size)
    ]
