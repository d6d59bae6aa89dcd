"""Parts of a test set on which a good mean may hide a bad model."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]

RARE = 20
"""A topic with fewer training texts is rare."""
SHORT_WORDS, LONG_WORDS = 12, 80
_SHOUTED = 0.7


def text_slices(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    training_labels: Iterable[str] | None = None,
    channels: Sequence[str] | None = None,
) -> dict[str, Mask]:
    """Masks of shape (n_texts,): letter case, length, rare topics, one for each channel.

    Parameters
    ----------
    texts, labels : sequence of str
    training_labels : iterable of str or None
        With them `rare` are the rows whose label has fewer than 20, and `common` the others.
    channels : sequence of str or None
        «im», «pos», … of each row.
    """
    words = np.array([len(text.split()) for text in texts], dtype=np.int64)
    slices = {
        "upper": np.array([_is_shouted(text) for text in texts], dtype=bool),
        "lower": np.array([_has_letters(text) and text == text.lower() for text in texts], bool),
        "short": words <= SHORT_WORDS,
        "long": words >= LONG_WORDS,
    }
    if training_labels is not None:
        known = Counter(training_labels)
        rare = np.array([known[label] < RARE for label in labels], dtype=bool)
        slices |= {"rare": rare, "common": ~rare}
    for channel in sorted(set(channels or ())):
        slices[f"channel {channel}"] = np.array([name == channel for name in channels or ()])
    return slices


def _has_letters(text: str) -> bool:
    return text.upper() != text.lower()


def _is_shouted(text: str) -> bool:
    """Most letters are capitals: «КОГДА ПОЧИНЯТ ЛИФТ в 5 доме»."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and sum(map(str.isupper, letters)) >= _SHOUTED * len(letters)
