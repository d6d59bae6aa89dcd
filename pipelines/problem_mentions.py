"""Messages that name two streets: what ties the cells of one trouble together."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

_WORD = re.compile(r"[а-яё0-9-]+")
_SHORT, _ENDING = 4, 3


def named_cells(
    texts: Sequence[str], homes: Sequence[str], streets: Mapping[str, str]
) -> list[frozenset[str]]:
    """Cells that each text names beside its own.

    Streets are known by the stem of their longest word, in any case and number: the messages have
    one mechanism, so that few streets come into question.

    Parameters
    ----------
    texts : sequence of n str
        Messages of one mechanism.
    homes : sequence of n str
        Cell of each of them.
    streets : mapping of str to str
        Street key («кленовая|улица») to its cell.

    Examples
    --------
    >>> streets = {"кленовая|улица": "пни @ кленовая", "школьный|переулок": "пни @ школьный"}
    >>> named_cells(["в Школьном и на Кленовой торчат пни"], ["пни @ школьный"], streets)
    [frozenset({'пни @ кленовая'})]
    """
    stems = _stems(streets)
    return [
        frozenset(_named(text, stems)) - {home} for text, home in zip(texts, homes, strict=True)
    ]


def _stems(streets: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Stem to cell and longest word that may be one of its forms; ambiguous ones left out."""
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for key, cell in streets.items():
        name = key.partition("|")[0]
        word = max(name.replace("ё", "е").split() or [""], key=len)
        if len(word) >= _SHORT:
            # «мира» and other short words are known only as they stand
            stem = word if len(word) == _SHORT else word[: max(_SHORT, len(word) - 2)]
            longest = len(word) if len(word) == _SHORT else len(word) + _ENDING
            found[stem].add((cell, longest))
    return {stem: next(iter(cells)) for stem, cells in found.items() if len(cells) == 1}


def _named(text: str, stems: Mapping[str, tuple[str, int]]) -> Iterable[str]:
    for word in _WORD.findall(text.lower().replace("ё", "е")):
        for length in range(_SHORT, len(word) + 1):
            hit = stems.get(word[:length])
            if hit is not None and len(word) <= hit[1]:
                yield hit[0]
