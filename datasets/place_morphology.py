"""What pymorphy3 knows of one word, cached: readings, adjectives, cases of a name."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pymorphy3

from otklik.datasets.place_tokens import word_set

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
PROPER = frozenset({"Surn", "Name", "Patr", "Geox", "Orgn", "Trad"})
FUNCTION = word_set("PREP CONJ PRCL NPRO ADVB VERB INFN PRED INTJ COMP GRND PRTS ADJS NUMR")
NOT_ADJECTIVE = frozenset({"Apro", "Anum"})
MADE_OF = re.compile(r".{5,}[ое]в(?:ый|ая|ое|ой|ого|ому|ом|ым|ую)$")  # «абрикосовый»
MAX_CHARS = 40
MAX_HYPHENS = 3
WOMANS_SURNAME = re.compile(r"(?:[ое]в|[иы]н)ой$")
SKY = re.compile(r"[сц]к(?:ая|ой|ую|ий|ого|ому|им|ом)$")
FULL_ADJECTIVE = re.compile(r".{2,}(?:ая|яя|ой|ей|ую|юю|[ыио]й|[ое]го|[ое]му|[ыи]м|[ое]м|ое|ее)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """One parse of a word form."""

    pos: str
    case: str
    gender: str
    number: str
    grammemes: frozenset[str]


NO_READING = Reading("None", "None", "None", "None", frozenset())


@lru_cache(maxsize=1)
def analyzer() -> pymorphy3.MorphAnalyzer:
    """Russian dictionary, loaded once per process (0.1 s)."""
    return pymorphy3.MorphAnalyzer(lang="ru")


def parses(word: str) -> list[Any]:
    """Parses of pymorphy3; none for strings too long for a word: its time is not bounded."""
    if len(word) > MAX_CHARS or word.count("-") > MAX_HYPHENS:
        return []
    return list(analyzer().parse(word))


@lru_cache(maxsize=65536)
def readings(word: str) -> tuple[Reading, ...]:
    """All readings of a lower-case word, the likeliest first; never empty."""
    found = parses(word)
    if not found:
        return (NO_READING,)
    return tuple(
        Reading(
            str(parse.tag.POS),
            str(parse.tag.case),
            str(parse.tag.gender),
            str(parse.tag.number),
            frozenset(parse.tag.grammemes),
        )
        for parse in found
    )


@lru_cache(maxsize=65536)
def in_dictionary(word: str) -> bool:
    """Whether the form is a dictionary word rather than a guess by its ending."""
    return bool(analyzer().word_is_known(word))


@lru_cache(maxsize=65536)
def is_function(word: str) -> bool:
    """A word that names nothing: verb, adverb, preposition, pronoun («холодно», «нет», «наша»)."""
    first = readings(word)[0]
    return (first.pos in FUNCTION and in_dictionary(word)) or "Apro" in first.grammemes


@lru_cache(maxsize=65536)
def is_proper(word: str) -> bool:
    """A surname, given name or toponym in the nominative or genitive («сайханова», «хусейна»)."""
    return any(
        reading.grammemes & PROPER and reading.case in ("gent", "nomn")
        for reading in readings(word)
    )


@lru_cache(maxsize=65536)
def is_surname(word: str) -> bool:
    """A surname of the dictionary («горького», «толстого»)."""
    return in_dictionary(word) and any("Surn" in r.grammemes for r in readings(word))


@lru_cache(maxsize=65536)
def is_genitive(word: str) -> bool:
    """A noun whose form can be the genitive («мира», «строителей»)."""
    return any(reading.pos == "NOUN" and reading.case == "gent" for reading in readings(word))


@lru_cache(maxsize=65536)
def is_common(word: str) -> bool:
    """An ordinary dictionary word: written small, it proves nothing («мира», «победы», «новая»)."""
    first = readings(word)[0]
    return in_dictionary(word) and not first.grammemes & PROPER


@lru_cache(maxsize=65536)
def is_qualitative(word: str) -> bool:
    """An adjective that describes rather than names («грязная», «большая»)."""
    first = readings(word)[0]
    if first.pos == "PRTF":
        return True
    return "Qual" in first.grammemes and in_dictionary(word) and not MADE_OF.match(word)


@lru_cache(maxsize=65536)
def adjective_cases(word: str, gender: str) -> frozenset[str]:
    """Cases in which the word is a singular adjective of that gender; empty if never."""
    if not FULL_ADJECTIVE.match(word) or _is_womans_surname(word):
        return frozenset()
    surname = SKY.search(word) is not None  # «верейская»: the dictionary knows only the surname
    return frozenset(
        reading.case
        for reading in readings(word)
        if (reading.pos == "ADJF" or (surname and "Surn" in reading.grammemes))
        and reading.number == "sing"
        and reading.gender == gender
        and not reading.grammemes & NOT_ADJECTIVE
    )


def _is_womans_surname(word: str) -> bool:
    """«расковой», «кишиевой»: guessed as adjectives, but no dictionary knows them as such."""
    return WOMANS_SURNAME.search(word) is not None and not in_dictionary(word)


@lru_cache(maxsize=65536)
def nominative(word: str, gender: str) -> str:
    """Adjective in the nominative of `gender` («садовой», femn → «садовая»), else the word."""
    if not adjective_cases(word, gender):
        return word
    for parse in parses(word):
        if (
            parse.tag.POS == "ADJF" or "Surn" in parse.tag.grammemes
        ) and not parse.tag.grammemes & NOT_ADJECTIVE:
            inflected = parse.inflect({"nomn", "sing", gender})
            if inflected is not None:
                return str(inflected.word).replace("ё", "е")
    return word


@lru_cache(maxsize=65536)
def adjective_lemma(word: str) -> str:
    """Masculine nominative of an adjective in any form («соседнюю» → «соседний»)."""
    for parse in parses(word):
        if parse.tag.POS == "ADJF":
            return str(parse.normal_form).replace("ё", "е")
    return word


@lru_cache(maxsize=65536)
def agree(adjective: str, noun: str) -> bool:
    """Whether `noun` can be what the adjective describes («садовой дорожке», not «садовой яма»)."""
    described = {_agreement(reading) for reading in readings(adjective) if reading.pos == "ADJF"}
    return any(
        reading.pos == "NOUN" and _agreement(reading) in described for reading in readings(noun)
    )


def _agreement(reading: Reading) -> tuple[str, str]:
    return reading.case, reading.gender if reading.number == "sing" else "plural"


@lru_cache(maxsize=4096)
def _inflect(word: str, case: str) -> str:
    first, hyphen, last = word.rpartition("-")
    if hyphen and first.isdigit():
        return word
    for parse in parses(last):
        if parse.tag.case != "nomn" or parse.tag.POS not in ("NOUN", "ADJF"):
            continue
        inflected = parse.inflect({case, str(parse.tag.number)})
        if inflected is not None:
            return first + hyphen + str(inflected.word).replace("ё", "е")
    return word


def case_forms(name: str) -> frozenset[tuple[str, ...]]:
    """Every case of a name, as lower-case words with «е» for «ё».

    Words up to the first noun are inflected, the rest follows unchanged: «Старая Сунжа» gives
    «старой сунжи», …; «парк Кирова» gives «парка кирова», …; «Алхан-Чурт» «алхан-чурта», ….
    """
    words = name.lower().replace("ё", "е").split()
    heads = _head_length(words)
    inflected = {
        tuple(_inflect(word, case) for word in words[:heads]) + tuple(words[heads:])
        for case in CASES
    }
    return frozenset(inflected | {tuple(words)})


def adjective_forms(words: tuple[str, ...], gender: str) -> frozenset[tuple[str, ...]]:
    """Every case of a street's name: only adjectives of the type's gender change.

    «большой сампсониевский» gives «большом сампсониевском»; «мира» stays «мира».
    """
    return frozenset(
        tuple(
            _inflect(word, case) if "nomn" in adjective_cases(word, gender) else word
            for word in words
        )
        for case in CASES
    )


def _head_length(words: list[str]) -> int:
    for index, word in enumerate(words):
        nominatives = {
            r.pos for r in readings(word) if r.case == "nomn" and r.pos in ("NOUN", "ADJF")
        }
        if not nominatives:
            return index
        if "NOUN" in nominatives and "ADJF" not in nominatives:
            return index + 1
    return len(words)
