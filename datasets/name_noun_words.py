"""Ordinary nouns and adjectives as surnames: «Заяц», «Шахидов», «Пшеничный»."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from otklik.datasets.name_dictionary import load_surnames
from otklik.datasets.name_grammar import CASES, Grammar, is_ordinary
from otklik.datasets.name_lexicon import ALL_CASES, NOMINATIVE, Part, fold, load_surname_nouns
from otklik.datasets.name_shapes import surname_by_shape

_CACHE_WORDS = 400_000
_INSULTS = frozenset(
    {"козел", "баран", "осел", "свинья", "дурак", "хам", "собака", "скотина", "пьяница", "болван"}
)
# Trades that no list could hold: «тракторист», «крановщице», «логопедом»
_TRADE = re.compile(
    r".{2,}(?:ист|тел|щик|чик|лог|тор|т[её]р|н[её]р|ант|ент|атр|ник|арь|пед|вед|граф|арк|иц|рш|истк)"
    r"(?:|ь|а|у|я|ю|ом|ем|е|и|ой|ей)"
)


class NounSurnames:
    """Answers about folded words, remembered.

    Parameters
    ----------
    morph : pymorphy3.MorphAnalyzer
        The dictionary.
    grammar : Grammar
        Cases of ordinary words.
    sections : callable
        Sections of the context lexicon that a folded word belongs to.
    """

    def __init__(
        self,
        morph: Any,  # noqa: ANN401  (pymorphy3 is untyped)
        grammar: Grammar,
        sections: Callable[[str], frozenset[str]],
    ) -> None:
        self._morph = morph
        self._grammar = grammar
        self._sections = sections
        self._surnames = load_surnames()
        self._nouns = load_surname_nouns()
        self.read = lru_cache(maxsize=_CACHE_WORDS)(self._read)
        self.herd_surname = lru_cache(maxsize=_CACHE_WORDS)(self._herd_surname)
        self.beast_surname = lru_cache(maxsize=_CACHE_WORDS)(self._beast_surname)
        self.is_borne = lru_cache(maxsize=_CACHE_WORDS)(self._is_borne)

    def _read(self, folded: str) -> Part | None:
        """Reading of an ordinary word as a surname: «Зайца», «Шахидов», «Пшеничный», «Долгих»."""
        if self._sections(folded) or self.is_trade(folded) or len(folded) < 3:
            return None
        if self._is_plural_genitive(folded):
            return surname_by_shape(folded)
        if folded.endswith(("ых", "их")):
            return Part(ALL_CASES, ALL_CASES, frozenset({folded}))
        masculine = feminine = 0
        stems = set()
        for parse in self._grammar.parse(folded):
            adjective = "ADJF" in parse.tag
            if not (adjective or "NOUN" in parse.tag) or "sing" not in parse.tag:
                continue
            if "Apro" in parse.tag:
                continue
            normal = fold(parse.normal_form)
            listed = normal in self._surnames or normal in self._nouns
            if not listed and "anim" not in parse.tag:
                continue
            case = CASES.get(str(parse.tag.case), 0)
            woman = parse.tag.gender == "femn"
            masculine |= 0 if adjective and woman else case
            # «Мороз Анне»: a woman's surname of a man's shape does not change
            fixed = ALL_CASES if case == NOMINATIVE and not adjective else 0
            feminine |= case if woman else fixed
            stems.add(fold(parse.normal_form))
        return Part(masculine, feminine, frozenset(stems)) if stems else None

    def topic_surname(self, folded: str) -> Part | None:
        """Reading of a noun that complaints are full of as a surname: «Дорога», «Яма»."""
        if self._sections(folded) != {"function"}:
            return None
        cases = self._grammar.cases(folded)
        thing = cases and "inan" in self._grammar.parse(folded)[0].tag  # «врач», «умница» are said
        return Part(cases, cases, frozenset({folded})) if thing else None

    def _is_plural_genitive(self, folded: str) -> bool:
        """Whether an ordinary word ends in «-ов» for its case only: «шахидов», «байраков»."""
        return folded.endswith(("ов", "ев")) and all(
            "plur" in parse.tag and "NOUN" in parse.tag for parse in self._grammar.parse(folded)
        )

    def _herd_surname(self, folded: str) -> Part | None:
        """Reading of «волков», «орлов» as a surname: many beings, or one man."""
        listed = self._is_plural_genitive(folded) and folded in self._surnames
        beings = listed and "anim" in self._grammar.parse(folded)[0].tag
        return surname_by_shape(folded) if beings else None

    def _beast_surname(self, folded: str) -> Part | None:
        """Reading of «жук», «сокола» as a surname that is listed, of a living being."""
        if self.is_borne(folded):
            return self.read(folded)
        first = self._grammar.parse(folded)[0].tag
        if folded in _INSULTS or "NOUN" not in first or "anim" not in first:
            return None
        noun = self.read(folded)
        return noun if noun and not noun.stems.isdisjoint(self._surnames) else None

    def _is_borne(self, folded: str) -> bool:
        """Whether many people bear the noun as a surname, in any case: «жуку»."""
        parses = self._grammar.parse(folded)[:3]
        return any(
            fold(parse.normal_form) in self._nouns and "NOUN" in parse.tag for parse in parses
        )

    def is_trade(self, folded: str) -> bool:
        """Whether the word names someone by what they do: «дворник», «тракториста»."""
        if not _TRADE.fullmatch(folded) or not self._morph.word_is_known(folded):
            return False
        return any(
            "anim" in parse.tag and "NOUN" in parse.tag and is_ordinary(parse)
            for parse in self._grammar.parse(folded)[:2]
        )
