"""What a single word may be in a name: cached answers, one dictionary look-up per known word."""

import re
from functools import lru_cache
from typing import Final

import pymorphy3

from otklik.datasets.name_coined import is_coined, is_slip
from otklik.datasets.name_dictionary import listed_surname, load_rare_given, load_surnames
from otklik.datasets.name_grammar import CASES, Grammar, is_ordinary
from otklik.datasets.name_lexicon import (
    ALL_CASES,
    NOMINATIVE,
    Part,
    fold,
    load_contexts,
    load_given_names,
    load_rather_names,
)
from otklik.datasets.name_likeness import Likeness, load_likeness
from otklik.datasets.name_memo import Memo
from otklik.datasets.name_noun_words import NounSurnames
from otklik.datasets.name_shapes import (
    PATRONYMIC as PATRONYMIC_SHAPE,
)
from otklik.datasets.name_shapes import (
    SURNAME_TAIL,
    patronymic_by_shape,
    surname_by_shape,
)

(
    GIVEN,
    PATRONYMIC,
    POST,
    INTRO,
    PLACE,
    BUILDING,
    INITIAL,
    SURNAME_LIKE,
    KIN,
    STRANGE,
    LIKELY,
    BORNE,
) = (1 << i for i in range(12))
# A text without any of these holds no name
TRIGGERS: Final = GIVEN | PATRONYMIC | POST | INTRO | INITIAL | SURNAME_LIKE | STRANGE | BORNE
_CACHE_WORDS = 400_000
_SURE_WITH_TAIL = 0.4  # the same, for a word in «-ов», «-ина» and the like
_NO_NAME = Likeness(0.0, 0.0)
SURE: Final = 0.6  # likeness from which a word that no list knows counts as a name

_NOMINAL = ("NOUN", "ADJF", "ADJS")
_OV_TAIL = re.compile(r"(?:[ое]в|ин)(?:а|у|ым|ой|е)?$")
_DOUBLE_INITIAL = re.compile("[а-я]-[а-я]")  # «Лорсанов А-Х»
_ABBREVIATED = frozenset({"б-р", "р-н", "к-т", "с-х", "ж-д", "ж-б", "м-н", "п-т", "г-н", "д-р"})
_STRANGE = re.compile(r"(?=.*[аеиоуыэюя])[а-я-]{4,}")
_PLURAL_SURNAME = re.compile(r".{2,}(?:[ое]в|ин|ын)(?:ых|ым|ыми)")
_SECTION_FLAGS = {
    "post": POST, "kin": POST | KIN, "intro": INTRO, "place": PLACE, "building": BUILDING,
}  # fmt: skip
# Half of a compound name that tells what the other half is: «Хож-Бауди», «Абу-Супьян»
_COMPOUND = re.compile(
    r"(?:абу|абд|абдул|али|ахмад|ахмат|имам|магомед|мохмад|мухаммад|нур|саид|сайд|турпал|умар|хас"
    r"|хож|шейх)-.{2,}|.{2,}-(?:али|амин|бек|бей|магомед|селим|султан|хаджи|хажи|хан|хасан|эмин).?"
)


