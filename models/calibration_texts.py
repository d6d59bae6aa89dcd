"""Texts to calibrate int8 with where there are no messages yet: what the rubricators say."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain

from otklik.datasets.rubricator import Topic
from otklik.datasets.rubricator_versions import load_rubricator

VERSION = "im-2026"
ENOUGH = 300
TOGETHER = 6  # phrases in the longest of the built-in texts
SHORTEST = 3


def builtin_texts(version: str = VERSION) -> list[str]:
    """Phrases, hints and names of a rubricator's topics, in texts of like lengths as messages."""
    texts = []
    for number, topic in enumerate(load_rubricator(version).topics):
        said = list(_said(topic))
        size = 1 + number % TOGETHER
        texts += [". ".join(said[i : i + size]) for i in range(0, len(said), size)]
    return choose_texts(texts, len(texts))


def choose_texts(texts: Iterable[str], most: int = ENOUGH) -> list[str]:
    """At most `most` different texts, the same ones in whatever order they come.

    Chosen by their hash: neither the order of a file nor its first page decides.
    """
    different = {text.strip() for text in texts if len(text.strip()) >= SHORTEST}
    return sorted(different, key=_digest)[:most]


def _said(topic: Topic) -> Iterable[str]:
    return filter(None, chain(topic.phrases, [topic.hint, topic.name]))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def texts_sha256(texts: Sequence[str]) -> str:
    """Hash of texts in their order, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(_digest(text))
    return digest.hexdigest()
