"""Names that natasha's wheel lists: rarer given names, and surnames of any shape."""

from functools import lru_cache

from otklik.datasets.name_lexicon import (
    ACCUSATIVE,
    ALL_CASES,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
    Part,
    decline,
    fold,
)
from otklik.datasets.ner import data_folder

_SHORTEST = 4  # «аб», «гор», «дан» are more often a slip of the pen than a name
# Ending of a surname in a case → endings it may have in the nominative
_ENDINGS = {
    "": (("", NOMINATIVE),),
    "а": (("", GENITIVE | ACCUSATIVE), ("а", NOMINATIVE)),
    "я": (("ь", GENITIVE | ACCUSATIVE), ("й", GENITIVE | ACCUSATIVE), ("я", NOMINATIVE)),
    "у": (("", DATIVE), ("а", ACCUSATIVE)),
    "ю": (("ь", DATIVE), ("й", DATIVE), ("я", ACCUSATIVE)),
    "ы": (("а", GENITIVE),),
    "и": (("а", GENITIVE), ("я", GENITIVE)),
    "е": (("", PREPOSITIONAL), ("ь", PREPOSITIONAL), ("а", DATIVE | PREPOSITIONAL)),
    "ом": (("", INSTRUMENTAL),),
    "ем": (("", INSTRUMENTAL), ("ь", INSTRUMENTAL), ("й", INSTRUMENTAL)),
    "ой": (("а", INSTRUMENTAL),),
}


@lru_cache(maxsize=1)
def load_rare_given() -> dict[str, Part]:
    """Every case form of the given names of natasha's list, folded.

    The list does not tell men from women, so a form counts as both wherever its ending allows.
    """
    forms: dict[str, Part] = {}
    for name in _read("first.txt") + _read("maybe_first.txt"):
        if len(name) < _SHORTEST or not name.replace("-", "").isalpha():
            continue
        stems = frozenset({name})
        feminine = ALL_CASES if name[-1] not in "аяь" else 0
        for form, cases in decline(name, feminine=False):
            known = forms.get(form)
            both = cases if name[-1] in "ая" else 0
            forms[form] = Part(
                cases | (known.masculine if known else 0),
                both | (feminine if form == name else 0) | (known.feminine if known else 0),
                known.stems | stems if known else stems,
            )
        for form, cases in decline(name, feminine=True) if name[-1] == "ь" else ():
            known = forms.get(form, Part(0, 0, stems))
            forms[form] = Part(known.masculine, known.feminine | cases, known.stems | stems)
    return forms


@lru_cache(maxsize=1)
def load_surnames() -> frozenset[str]:
    """Surnames in the nominative, folded; a tenth of them are ordinary words too: «заяц»."""
    return frozenset(name for name in _read("last.txt") if len(name) > 2)


def listed_surname(word: str) -> Part | None:
    """Reading of a folded word as a surname of the list that declines as a noun: «Дзюбе»."""
    surnames = load_surnames()
    masculine = feminine = 0
    stems = set()
    for ending, origins in _ENDINGS.items():
        if not word.endswith(ending):
            continue
        stem = word[: len(word) - len(ending)]
        for origin, cases in origins:
            if (name := stem + origin) in surnames:
                masculine |= cases
                # A woman's surname keeps its form unless it ends in «-а» or «-я»
                feminine |= cases if origin in ("а", "я") else 0
                feminine |= ALL_CASES if name == word and origin not in ("а", "я") else 0
                stems.add(name)
    return Part(masculine, feminine, frozenset(stems)) if stems else None


def _read(name: str) -> list[str]:
    lines = (data_folder() / "dict" / name).read_text(encoding="utf-8").splitlines()
    return [fold(line.partition("#")[0]).strip() for line in lines if line]
