"""Districts and settlements in a text."""

import re

from otklik.datasets.gazetteer import Gazetteer
from otklik.datasets.place_morphology import (
    adjective_cases,
    agree,
    in_dictionary,
    is_common,
    is_function,
    nominative,
    parses,
    readings,
)
from otklik.datasets.place_phrases import Phrase, Phrases
from otklik.datasets.place_records import FoundPlace, PlaceKind
from otklik.datasets.place_tokens import Tokens, title, word_set
from otklik.datasets.settlement_types import AMBIGUOUS, GARDENS, SETTLEMENT_TYPES

DISTRICT_WORDS = word_set("район района районе району районом р-н р-на р-не р-ну р-ном рн рне")
DISTRICT_NAME = re.compile(r".{3,}(?:ск|цк)(?:ий|ого|ому|им|ом|ой)$")
NOT_A_DISTRICT = ("городск", "сельск", "муниципальн", "промышленн", "детск", "соседск", "админ")
IN_AREA = frozenset(
    {"в", "во", "на", "из", "с", "до", "от", "к", "под", "около", "возле", "за", "по"}
)
AREAS = (PlaceKind.SETTLEMENT, PlaceKind.MICRODISTRICT)


class AreaRules:
    """Finds districts and settlements at a token."""

    def __init__(self, phrases: Phrases, gazetteer: Gazetteer | None) -> None:
        self._phrases = phrases
        self._gazetteer = gazetteer

    def district(self, tokens: Tokens, index: int, floor: int) -> FoundPlace | None:
        """District whose word «район» stands at `index`."""
        if index > floor and (found := self._district(tokens, index - 1)):
            return _place(tokens, index - 1, index + 1, PlaceKind.DISTRICT, *found)
        after = tokens.skip(index + 1, ".") if tokens.word(index).startswith("р") else index + 1
        if after < len(tokens) and (found := self._district(tokens, after)):
            return _place(tokens, index, after + 1, PlaceKind.DISTRICT, *found)
        return None

    def settlement(self, tokens: Tokens, index: int) -> FoundPlace | None:
        """Settlement whose type word stands at `index`."""
        word = tokens.word(index)
        start = tokens.skip(index + 1, ".")
        bare = start == index + 1
        if word in AMBIGUOUS and bare and not (word == "г" and tokens.is_capital(start)):
            return None
        if word not in AMBIGUOUS and start > index + 1 and len(word) > 3 and word != "ст-ца":
            return None  # a full stop after a whole word ends the sentence
        start = tokens.skip(start, "им", "имени", ".")
        for phrase in self._phrases.at(tokens, start):
            if phrase.entry.kind in AREAS:
                return _known(tokens, index, start + len(phrase.words), phrase)
        after = _name_end(tokens, start)
        if after == start:
            return None
        gender = SETTLEMENT_TYPES[word]
        name = " ".join(_nominative(tokens.word(i), gender) for i in range(start, after))
        shown = title(name)
        if word in GARDENS:
            shown = f"{word.upper()} {shown}"
        return _place(tokens, index, after, PlaceKind.SETTLEMENT, shown, None, False)

    def bare(self, tokens: Tokens, index: int) -> FoundPlace | None:
        """District, settlement or microdistrict of the gazetteer without its word."""
        for phrase in self._phrases.at(tokens, index):
            entry = phrase.entry
            after = index + len(phrase.words)
            if entry.kind is PlaceKind.DISTRICT:
                if _district_alone(tokens, index, after):
                    return _place(tokens, index, after, entry.kind, entry.name, entry.name, True)
            elif entry.kind not in AREAS or not entry.bare or phrase.typed:
                continue
            elif _area_alone(tokens, index, phrase):
                return _known(tokens, index, after, phrase)
        return None

    def _district(self, tokens: Tokens, index: int) -> tuple[str, str | None, bool] | None:
        word = tokens.word(index)
        if not tokens.is_word(index):
            return None
        name = nominative(word, "masc")
        if self._gazetteer is not None and (known := self._gazetteer.district(name)):
            return known, known, True
        named = DISTRICT_NAME.match(word) or (
            tokens.is_capital(index)
            and adjective_cases(word, "masc")
            and tokens.word(index - 1) not in ("", ".", "!", "?", "\n")
        )
        if not named or word.startswith(NOT_A_DISTRICT):
            return None
        return title(name), None, False


def _district_alone(tokens: Tokens, index: int, after: int) -> bool:
    """«в Ленинском», «по Висаитовскому»; not «в заводском цеху», not «Ленинский проспект»."""
    if tokens.word(index - 1) not in ("в", "во", "по", "из"):
        return False
    last, following = tokens.word(after - 1), tokens.word(after)
    if following.isalpha() and agree(last, following):
        return False
    oblique = bool(adjective_cases(last, "masc") - {"nomn", "accs", "ablt"})
    return oblique and (tokens.is_capital(index) or not tokens.cased or not in_dictionary(last))


def _area_alone(tokens: Tokens, index: int, phrase: Phrase) -> bool:
    words = phrase.words
    placed = tokens.word(index - 1) in IN_AREA
    if len(words) > 1 or not all(in_dictionary(word) for word in words):
        return True
    if is_common(words[0]) or is_function(words[0]):
        oblique = any(r.case in ("loct", "gent", "datv") for r in readings(words[0]))
        return placed and (tokens.is_capital(index) or oblique)
    return placed or tokens.is_capital(index)


def _name_end(tokens: Tokens, start: int) -> int:
    if start >= len(tokens) or not tokens.is_word(start) or len(tokens.word(start)) < 3:
        return start
    word = tokens.word(start)
    if tokens.is_capital(start):
        after = start + 1
        if tokens.is_capital(after) and (
            agree(word, tokens.word(after)) or tokens.closes_quote(after)
        ):
            after += 1
        return after
    if is_function(word) or is_common(word):
        return start
    return start + 1


def _nominative(word: str, gender: str) -> str:
    if adjective_cases(word, gender):
        return nominative(word, gender)
    if any("Surn" in reading.grammemes for reading in readings(word)):
        return word  # «посёлок Калинина» is not Калинин
    for parse in parses(word):
        if "Geox" in parse.tag.grammemes and in_dictionary(word):
            return str(parse.normal_form).replace("ё", "е")
    return word


def _known(tokens: Tokens, start: int, after: int, phrase: Phrase) -> FoundPlace:
    entry = phrase.entry
    return FoundPlace(
        entry.kind,
        tokens.starts[start],
        tokens.stops[after - 1],
        entry.name,
        entry.key,
        district=entry.district,
        known=True,
    )


def _place(
    tokens: Tokens,
    start: int,
    after: int,
    kind: PlaceKind,
    name: str,
    district: str | None,
    known: bool,
) -> FoundPlace:
    return FoundPlace(
        kind,
        tokens.starts[start],
        tokens.stops[after - 1],
        name,
        name.lower(),
        district=district,
        known=known,
    )
