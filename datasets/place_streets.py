"""Streets in a text: after or before their type word, or bare («на Кадырова»)."""

from otklik.datasets.place_houses import Houses, read_houses
from otklik.datasets.place_morphology import (
    adjective_cases,
    agree,
    is_common,
    is_genitive,
    is_proper,
)
from otklik.datasets.place_names import adjectives_before, is_ordinal, name_after
from otklik.datasets.place_phrases import Phrase, Phrases
from otklik.datasets.place_records import FoundPlace, PlaceKind
from otklik.datasets.place_tokens import Tokens, title
from otklik.datasets.street_key import name_key
from otklik.datasets.street_types import (
    FULL,
    MICRODISTRICT,
    SHORT,
    STREET,
    STREET_TYPES,
    StreetType,
)

ON_STREET = frozenset({"на", "по"})
# Words that govern a genitive which is then surely a street.
CROSSING = ("угол", "углу", "перекрест", "пересечен", "вдоль", "начал", "конц", "район", "сторон")
BESIDE = frozenset({"с", "от", "до", "у", "через", "около", "возле", "к", "за", "между"})
# «чемпионат мира 2018», «день победы 9»: a number after such a genitive is no house.
GOVERNORS = (
    "граждан", "начальник", "директор", "глав", "мэр", "депутат", "президент", "сосед",
    "чемпионат", "кубок", "кубк", "первенств", "карт", "стран", "ден", "дн", "план",
)  # fmt: skip
# «жалуюсь на Исаева»: a person, unless a house follows.
ATTITUDES = (
    "жал", "наде", "обид", "обиж", "руг", "похож", "подал", "суд", "голос", "наезж", "плев",
)  # fmt: skip
NAMED_AFTER = ("им", "имени")


class StreetRules:
    """Finds streets and microdistricts, with their houses, at a token.

    Parameters
    ----------
    phrases : Phrases
        Names of the gazetteer.
    """

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def typed(self, tokens: Tokens, index: int, floor: int) -> FoundPlace | None:
        """Street whose type word stands at `index`; its name may not reach back over `floor`."""
        word = tokens.word(index)
        kind = STREET_TYPES[word]
        before = self._known_before(tokens, index, floor, kind)
        if before == index:
            before = adjectives_before(tokens, index, floor, kind)
        if before < index and not _is_stray_abbreviation(tokens, before, index):
            return self._build(tokens, before, index, (before, index), index + 1, kind)
        short = word in SHORT
        start = _name_start(tokens, index + 1, short=short)
        if start < len(tokens):
            after = self._after(tokens, start, kind, short=short)
            if after > start:
                return self._build(tokens, index, index, (start, after), after, kind)
        return self._genitive_before(tokens, index, floor, kind)

    def bare(self, tokens: Tokens, index: int, previous: FoundPlace | None) -> FoundPlace | None:
        """Street of the gazetteer named without its type, if the words around speak for it."""
        for phrase in self._phrases.at(tokens, index):
            if phrase.entry.kind is not PlaceKind.STREET or not phrase.entry.bare:
                continue
            after = index + len(phrase.words)
            houses = read_houses(tokens, tokens.stops[after - 1])
            kind = phrase.street_type or STREET
            first = index - 1
            free = previous is None or (first >= 0 and tokens.starts[first] >= previous.stop)
            numbered = free and is_ordinal(tokens, first)
            if numbered and "nomn" in adjective_cases(phrase.words[-1], kind.gender):
                # «6 Советская 10» is not Советская
                return self._build(tokens, first, first, (first, after), after, kind)
            if _speaks_for_street(tokens, index, after, phrase, houses, previous):
                return _found(
                    tokens, index, after, phrase.entry.name, phrase.entry.key, phrase, houses
                )
        return None

    def _after(self, tokens: Tokens, start: int, kind: StreetType, *, short: bool) -> int:
        wanted = PlaceKind.MICRODISTRICT if kind is MICRODISTRICT else PlaceKind.STREET
        known = [
            phrase for phrase in self._phrases.at(tokens, start) if phrase.entry.kind is wanted
        ]
        after = name_after(tokens, start, kind, short=short)
        trusted = not kind.strict or tokens.is_capital(start)
        if known and kind.name != "линия" and (trusted or known[0].street_type is kind):
            return max(start + len(known[0].words), after)
        return after

    def _known_before(self, tokens: Tokens, index: int, floor: int, kind: StreetType) -> int:
        """First word of a name that the gazetteer knows with this very type."""
        for length in (3, 2, 1):
            start = index - length
            if start >= floor and any(
                len(phrase.words) == length and phrase.street_type is kind
                for phrase in self._phrases.at(tokens, start)
            ):
                return start - (start > floor and is_ordinal(tokens, start - 1))
        return index

    def _genitive_before(
        self, tokens: Tokens, index: int, floor: int, kind: StreetType
    ) -> FoundPlace | None:
        """«Ленина ул», «Кадырова проспект 5», «8 Марта ул»."""
        if kind.strict:
            return None
        for length in (3, 2, 1):
            start = index - length
            if start >= floor and any(
                len(phrase.words) == length and phrase.entry.kind is PlaceKind.STREET
                for phrase in self._phrases.at(tokens, start)
            ):
                return self._build(tokens, start, index, (start, index), index + 1, kind)
        word = tokens.word(index - 1)
        if index - 1 < floor or not tokens.is_word(index - 1) or len(word) < 4:
            return None
        if not is_proper(word) or not is_genitive(word) or is_common(word):
            return None
        if tokens.word(index) in FULL and read_houses(tokens, tokens.stops[index]) is None:
            return None
        return self._build(tokens, index - 1, index, (index - 1, index), index + 1, kind)

    def _build(
        self,
        tokens: Tokens,
        start: int,
        type_at: int,
        name: tuple[int, int],
        after: int,
        kind: StreetType,
    ) -> FoundPlace:
        """Put type, name and houses together; the gazetteer's name wins over the text's."""
        words = tuple(w for w in tokens.words[name[0] : name[1]] if w not in NAMED_AFTER)
        type_word = tokens.word(type_at) if name[0] < type_at else ""
        key = name_key(words, kind, type_word=type_word)
        houses = read_houses(tokens, tokens.stops[after - 1])
        phrase = self._known(tokens, name, kind)
        shown = f"{kind.name} {title(key.split('|')[0])}"
        if phrase is not None:
            shown, key = phrase.entry.name, phrase.entry.key
        return _found(tokens, start, after, shown, key, phrase, houses, kind)

    def _known(self, tokens: Tokens, name: tuple[int, int], kind: StreetType) -> Phrase | None:
        """The gazetteer's street of that type, or the only one of that present name."""
        wanted = PlaceKind.MICRODISTRICT if kind is MICRODISTRICT else PlaceKind.STREET
        fitting = [
            phrase
            for phrase in self._phrases.at(tokens, name[0])
            if phrase.entry.kind is wanted
            and not phrase.common
            and len(phrase.words) == name[1] - name[0]
        ]
        for phrase in fitting:
            if phrase.street_type in (kind, None):
                return phrase
        loose = [phrase for phrase in fitting if phrase.words[-1] in phrase.entry.key.split("|")[0]]
        same = len({phrase.entry.key for phrase in loose}) == 1
        return loose[0] if same and kind.name in ("улица", "проспект", "бульвар") else None


