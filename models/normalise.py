"""A text as the models read it: what its author saw, personal data masked."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from otklik.datasets.child_process import live_with_parent
from otklik.datasets.clean import clean_html
from otklik.datasets.masking import Masker

_CHUNK = 512
_masker: Masker | None = None


class Normaliser:
    """Cleans and masks texts; the same for training, for evaluation and for live messages.

    Parameters
    ----------
    mask : bool
        Off only for texts that come from the store, which are masked already.
    ner : bool
        Let the neural tagger vote on names.
    """

    def __init__(self, *, mask: bool = True, ner: bool = True) -> None:
        self._masker = Masker(ner=ner) if mask else None

    def __call__(self, texts: Iterable[str]) -> Iterator[str]:
        """Normalise texts in order."""
        cleaned = map(clean_html, texts)
        if self._masker is None:
            yield from cleaned
        else:
            yield from (masked.text for masked in self._masker.mask_many(cleaned))


def normalise_many(texts: Sequence[str], *, workers: int = 0) -> list[str]:
    """Clean and mask a whole list, on every core where it is long enough to pay.

    Parameters
    ----------
    workers : int
        Processes; 0 means one per core.
    """
    count = workers or os.cpu_count() or 1
    if count == 1 or len(texts) <= _CHUNK:
        with threadpool_limits(1):
            return list(Normaliser()(texts))
    source = iter(texts)
    chunks = iter(lambda: list(islice(source, _CHUNK)), [])
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=_start) as pool:
        return [text for done in pool.map(_mask, chunks) for text in done]


def _start() -> None:
    global _masker
    live_with_parent()
    threadpool_limits(1)
    _masker = Masker()


def _mask(texts: list[str]) -> list[str]:
    assert _masker is not None
    cleaned = map(clean_html, texts)
    return [masked.text for masked in _masker.mask_many(cleaned)]
