"""Streets of the city that people name without «улица»: «люк на Хусейна Исаева»."""

import re

from otklik.datasets.gazetteer import Gazetteer
from otklik.datasets.name_lexicon import fold
from otklik.datasets.place_records import PlaceKind
from otklik.datasets.street_types import STREET_TYPES

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def street_names(gazetteer: Gazetteer) -> frozenset[str]:
    """Names of the streets as they are said bare, folded: {"хусейна исаева", "маяковского"}."""
    names = set()
    for entry in gazetteer.entries:
        if entry.kind is PlaceKind.STREET and entry.bare:
            for spelling in entry.spellings:
                words = [w for w in _WORD.findall(fold(spelling)) if w not in STREET_TYPES]
                names.add(" ".join(words))
    return frozenset(names - {""})
