"""Schools, clinics, stops, parks, bus routes and other assets in a text."""

import re
from collections.abc import Iterable
from dataclasses import replace

from otklik.datasets.asset_types import (
    ASSET_TYPES,
    STOP_NAMES,
    UNIQUE,
    AssetType,
)
from otklik.datasets.gazetteer import Entry, fold
from otklik.datasets.place_houses import COUNTED, DATE_OR_TIME
from otklik.datasets.place_morphology import adjective_cases, agree, is_common, nominative
from otklik.datasets.place_phrases import Phrases
from otklik.datasets.place_records import FoundPlace, PlaceKind
from otklik.datasets.place_tokens import Tokens, title

MAX_NAME = 4
NUMBER = re.compile(
    r"[\s.«\"]{0,3}(?:им(?:ени|\.)?\s\w{3,30}\s)?"
    r"(?:(?P<sign>№|номер|n)|-)?\s?(?P<number>\d{1,4}[абвгкэ]?)(?!\w)",
)
ORDINAL_ENDING = re.compile(r"(\d+)-?(?:й|я|ая|ой|ый|ю|ую|м|ом|го|э)?$")
ASSETS = frozenset(
    {
        PlaceKind.SCHOOL, PlaceKind.KINDERGARTEN, PlaceKind.CLINIC, PlaceKind.STOP,
        PlaceKind.PARK, PlaceKind.MARKET, PlaceKind.BRIDGE, PlaceKind.LANDMARK,
    }
)  # fmt: skip
GARDENS = frozenset({"сад", "сада", "саду", "садом", "саде"})
NAMED_AFTER = frozenset({PlaceKind.STOP, PlaceKind.KINDERGARTEN})


class AssetRules:
    """Finds assets at a token."""

    def __init__(self, phrases: Phrases, entries: Iterable[Entry]) -> None:
        self._phrases = phrases
        self._known = {
            _plain(spelling): entry
            for entry in entries
            if entry.kind in ASSETS
            for spelling in entry.spellings
        }

    def typed(self, tokens: Tokens, index: int, floor: int) -> FoundPlace | None:
        """Asset whose word stands at `index`."""
        asset = ASSET_TYPES[tokens.word(index)]
        if asset.numbered and (found := _numbered(tokens, index, floor, asset)):
            return found
        if asset.named and (found := self._named(tokens, index, floor, asset)):
            return found
        return _unique(tokens, index, floor, asset)

    def bare(self, tokens: Tokens, index: int) -> FoundPlace | None:
        """Park, market or landmark of the gazetteer."""
        for phrase in self._phrases.at(tokens, index):
            entry = phrase.entry
            if entry.kind not in ASSETS or not entry.bare:
                continue
            if (
                len(phrase.words) == 1
                and is_common(phrase.words[0])
                and not (tokens.is_capital(index) or _stands_on(tokens, index))
            ):
                continue
            stop = tokens.stops[index + len(phrase.words) - 1]
            return FoundPlace(
                entry.kind, tokens.starts[index], stop, entry.name, entry.key,
                district=entry.district, known=True,
            )  # fmt: skip
        return None

    def _named(self, tokens: Tokens, index: int, floor: int, asset: AssetType) -> FoundPlace | None:
        word = tokens.word(index)
        if word in GARDENS and not _is_childrens(tokens, index):
            return None  # «Летний сад»
        start = tokens.skip(index + 1, ".") if word == "ост" else index + 1
        if tokens.word(start) in ("им", "имени"):
            start = tokens.skip(start + 1, ".")
        while tokens.is_letter(start) and tokens.word(start + 1) == ".":
            start += 2  # initials
        if asset.kind is PlaceKind.BRIDGE:
            return _bridge(tokens, index, floor, asset)
        after = self._name_end(tokens, start, asset)
        if after > start:
            name = title(" ".join(tokens.words[start:after]))
            begin = _kindergarten_start(tokens, index) if asset.name == "детский сад" else index
            return self._canonical(
                _asset(tokens, begin, tokens.stops[after - 1], asset, f"{asset.name} {name}")
            )
        return _adjective_name(tokens, index, floor, asset)

    def _canonical(self, place: FoundPlace) -> FoundPlace:
        entry = self._known.get(_plain(place.name))
        if entry is None:
            return place
        return replace(place, name=entry.name, key=entry.key, district=entry.district, known=True)

    def _name_end(self, tokens: Tokens, start: int, asset: AssetType) -> int:
        if start >= len(tokens) or not tokens.is_word(start):
            return start
        if tokens.is_quoted(start) and (tokens.is_capital(start) or not tokens.cased):
            for after in range(start + 1, min(start + MAX_NAME, len(tokens)) + 1):
                if tokens.closes_quote(after - 1):
                    return after
            return start
        for phrase in self._phrases.at(tokens, start):
            if asset.kind is not PlaceKind.MARKET or phrase.entry.kind is asset.kind:
                return start + len(phrase.words)
        if asset.kind is PlaceKind.STOP and tokens.word(start) in STOP_NAMES:
            return start + 1
        after = start
        while after - start < MAX_NAME and tokens.is_capital(after) and tokens.is_word(after):
            after += 1
        if after == start + 1 and agree(tokens.word(start), tokens.word(after)):
            after += 1  # «Троллейбусное депо»
        return after


