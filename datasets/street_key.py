"""One key for every spelling of a street: «на Ленина», «Ленина ул» → «ленина|улица»."""

import re
from functools import lru_cache

from otklik.datasets.place_morphology import (
    adjective_cases,
    agree,
    is_genitive,
    is_surname,
    nominative,
)
from otklik.datasets.place_tokens import word_set
from otklik.datasets.street_types import AVENUE, FULL, STREET, STREET_TYPES, StreetType

PREPOSITIONS = word_set("на по в во с со у от до к ко за возле около угол")
WITHOUT_MEANING = frozenset({"им", "имени", "им-ни"})
ORDINAL_STEMS = {
    "перв": 1, "втор": 2, "трет": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7,
    "восьм": 8, "девят": 9, "десят": 10,
}  # fmt: skip
ORDINAL_LETTER = {"femn": "я", "masc": "й", "neut": "е"}

WORD = re.compile(r"\d+(?:-?[а-я]{1,3}\b)?|[^\W\d_]+(?:-[^\W\d_]+)*")
NUMBER = re.compile(r"(\d+)(?:-?([а-я]{1,3}))?")
WORD_ORDINAL = re.compile(
    r"(перв|втор|трет|четверт|пят|шест|седьм|восьм|девят|десят)(?:ая|ой|ую|ый|ий|ое|ого|ом|ому|ья|ьей|ью|ьего|ьем)",
)


def join_key(name: str, type_name: str) -> str:
    """Key of a normal name and a canonical type."""
    return f"{name}|{type_name}"


@lru_cache(maxsize=65536)
def street_key(name: str) -> str:
    """Normal form of a street's name, the same for every spelling.

    Case of letters, «ё», initials, the place of the type and the grammatical case do not matter.
    A name without a type counts as «улица», or as «проспект» if it is a masculine adjective
    («на Невском»). First names stay («карла маркса|улица»): whether «Кадырова» and «Ахмата
    Кадырова» are one street is for the gazetteer to say.

    Parameters
    ----------
    name : str
        «ул. Ленина», «на Мебельной», «1я Садовая», «улица 8-го Марта».

    Returns
    -------
    str
        `name|type`, «садовая|улица»; empty if nothing is left of the name.
    """
    words = WORD.findall(name.lower().replace("ё", "е"))
    while words and words[0] in PREPOSITIONS:
        words = words[1:]
    words, street_type, type_word = _split_type(words)
    words = [word for word in words if word not in WITHOUT_MEANING and not _is_initial(word)]
    if not words:
        return ""
    return name_key(tuple(words), street_type, type_word=type_word)


@lru_cache(maxsize=65536)
def name_key(words: tuple[str, ...], street_type: StreetType | None, *, type_word: str = "") -> str:
    """Key of the words of a name, the type already taken away.

    Parameters
    ----------
    words : tuple of str
        Lower case, «е» for «ё», without initials.
    street_type : StreetType or None
        None: guessed from the gender of the first adjective.
    type_word : str
        The type as written, if it followed the name: «-ого» may then be an adjective
        («Старопромысловского шоссе», «Невского проспекта»).
    """
    street_type = street_type or _guess_type(words)
    ordinals: list[str] = []
    names: list[str] = []
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        ordinal = _ordinal(word, street_type, following)
        if ordinal is not None:
            ordinals.append(ordinal)
        elif word.endswith(("ого", "его")) and not _agrees(word, street_type, type_word):
            names.append(word)  # «улица Горького», «Горького ул»
        elif following and is_genitive(following) and agree(word, following):
            names.append(word)  # «парижской коммуны»
        else:
            names.append(nominative(word, street_type.gender))
    return join_key(" ".join(ordinals + names), street_type.name)


def _agrees(word: str, street_type: StreetType, type_word: str) -> bool:
    """Whether «-ого» before the type is an adjective; a surname only if the type is oblique."""
    oblique = type_word in FULL and type_word != street_type.name
    return bool(type_word) and (oblique or not is_surname(word))


def _split_type(words: list[str]) -> tuple[list[str], StreetType | None, str]:
    """Take the type away: at the front, at the back, or wherever it stands."""
    order = [0, len(words) - 1, *range(1, len(words) - 1)] if words else []
    for index in order:
        street_type = STREET_TYPES.get(words[index])
        if street_type is not None:
            rest = words[:index] + words[index + 1 :]
            return rest, street_type, words[index] if index else ""
    return words, None, ""


def _guess_type(words: tuple[str, ...]) -> StreetType:
    for word in words:
        if adjective_cases(word, "femn"):
            return STREET
        if adjective_cases(word, "masc") and not word.endswith(("ого", "его")):
            return AVENUE
    return STREET


def _ordinal(word: str, street_type: StreetType, following: str) -> str | None:
    """«1я», «6 (Советская)», «первой» → «1-я»; «8», «8-го» before a noun («марта») → «8»."""
    number = NUMBER.fullmatch(word)
    if number is not None:
        digits, ending = number.groups()
        adjective = bool(adjective_cases(following, street_type.gender))
        if following and (ending == "го" or not ending) and not adjective:
            return str(digits)
        return f"{digits}-{ORDINAL_LETTER[street_type.gender]}"
    spelled = WORD_ORDINAL.fullmatch(word)
    if spelled is None:
        return None
    return f"{ORDINAL_STEMS[spelled.group(1)]}-{ORDINAL_LETTER[street_type.gender]}"


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isalpha()