def _name_start(tokens: Tokens, index: int, *, short: bool) -> int:
    """Skip the full stop of «ул.», «им.» and initials."""
    if short:
        index = tokens.skip(index, ".")
    if tokens.word(index) in NAMED_AFTER:
        index = tokens.skip(index + 1, ".")
    while tokens.is_letter(index) and (tokens.word(index + 1) == "." or tokens.is_capital(index)):
        index = tokens.skip(index + 1, ".")
    return index


def _is_stray_abbreviation(tokens: Tokens, before: int, index: int) -> bool:
    """«краевой пер центр»: two letters in small writing need a full stop or a house."""
    if tokens.word(index) not in SHORT or tokens.is_capital(before):
        return False
    stopped = tokens.word(index + 1) in ("", ".", ",")
    return not stopped and read_houses(tokens, tokens.stops[index]) is None


def _speaks_for_street(
    tokens: Tokens,
    index: int,
    after: int,
    phrase: Phrase,
    houses: Houses | None,
    previous: FoundPlace | None,
) -> bool:
    before = _before_initials(tokens, index)
    governor = tokens.word(before)
    if _is_joined(tokens, before, previous) and (houses is not None or governor != ","):
        return True
    if governor.startswith(CROSSING) and len(governor) > 3:
        return True
    last = phrase.words[-1]
    gender = (phrase.street_type or STREET).gender
    if adjective_cases(last, gender):
        return _adjective_speaks(tokens, after, last, gender, governor, houses)
    if governor in ON_STREET:
        return houses is not None or not tokens.word(before - 1).startswith(ATTITUDES)
    if houses is None or governor.startswith(GOVERNORS):
        return False
    common = is_common(phrase.words[0]) and not tokens.is_capital(index)
    return not common or governor in BESIDE or before < 0 or houses.marked or governor in ",.\n:;("


def _is_joined(tokens: Tokens, joint: int, previous: FoundPlace | None) -> bool:
    """«Кадырова и Сайханова»: the street just found goes on."""
    if previous is None or previous.kind is not PlaceKind.STREET:
        return False
    joined = joint > 0 and tokens.stops[joint - 1] == previous.stop
    return joined and tokens.word(joint) in ("и", ",", "/")


def _adjective_speaks(
    tokens: Tokens, after: int, last: str, gender: str, governor: str, houses: Houses | None
) -> bool:
    following = tokens.word(after)
    if following.isalpha() and agree(last, following):
        return False
    cases = adjective_cases(last, gender)
    if governor in ON_STREET or governor in BESIDE:
        return bool(cases - {"nomn"})
    return houses is not None


def _before_initials(tokens: Tokens, index: int) -> int:
    before = index - 1
    while tokens.word(before) == "." and tokens.is_letter(before - 1):
        before -= 2
    return before


def _found(
    tokens: Tokens,
    start: int,
    after: int,
    shown: str,
    key: str,
    phrase: Phrase | None,
    houses: Houses | None,
    kind: StreetType | None = None,
) -> FoundPlace:
    return FoundPlace(
        PlaceKind.MICRODISTRICT if kind is MICRODISTRICT else PlaceKind.STREET,
        tokens.starts[start],
        houses.stop if houses else tokens.stops[after - 1],
        shown if phrase or kind is not MICRODISTRICT else title(key.split("|")[0]),
        key,
        houses.numbers if houses else (),
        phrase.entry.district if phrase else None,
        phrase is not None and not phrase.common,
    )