def _plain(name: str) -> str:
    """Key of an asset's name: no quotation marks, no «имени»."""
    return re.sub(r"[«»\"]|\bим(?:ени|\.)\s?", "", fold(name))


def _numbered(tokens: Tokens, index: int, floor: int, asset: AssetType) -> FoundPlace | None:
    stop = tokens.stops[index]
    begin = _kindergarten_start(tokens, index) if asset.name == "детский сад" else index
    number = NUMBER.match(tokens.low, stop)
    if number and not _counts(tokens, number) and not _follows_stop(tokens, index, number):
        return _asset(tokens, begin, number.end(), asset, _name(asset, number["number"]))
    at = begin - 1
    if tokens.is_word(at) and adjective_cases(tokens.word(at), "femn"):
        at -= 1  # «9-я городская больница»
    if at < floor or not tokens.is_number(at):
        return None
    ordinal = ORDINAL_ENDING.match(tokens.word(at))
    if ordinal is None or _is_quantity(tokens, at, index) or _is_of_another(tokens, at, asset):
        return None
    return _asset(tokens, at, stop, asset, _name(asset, ordinal.group(1)))


def _name(asset: AssetType, number: str) -> str:
    return f"{asset.name} № {number}"


def _counts(tokens: Tokens, number: re.Match[str]) -> bool:
    """«у школы 2 фонаря»; with «№» it is always a name."""
    if number["sign"]:
        return False
    stop = number.end()
    return bool(COUNTED.match(tokens.low, stop) or DATE_OR_TIME.match(tokens.low, stop))


def _follows_stop(tokens: Tokens, index: int, number: re.Match[str]) -> bool:
    """«Закрыли школу. 5 детей …»: a full stop breaks the pair."""
    between = tokens.low[tokens.stops[index] : number.start("number")]
    return "." in between and tokens.word(index) not in ("шк", "ост")


def _is_quantity(tokens: Tokens, number_at: int, index: int) -> bool:
    """«3 школы», «2 автобуса»: a bare 2–4 before a genitive singular counts."""
    word, number = tokens.word(index), tokens.word(number_at)
    if not number.isdigit():
        return False
    small = number[-1] in "234" and number[-2:-1] != "1"
    return (
        small
        and word.endswith(("а", "ы", "и", "я"))
        and not word.endswith(("ка", "ца", "ла", "ия"))
    )


def _is_of_another(tokens: Tokens, number_at: int, asset: AssetType) -> bool:
    """«в 8.30 автобус», «Мира, 57 школа рядом»: the number is an hour's or a house's.

    «Что случилось, 57 автобус» and «Добрый вечер. 57-й автобус» begin anew.
    """
    mark = tokens.word(number_at - 1) if number_at else ""
    if mark not in (".", ":", "/", ","):
        return False
    glued = tokens.stops[number_at - 1] == tokens.starts[number_at]
    sure = asset.kind is PlaceKind.ROUTE or not tokens.word(number_at).isdigit()
    return glued or not sure


def _kindergarten_start(tokens: Tokens, index: int) -> int:
    return index - 1 if _is_childrens(tokens, index) else index


def _is_childrens(tokens: Tokens, index: int) -> bool:
    return tokens.word(index - 1).startswith("дет")


def _adjective_name(tokens: Tokens, index: int, floor: int, asset: AssetType) -> FoundPlace | None:
    """«Цветочный парк», «Северная подстанция»: only a capital inside a sentence tells a name."""
    before = index - 1
    gender = "femn" if asset.name.endswith(("ия", "ая")) else "masc"
    if (
        before < floor
        or not tokens.is_capital(before)
        or tokens.word(before - 1) in ("", ".", "!", "?", "\n")
    ):
        return None
    if not adjective_cases(tokens.word(before), gender) or asset.kind in NAMED_AFTER:
        return None
    name = title(nominative(tokens.word(before), gender))
    return _asset(tokens, before, tokens.stops[index], asset, f"{name} {asset.name}")


def _bridge(tokens: Tokens, index: int, floor: int, asset: AssetType) -> FoundPlace | None:
    if tokens.word(index + 1) == "через" and tokens.is_word(index + 2):
        over = index + 2
        if tokens.word(over) in ("реку", "речку", "р") and tokens.is_word(over + 1):
            over += 1
        if tokens.is_capital(over) or not is_common(tokens.word(over)):
            name = f"{asset.name} через {title(tokens.word(over))}"
            return _asset(tokens, index, tokens.stops[over], asset, name)
    return _adjective_name(tokens, index, floor, asset)


def _unique(tokens: Tokens, index: int, floor: int, asset: AssetType) -> FoundPlace | None:
    before = index - 1
    if asset.kind is not PlaceKind.CLINIC or before < floor:
        return None
    adjective = nominative(tokens.word(before), "femn")
    if adjective not in UNIQUE:
        return None
    return _asset(tokens, before, tokens.stops[index], asset, f"{adjective} {asset.name}")


def _stands_on(tokens: Tokens, index: int) -> bool:
    return tokens.word(index - 1) in ("на", "от", "до", "с", "у", "возле", "около") and not (
        tokens.word(index).endswith("у") and not tokens.is_capital(index)
    )


def _asset(tokens: Tokens, start: int, stop: int, asset: AssetType, name: str) -> FoundPlace:
    return FoundPlace(asset.kind, tokens.starts[start], stop, name, name.lower())
