"""Given names in every case form, and the words around names, read from `lexicons/`."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

NOMINATIVE, GENITIVE, DATIVE, ACCUSATIVE, INSTRUMENTAL, PREPOSITIONAL = (1 << i for i in range(6))
ALL_CASES = 63

_FOLDER = Path(__file__).with_name("lexicons")
_ENTRY = re.compile(r"([\w-]+)(?:\(([^)]*)\))?")
_SECTION = re.compile(r"\[(\w+)\]")
# «майорова» begins like «майор*» and is a surname
_SURNAME_OF_TRADE = re.compile(r"[^к][ое]в(?:а|у|ым|ой|ых)$")
_LATIN = re.compile("[a-z]")
_LOOKALIKES = str.maketrans("aceopxyukmhtb", "асеорхуикмнтв", "ӏi")
_HUSHING = "гкхжшчщ"


class Part(NamedTuple):
    """One word of a name: the cases it may stand in as a man's or a woman's, and its normal form.

    `stems` holds every person's name that the word may stand for: «Саши» → {"александр",
    "александра"}.
    """

    masculine: int
    feminine: int
    stems: frozenset[str]


class Contexts(NamedTuple):
    """Words around a name; `exact` words and `prefixes` per section of `name_contexts.txt`."""

    exact: dict[str, frozenset[str]]
    prefixes: dict[str, tuple[str, ...]]

    def sections(self, word: str) -> frozenset[str]:
        """Names of the sections that a lower-case word belongs to."""
        return frozenset(
            name
            for name in self.exact
            if word in self.exact[name]
            or (
                self.prefixes[name]
                and word.startswith(self.prefixes[name])
                and not _SURNAME_OF_TRADE.search(word)
            )
        )


def fold(word: str) -> str:
    """Lower case, «ё» as «е»: the form in which every word is looked up.

    Latin letters inside a Russian word count as what they look like, and the Chechen «ӏ» as silent:
    «Maгомед», «Ӏумар».
    """
    lowered = word.lower().replace("ё", "е")
    if "ӏ" in lowered or (not lowered.isascii() and _LATIN.search(lowered)):
        return lowered.translate(_LOOKALIKES)
    return lowered


@lru_cache(maxsize=1)
def load_given_names() -> dict[str, Part]:
    """Every case form of every given name, folded."""
    forms: dict[str, Part] = {}
    for line in _lines("given_names.txt"):
        gender, _, names = line.partition(" ")
        for full, shorts in _ENTRY.findall(fold(names)):
            for name in (full, *shorts.split()):
                for form, cases in decline(name, feminine=gender == "ж"):
                    known = forms.get(form, Part(0, 0, frozenset()))
                    forms[form] = Part(
                        known.masculine | (cases if gender == "м" else 0),
                        known.feminine | (cases if gender == "ж" else 0),
                        known.stems | {full},
                    )
    return forms


@lru_cache(maxsize=1)
def load_rather_names() -> frozenset[str]:
    """Case forms that are a given name first and an obscure ordinary word second: «юля»."""
    forms: set[str] = set()
    words: set[str] = set()
    for line in _lines("given_rather.txt"):
        names = fold(line).split()
        if names[0] == "~":
            words |= set(names)
        for name in names if names[0] != "~" else ():
            forms |= {
                form for feminine in (False, True) for form, _ in decline(name, feminine=feminine)
            }
    return frozenset(forms - words)


@lru_cache(maxsize=1)
def load_surname_nouns() -> frozenset[str]:
    """Nouns, folded and in the nominative, that many people bear as a surname: «жук»."""
    return frozenset(word for line in _lines("surname_nouns.txt") for word in fold(line).split())


@lru_cache(maxsize=1)
def load_contexts() -> Contexts:
    """Posts, words for places and organisations, greetings, words that present a person."""
    words: dict[str, list[str]] = {}
    section = ""
    for line in _lines("name_contexts.txt"):
        if header := _SECTION.fullmatch(line):
            section = header[1]
            words[section] = []
        else:
            words[section] += fold(line).split()
    return Contexts(
        {name: frozenset(w for w in items if w[-1] != "*") for name, items in words.items()},
        {name: tuple(w[:-1] for w in items if w[-1] == "*") for name, items in words.items()},
    )


def _lines(name: str) -> Iterator[str]:
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def decline(name: str, *, feminine: bool) -> Iterable[tuple[str, int]]:
    """Case forms of one given name; «Хава-Мария» declines its last part, «Хеди» does not change."""
    stem, last = name[:-1], name[-1]
    if name == "лев":
        return _masculine(name, "льв", "а", "у", "ом")
    if name in ("павел", "петр"):
        return _masculine(name, name.replace("ел", "л"), "а", "у", "ом")
    if last == "а":
        genitive = "и" if stem[-1:] in _HUSHING else "ы"
        instrumental = "ей" if stem[-1:] in "жшчщц" else "ой"
        return [
            (name, NOMINATIVE),
            (stem + genitive, GENITIVE),
            (stem + "е", DATIVE | PREPOSITIONAL),
            (stem + "у", ACCUSATIVE),
            (stem + instrumental, INSTRUMENTAL),
        ]
    if last == "я":
        dative = "и" if stem.endswith("и") else "е"
        return [
            (name, NOMINATIVE),
            (stem + "и", GENITIVE if dative == "е" else GENITIVE | DATIVE | PREPOSITIONAL),
            (stem + dative, DATIVE | PREPOSITIONAL),
            (stem + "ю", ACCUSATIVE),
            (stem + "ей", INSTRUMENTAL),
        ]
    if feminine and last == "ь":
        return [
            (name, NOMINATIVE | ACCUSATIVE),
            (stem + "и", GENITIVE | DATIVE | PREPOSITIONAL),
            (stem + "ью", INSTRUMENTAL),
        ]
    if feminine or last in "оуиыэею":
        return [(name, ALL_CASES)]
    if last in "йь":
        return _masculine(name, stem, "я", "ю", "ем")
    return _masculine(name, name, "а", "у", "ем" if last in "жшчщц" else "ом")


def _masculine(
    name: str, stem: str, genitive: str, dative: str, instrumental: str
) -> list[tuple[str, int]]:
    prepositional = "и" if name.endswith("ий") else "е"
    return [
        (name, NOMINATIVE),
        (stem + genitive, GENITIVE | ACCUSATIVE),
        (stem + dative, DATIVE),
        (stem + instrumental, INSTRUMENTAL),
        (stem + prepositional, PREPOSITIONAL),
    ]
