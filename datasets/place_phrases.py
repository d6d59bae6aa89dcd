"""Every case form of every name of a gazetteer, looked up word by word."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from otklik.datasets.gazetteer import Entry
from otklik.datasets.place_morphology import adjective_forms, case_forms
from otklik.datasets.place_records import PlaceKind
from otklik.datasets.place_tokens import TOKEN, Tokens, lower
from otklik.datasets.settlement_types import SETTLEMENT_TYPES
from otklik.datasets.street_types import FULL, SHORT, StreetType


@dataclass(frozen=True, slots=True)
class Phrase:
    """One form of one name.

    `street_type` is the type of this spelling (an alias may carry another than the present name);
    `typed` says that the spelling is only valid after its type word («посёлок Родина»); `common`
    that it is a street name of any town and not one of the city's own.
    """

    words: tuple[str, ...]
    entry: Entry
    street_type: StreetType | None
    typed: bool
    common: bool = False


class Phrases:
    """Names by their first word, the longest first.

    Parameters
    ----------
    own : iterable of Entry
        The city's places; they hide the same names in `common`.
    common : iterable of Entry
        Street names of any town.
    """

    def __init__(self, own: Iterable[Entry], common: Iterable[Entry]) -> None:
        self._by_word: dict[str, list[Phrase]] = {}
        mine = [phrase for entry in own for phrase in _phrases_of(entry)]
        taken = {phrase.words for phrase in mine}
        others = [phrase for entry in common for phrase in _phrases_of(entry)]
        for phrase in mine:
            self._by_word.setdefault(phrase.words[0], []).append(phrase)
        for phrase in others:
            if phrase.words not in taken:
                self._by_word.setdefault(phrase.words[0], []).append(replace(phrase, common=True))
        for found in self._by_word.values():
            found.sort(key=lambda phrase: -len(phrase.words))

    def at(self, tokens: Tokens, index: int) -> list[Phrase]:
        """The longest phrases that start at a token; several where names share their words."""
        found: list[Phrase] = []
        for phrase in self._by_word.get(tokens.word(index), ()):
            length = len(phrase.words)
            if found and length < len(found[0].words):
                break
            if tuple(tokens.words[index : index + length]) == phrase.words:
                found.append(phrase)
        return found


def _phrases_of(entry: Entry) -> list[Phrase]:
    found: dict[tuple[tuple[str, ...], StreetType | None], Phrase] = {}
    for spelling in entry.spellings:
        words = tuple(word for word in TOKEN.findall(lower(spelling)) if word[0].isalnum())
        street_type = None
        typed = False
        if entry.kind is PlaceKind.STREET:
            words, street_type = _split_street(words)
        elif entry.kind is PlaceKind.SETTLEMENT and words[0] in SETTLEMENT_TYPES:
            words, typed = words[1:], True
        if street_type is None:
            forms = case_forms(" ".join(words))
        else:
            forms = adjective_forms(words, street_type.gender)
        for form in forms:
            found.setdefault((form, street_type), Phrase(form, entry, street_type, typed))
    return list(found.values())


def _split_street(words: tuple[str, ...]) -> tuple[tuple[str, ...], StreetType | None]:
    for index in (0, len(words) - 1, *range(1, len(words) - 1)):
        street_type = FULL.get(words[index]) or SHORT.get(words[index])
        if street_type is not None:
            return words[:index] + words[index + 1 :], street_type
    return words, None