class Words:
    """Answers about words, remembered for the life of the process.

    Morphology is asked only for words that stand beside a name, so a cold cache costs little.
    """

    def __init__(self) -> None:
        self._morph = pymorphy3.MorphAnalyzer()
        self.grammar = Grammar(self._morph)
        self._parse = self.grammar.parse
        self._given = load_given_names()
        self._rare_given = load_rare_given()
        self._surnames = load_surnames()
        self._rather = load_rather_names()
        self._contexts = load_contexts()
        self.listed = self._surnames
        self.folded = Memo(fold, _CACHE_WORDS)
        self.flags = Memo(self._compute_flags, _CACHE_WORDS)
        self.sections = lru_cache(maxsize=_CACHE_WORDS)(self._contexts.sections)
        self.given = lru_cache(maxsize=_CACHE_WORDS)(self._find_given)
        self.surname = lru_cache(maxsize=_CACHE_WORDS)(self._surname)
        self.nouns = NounSurnames(self._morph, self.grammar, self.sections)
        self.noun_surname = self.nouns.read
        self.patronymic = lru_cache(maxsize=_CACHE_WORDS)(self._patronymic)
        self.is_common = lru_cache(maxsize=_CACHE_WORDS)(self._is_common)
        self.is_toponym = lru_cache(maxsize=_CACHE_WORDS)(self._is_toponym)
        self.is_plain = lru_cache(maxsize=_CACHE_WORDS)(self._is_plain)
        self.is_known = lru_cache(maxsize=_CACHE_WORDS)(self._morph.word_is_known)
        self.likeness = lru_cache(maxsize=_CACHE_WORDS)(self._likeness)
        self.is_coined = lru_cache(maxsize=_CACHE_WORDS)(self._is_coined)
        self.is_slip = lru_cache(maxsize=_CACHE_WORDS)(self._is_slip)

    def _listed_given(self, folded: str) -> Part | None:
        """Reading by the lists; a compound counts by its parts: «Хасан-Бек», «Хож-Бауди»."""
        part = self._given.get(folded)
        if part is None and (rare := self._rare_given.get(folded)):
            return None if self.is_common(folded) or self.sections(folded) else rare
        if part is None and "-" in folded:
            head, _, tail = folded.partition("-")
            first, last = self._given.get(head), self._given.get(tail)
            if first and last:
                return Part(last.masculine, last.feminine, frozenset({folded}))
            if _COMPOUND.fullmatch(folded) and not self.is_known(folded):
                return Part(ALL_CASES, ALL_CASES, frozenset({folded}))
        return part

    def _find_given(self, folded: str) -> Part | None:
        """Reading as a given name, by the lists or by the dictionary («бадруди»)."""
        part = self._listed_given(folded)
        if part or len(folded) < 3 or not self.is_known(folded) or self.is_common(folded):
            return part
        return self._by_tag(folded, "Name")

    def ordinary_given(self, folded: str) -> Part | None:
        """Reading of an ordinary word as a rare given name: «дана», «мира», «аскер»."""
        if not self.is_common(folded):
            return None
        speech = {parse.tag.POS for parse in self._parse(folded)}
        nominal = "NOUN" in speech and "VERB" not in speech
        return self._rare_given.get(folded) if nominal else None

    def is_sure_given(self, folded: str) -> bool:
        """Whether the word is in our own list: people of the city are called so."""
        return folded in self._given

    def _compute_flags(self, word: str) -> int:
        """Bits of what a word, as written, may start."""
        folded = fold(word)
        flags = 0
        if len(folded) == 1:
            return INITIAL if "а" <= folded <= "я" else 0
        if _DOUBLE_INITIAL.fullmatch(folded) and folded not in _ABBREVIATED:
            return INITIAL
        if self._listed_given(folded):
            flags |= GIVEN
        if PATRONYMIC_SHAPE.fullmatch(folded) and self.patronymic(folded):
            flags |= PATRONYMIC
        sections = self.sections(folded)
        for section in sections:
            flags |= _SECTION_FLAGS.get(section, 0)
        if not sections and self.nouns.is_trade(folded):
            flags |= POST
        if len(word) > 3 and SURNAME_TAIL.search(word) and not sections and self.surname(folded):
            flags |= 0 if self.is_common(folded) else SURNAME_LIKE
        if not flags and not sections and _STRANGE.fullmatch(folded):
            flags |= 0 if self.is_known(folded) else STRANGE
        if flags & STRANGE and self.likeness(folded).name >= SURE and not self.is_coined(folded):
            flags |= LIKELY
        if not sections and (self.nouns.is_borne(folded) or self.nouns.herd_surname(folded)):
            flags |= BORNE  # «жук», «волков»
        return flags

    def _is_common(self, folded: str) -> bool:
        """Whether the dictionary knows the word as anything but a person's name."""
        if folded in self._rather or not self._morph.word_is_known(folded):
            return False
        return any(is_ordinary(parse) for parse in self._parse(folded))

    def _is_toponym(self, folded: str) -> bool:
        """Whether the word is a town or a river too: «артем», «беслан»."""
        if folded in self._rather or not self.is_known(folded):
            return False
        # «сулейманов» is no town, though many towns named after a Сулейман are «сулейманов»
        plural = folded.endswith(("ов", "ев", "ин"))
        return any(
            "Geox" in parse.tag and not (plural and "plur" in parse.tag)
            for parse in self._parse(folded)
        )

    def _likeness(self, folded: str) -> Likeness:
        """How much a word that the dictionary does not hold is built like a name."""
        return _NO_NAME if self.is_known(folded) else load_likeness()(folded)

    def is_built_surname(self, folded: str) -> bool:
        """Whether no dictionary holds the word, but ending and letters make it a surname."""
        return bool(_OV_TAIL.search(folded)) and self.likeness(folded).name >= _SURE_WITH_TAIL

    def _is_open(self, folded: str) -> bool:
        """Whether no list knows the word, nor do its letters make it a surname in «-ов»."""
        if self.is_known(folded) or listed_surname(folded):
            return False
        return not self.is_built_surname(folded)

    def _is_coined(self, folded: str) -> bool:
        """Whether no list knows the word and it is no name, see `name_coined`."""
        return self._is_open(folded) and is_coined(folded, self._is_common)

    def _is_slip(self, folded: str) -> bool:
        """Whether the word is unknown and an ordinary one is meant: «подьезд»."""
        return self._is_open(folded) and is_slip(folded, self._is_common)

    def looks_nominal(self, folded: str) -> bool:
        """Whether an unknown word is built like a noun: «гулчехра», not «паркуеться»."""
        return not self.is_known(folded) and self.grammar.looks_noun(folded)

    def _is_plain(self, folded: str) -> bool:
        """Whether the word stands by itself in a sentence: «машина», «дали», unlike «морозов»."""
        return self.is_common(folded) and any(
            is_ordinary(parse)
            and (parse.tag.POS not in _NOMINAL or ("nomn" in parse.tag and "sing" in parse.tag))
            for parse in self._parse(folded)
        )

    def _patronymic(self, folded: str) -> Part | None:
        part = patronymic_by_shape(folded)
        if part and self._morph.word_is_known(folded) and not self._by_tag(folded, "Patr"):
            return None
        return part

    def _surname(self, folded: str) -> Part | None:
        """Reading as a surname, whatever else the word may be."""
        head, _, last = folded.rpartition("-")
        if "function" in self.sections(last) or len(last) < 2:
            return None
        known = self._morph.word_is_known(last)
        if known and (part := self._by_tag(last, "Surn")):
            fixed = part.masculine & NOMINATIVE and not surname_by_shape(last)  # «Цой Людмила»
            return part._replace(feminine=ALL_CASES) if fixed else part
        part = surname_by_shape(last)
        if head and (part or self.surname(head)) and not self.is_known(folded):
            # «Петров-Водолазов»: the half that is an ordinary word does not matter
            return part or Part(ALL_CASES, ALL_CASES, frozenset({folded}))
        if known and self.is_common(last):
            return None
        return part or listed_surname(last)

    def _by_tag(self, folded: str, tag: str) -> Part | None:
        """Reading by the dictionary's own mark of names, surnames or patronymics."""
        parses = [parse for parse in self._parse(folded) if tag in parse.tag]
        if tag == "Name":
            parses = [parse for parse in parses if "sing" in parse.tag]
        masculine = feminine = 0
        for parse in parses:
            case = CASES.get(str(parse.tag.case), 0)
            masculine |= case if parse.tag.gender != "femn" else 0
            feminine |= case if parse.tag.gender != "masc" else 0
        if not parses:
            return None
        return Part(masculine, feminine, frozenset({parses[0].normal_form.removesuffix("ий")}))

    def is_listed_surname(self, folded: str) -> bool:
        """Whether the list of surnames holds the word as it stands."""
        return folded in self._surnames

    def is_family(self, folded: str) -> bool:
        """Whether the word may name a whole family: «Хасиевых», «Дудаевым»."""
        return bool(_PLURAL_SURNAME.fullmatch(folded)) and not self.is_common(folded)
