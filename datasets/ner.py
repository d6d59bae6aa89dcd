"""slovnet's named-entity recognition, asked about single windows of a text."""

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from otklik.datasets.errors import MissingExtra

PERSON = "PER"
_WORDS_AROUND = 10
_WORD = re.compile(r"\w+")
_BATCH = 32


class Entity(NamedTuple):
    """One entity: `kind` is "PER", "LOC" or "ORG"; offsets in the whole text."""

    kind: str
    start: int
    stop: int


class Window(NamedTuple):
    """A stretch of a text, written as the model likes it; `offset` is its place in the text."""

    text: str
    offset: int


class Ner:
    """The news model of slovnet (navec embeddings), loaded from natasha's wheel.

    Only natasha's data files are used: the package itself does not import on Python 3.11.

    Raises
    ------
    MissingExtra
        The wheel or its weights are not there.
    """

    def __init__(self) -> None:
        from navec import Navec  # type: ignore[import-untyped]
        from slovnet import NER  # type: ignore[import-untyped]
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

        data = data_folder()
        navec = Navec.load(data / "emb" / "navec_news_v1_1B_250K_300d_100q.tar")
        ner: Any = NER.load(data / "model" / "slovnet_ner_news_v1.tar", batch_size=_BATCH)
        self._ner = ner.navec(navec)
        self._threads = ThreadpoolController()

    def find(self, windows: Iterable[Window]) -> Iterator[list[Entity]]:
        """Entities of each window, in the order of the windows."""
        listed = list(windows)
        if not listed:
            return
        # The matrices are tiny: more threads only wait, and take the cores of other workers.
        with self._threads.limit(limits=1, user_api="blas"):
            markups = list(self._ner.map([window.text for window in listed]))
        for window, markup in zip(listed, markups, strict=True):
            shift = window.offset
            yield [Entity(s.type, s.start + shift, s.stop + shift) for s in markup.spans]


def make_window(text: str, start: int, stop: int) -> Window:
    """Ten words on either side of `text[start:stop]`, with the candidate in title case.

    The model was trained on news and hears nothing in «ивана петрова» or «ИВАНА ПЕТРОВА»: a window
    in capitals is lowered first.
    """
    before = list(_WORD.finditer(text, max(0, start - 200), start))
    after = list(_WORD.finditer(text, stop, stop + 200))
    first = before[-_WORDS_AROUND].start() if len(before) >= _WORDS_AROUND else max(0, start - 200)
    last = after[_WORDS_AROUND - 1].end() if len(after) >= _WORDS_AROUND else stop + 200
    left, name, right = text[first:start], text[start:stop], text[stop:last]
    if (left + right).isupper():
        left, right = _lower(left), _lower(right)
    titled = _WORD.sub(lambda match: match[0][0] + _lower(match[0][1:]), name)
    titled = _WORD.sub(lambda match: _upper(match[0][0]) + match[0][1:], titled)
    return Window(left + titled + right, first)


def _lower(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text


def _upper(letter: str) -> str:
    return letter.upper() if len(letter.upper()) == 1 else letter


def data_folder() -> Path:
    """Folder of the weights and word lists in natasha's wheel.

    Raises
    ------
    MissingExtra
        The wheel is not installed, or is of another generation.
    """
    spec = find_spec("natasha")
    if spec is None or spec.origin is None:
        raise MissingExtra(
            "The lists of names and the weights of the recogniser come with the package natasha, "
            "which is not installed. Install it (`pip install natasha`)."
        )
    data = Path(spec.origin).with_name("data")
    if not (data / "model" / "slovnet_ner_news_v1.tar").is_file():
        raise MissingExtra(
            f"{data} holds no slovnet_ner_news_v1.tar: this natasha is not 1.x. "
            "Install natasha>=1.6,<2."
        )
    return data
