"""What a single word may be in a name: cached answers, one dictionary look-up per known word."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

import pymorphy3

from otklik.datasets.name_lexicon import (
    ACCUSATIVE,
    ALL_CASES,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
    Part,
    fold,
    load_contexts,
    load_given_names,
)

GIVEN, PATRONYMIC, POST, INTRO, PLACE, BUILDING, INITIAL, SURNAME_LIKE = (1 << i for i in range(8))
# A text without any of these holds no name
TRIGGERS: Final = GIVEN | PATRONYMIC | POST | INTRO | INITIAL | SURNAME_LIKE
_CACHE_WORDS = 400_000

_CASES = {
    "nomn": NOMINATIVE, "gent": GENITIVE, "gen2": GENITIVE, "datv": DATIVE, "accs": ACCUSATIVE,
    "ablt": INSTRUMENTAL, "loct": PREPOSITIONAL, "loc2": PREPOSITIONAL, "voct": NOMINATIVE,
}  # fmt: skip
# «иванов» as an adjective («чей?») is no ordinary word any more; towns are asked for apart
_PROPER = ("Name", "Surn", "Patr", "Init", "Poss", "Geox")

_NOMINAL = ("NOUN", "ADJF", "ADJS")
_BARE_STEM = "(?:ль|зьм|кит|авв|лук|фом)"  # Ильич, Кузьмич, Никитич: no «-ов-»
_PATRONYMIC = re.compile(
    rf"(?P<man>.+[ое]в|.+{_BARE_STEM})ич(?P<his>|а|у|ем|е)"
    rf"|(?P<woman>.+[ое]в|.+{_BARE_STEM}(?:ин)?ич)н(?P<her>а|ы|е|у|ой|ою)"
    r"|(?P<folk>.{3,})ыч(?P<its>|а|у|ем|е)"
)
_PATRONYMIC_SUFFIX = re.compile(r"(?:[ое]в|(?:ин)?ич)$")
_SURNAME_OV = re.compile(r"(.{1,}(?:ов|ев|ин|ын))(|а|у|ым|е|ой|ы|ых|ыми)")
_SURNAME_SKY = re.compile(r"(.{2,}[сц]к)(ий|ого|ому|им|ом|ая|ой|ую|ие|их|ими)")
_SURNAME_FIXED = re.compile(r".{2,}(?:енко|дзе|швили|заде|оглу|ых)")
_SURNAME_NOUN = re.compile(
    r"(.{2,}(?:чук|щук|юк|ян|янц|ович|евич|хан|бек|бий|берг|ман))(|а|у|ом|ем|е)"
)
_SURNAME_TAIL = re.compile(
    r"(?:[оеё]в|ин|ын)(?:а|у|ым|е|ой|ы|ых|ыми)?$|[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)$|енко$|дзе$|швили$|(?:ч|щ)ук$|янц?$",
    re.IGNORECASE,
)
_OV_MASCULINE = {
    "": NOMINATIVE, "а": GENITIVE | ACCUSATIVE, "у": DATIVE, "ым": INSTRUMENTAL, "е": PREPOSITIONAL,
    "ы": NOMINATIVE, "ых": GENITIVE | ACCUSATIVE, "ыми": INSTRUMENTAL,
}  # fmt: skip
_OV_FEMININE = {
    "а": NOMINATIVE,
    "ой": GENITIVE | DATIVE | INSTRUMENTAL | PREPOSITIONAL,
    "у": ACCUSATIVE,
}
_SKY_MASCULINE = {
    "ий": NOMINATIVE, "ого": GENITIVE | ACCUSATIVE, "ому": DATIVE, "им": INSTRUMENTAL,
    "ом": PREPOSITIONAL,
}  # fmt: skip
_SKY_FEMININE = {
    "ая": NOMINATIVE,
    "ой": GENITIVE | DATIVE | INSTRUMENTAL | PREPOSITIONAL,
    "ую": ACCUSATIVE,
}
_NOUN_MASCULINE = {
    "": NOMINATIVE, "а": GENITIVE | ACCUSATIVE, "у": DATIVE, "ом": INSTRUMENTAL, "ем": INSTRUMENTAL,
    "е": PREPOSITIONAL,
}  # fmt: skip
_PATRONYMIC_FEMININE = {
    "а": NOMINATIVE, "ы": GENITIVE, "е": DATIVE | PREPOSITIONAL, "у": ACCUSATIVE,
    "ой": INSTRUMENTAL, "ою": INSTRUMENTAL,
}  # fmt: skip


Answer = TypeVar("Answer")


class Memo(dict[str, Answer]):
    """Remembered answers for words as written: asked for every word, so a plain look-up."""

    def __init__(self, compute: Callable[[str], Answer]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, word: str) -> Answer:
        if len(self) >= _CACHE_WORDS:
            self.clear()
        answer = self[word] = self._compute(word)
        return answer


class Words:
    """Answers about words, remembered for the life of the process.

    Morphology is asked only for words that stand beside a name, so a cold cache costs little.
    """

    def __init__(self) -> None:
        self._morph = pymorphy3.MorphAnalyzer()
        self._given = load_given_names()
        self._contexts = load_contexts()
        self.folded = Memo(fold)
        self.flags = Memo(self._compute_flags)
        self.sections = lru_cache(maxsize=_CACHE_WORDS)(self._contexts.sections)
        self.surname = lru_cache(maxsize=_CACHE_WORDS)(self._surname)
        self.patronymic = lru_cache(maxsize=_CACHE_WORDS)(self._patronymic)
        self.is_common = lru_cache(maxsize=_CACHE_WORDS)(self._is_common)
        self.is_toponym = lru_cache(maxsize=_CACHE_WORDS)(self._is_toponym)
        self.is_plain = lru_cache(maxsize=_CACHE_WORDS)(self._is_plain)
        self.is_known = lru_cache(maxsize=_CACHE_WORDS)(self._morph.word_is_known)

    def given(self, folded: str) -> Part | None:
        """Reading as a given name; a compound counts when its first part is one («Хасан-Бек»)."""
        part = self._given.get(folded)
        if part is None and "-" in folded:
            head, _, tail = folded.partition("-")
            first, last = self._given.get(head), self._given.get(tail)
            if first and last:
                return Part(last.masculine, last.feminine, frozenset({folded}))
        return part

    def _compute_flags(self, word: str) -> int:
        """Bits of what a word, as written, may start."""
        folded = fold(word)
        flags = 0
        if len(folded) == 1:
            return INITIAL if "а" <= folded <= "я" else 0
        if self.given(folded):
            flags |= GIVEN
        if _PATRONYMIC.fullmatch(folded) and self.patronymic(folded):
            flags |= PATRONYMIC
        sections = self.sections(folded)
        if "post" in sections:
            flags |= POST
        if "intro" in sections:
            flags |= INTRO
        if "place" in sections:
            flags |= PLACE
        if "building" in sections:
            flags |= BUILDING
        if len(word) > 3 and _SURNAME_TAIL.search(word) and not sections and self.surname(folded):
            flags |= 0 if self.is_common(folded) else SURNAME_LIKE
        return flags

    def _is_common(self, folded: str) -> bool:
        """Whether the dictionary knows the word as anything but a person's name."""
        if not self._morph.word_is_known(folded):
            return False
        return any(_is_ordinary(parse) for parse in self._morph.parse(folded))

    def _is_toponym(self, folded: str) -> bool:
        """Whether the word is a town or a river too: «артем», «беслан»."""
        return any("Geox" in parse.tag for parse in self._morph.parse(folded))

    def _is_plain(self, folded: str) -> bool:
        """Whether the word stands by itself in a sentence: «машина», «дали», unlike «морозов»."""
        return self.is_common(folded) and any(
            _is_ordinary(parse)
            and (parse.tag.POS not in _NOMINAL or ("nomn" in parse.tag and "sing" in parse.tag))
            for parse in self._morph.parse(folded)
        )

    def _patronymic(self, folded: str) -> Part | None:
        match = _PATRONYMIC.fullmatch(folded)
        if not match:
            return None
        parses = self._morph.parse(folded)
        if self._morph.word_is_known(folded) and not any("Patr" in parse.tag for parse in parses):
            return None
        stem = match["man"] or match["woman"] or match["folk"]
        stems = frozenset({_PATRONYMIC_SUFFIX.sub("", stem)})
        if match["woman"]:
            return Part(0, _PATRONYMIC_FEMININE[match["her"]], stems)
        return Part(_NOUN_MASCULINE[match["his"] or match["its"] or ""], 0, stems)

    def _surname(self, folded: str) -> Part | None:
        """Reading as a surname, whatever else the word may be."""
        last = folded.rpartition("-")[2]
        if "function" in self.sections(last) or len(last) < 2:
            return None
        tags = [parse for parse in self._morph.parse(last) if "Surn" in parse.tag]
        known = self._morph.word_is_known(last)
        if known and tags:
            masculine = feminine = 0
            for parse in tags:
                case = _CASES.get(str(parse.tag.case), 0)
                masculine |= case if parse.tag.gender != "femn" else 0
                feminine |= case if parse.tag.gender != "masc" else 0
            return Part(masculine, feminine, frozenset({tags[0].normal_form.removesuffix("ий")}))
        if known and self.is_common(last):
            return None
        return surname_by_shape(last)


def _is_ordinary(parse: Any) -> bool:  # noqa: ANN401  (pymorphy3 is untyped)
    return not any(tag in parse.tag for tag in _PROPER)


def surname_by_shape(word: str) -> Part | None:
    """Reading by the ending alone: «-ов», «-ский», «-енко», «-швили», …."""
    if match := _SURNAME_OV.fullmatch(word):
        ending = match[2]
        return Part(
            _OV_MASCULINE.get(ending, 0), _OV_FEMININE.get(ending, 0), frozenset({match[1]})
        )
    if match := _SURNAME_SKY.fullmatch(word):
        ending = match[2]
        return Part(
            _SKY_MASCULINE.get(ending, 0), _SKY_FEMININE.get(ending, 0), frozenset({match[1]})
        )
    if _SURNAME_FIXED.fullmatch(word):
        return Part(ALL_CASES, ALL_CASES, frozenset({word}))
    if match := _SURNAME_NOUN.fullmatch(word):
        feminine = ALL_CASES if not match[2] else 0
        return Part(_NOUN_MASCULINE[match[2]], feminine, frozenset({match[1]}))
    return None
