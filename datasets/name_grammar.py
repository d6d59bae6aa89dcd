"""Grammar of ordinary words around a name, by pymorphy3."""

from functools import lru_cache
from typing import Any, Final

from otklik.datasets.name_lexicon import (
    ACCUSATIVE,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
)

CASES: Final = {
    "nomn": NOMINATIVE, "gent": GENITIVE, "gen2": GENITIVE, "datv": DATIVE, "accs": ACCUSATIVE,
    "ablt": INSTRUMENTAL, "loct": PREPOSITIONAL, "loc2": PREPOSITIONAL, "voct": NOMINATIVE,
}  # fmt: skip
MAN, WOMAN = 1, 2
# «иванов» as an adjective («чей?») is no ordinary word any more; towns are asked for apart
_PROPER = ("Name", "Surn", "Patr", "Init", "Poss", "Geox")
_CACHE_WORDS = 100_000
_ADVERBIAL = ("ADVB", "PRCL", "NPRO")
_SPOKEN_FILLERS = frozenset({"сам", "сама", "еще", "все", "до", "сих", "пор", "ни", "разу", "раз"})


class Grammar:
    """Answers about folded words, remembered.

    Parameters
    ----------
    morph : pymorphy3.MorphAnalyzer
        The dictionary.
    """

    def __init__(self, morph: Any) -> None:  # noqa: ANN401  (pymorphy3 is untyped)
        self.parse = lru_cache(maxsize=_CACHE_WORDS)(morph.parse)
        self.cases = lru_cache(maxsize=_CACHE_WORDS)(self._cases)
        self.doer = lru_cache(maxsize=_CACHE_WORDS)(self._doer)
        self.is_filler = lru_cache(maxsize=_CACHE_WORDS)(self._is_filler)
        self.pointed = lru_cache(maxsize=_CACHE_WORDS)(self._pointed)

    def _cases(self, folded: str) -> int:
        """Cases in which a noun may stand, whatever its number; 0 for other words.

        As a surname «жук» stands in every case: that counts only where the word is nothing else.
        """
        bits = 0
        parses = self.parse(folded)
        ordinary = [p for p in parses if "Surn" not in p.tag and "NOUN" in p.tag]
        for parse in ordinary or parses:
            bits |= CASES.get(str(parse.tag.case), 0) if "NOUN" in parse.tag else 0
        return bits

    def _doer(self, folded: str) -> int:
        """Who may be the single subject of a verb: «обещала» a woman, «молчит» both; 0: no verb."""
        tag = self.parse(folded)[0].tag
        if tag.POS not in ("VERB", "PRTS", "ADJS") or "sing" not in tag or "impr" in tag:
            return 0
        if tag.gender:
            return {"masc": MAN, "femn": WOMAN}.get(str(tag.gender), 0)
        return MAN | WOMAN if "3per" in tag else 0

    def _is_filler(self, folded: str) -> bool:
        """Whether the word may stand between subject and verb: «опять», «не», «нам»."""
        return folded in _SPOKEN_FILLERS or str(self.parse(folded)[0].tag.POS) in _ADVERBIAL

    def _pointed(self, folded: str) -> int:
        """Whom «эта», «наш», «сама» before a name point at, in the nominative; 0: other words."""
        bits = 0
        for parse in self.parse(folded):
            if "Apro" in parse.tag and "nomn" in parse.tag and "sing" in parse.tag:
                bits |= {"masc": MAN, "femn": WOMAN}.get(str(parse.tag.gender), 0)
        return bits

    def is_verb(self, folded: str) -> bool:
        """Whether the word says what somebody did or does: «подписали»."""
        return "VERB" in self.parse(folded)[0].tag

    def is_single_verb(self, folded: str) -> bool:
        """Whether the word says what one person did or does: «открыла», «просит»."""
        tag = self.parse(folded)[0].tag
        return "VERB" in tag and "sing" in tag

    def looks_plural(self, folded: str) -> bool:
        """Whether an unknown word is built like a plural: «зацеперы»."""
        tags = [parse.tag for parse in self.parse(folded)]
        return folded.endswith(("ы", "и")) and any("plur" in t and "nomn" in t for t in tags)

    def looks_noun(self, folded: str) -> bool:
        """Whether the likeliest reading is a noun."""
        return "NOUN" in self.parse(folded)[0].tag


def is_ordinary(parse: Any) -> bool:  # noqa: ANN401  (pymorphy3 is untyped)
    """Whether a reading of the dictionary is no name of a person or a place."""
    return not any(tag in parse.tag for tag in _PROPER)
