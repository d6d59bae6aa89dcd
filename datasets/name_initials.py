"""Initials before or after a surname: «Р. А. Магомедов», «магомедов р а», «Алиев С.»."""

import re

from otklik.datasets.name_lexicon import ALL_CASES, Part
from otklik.datasets.name_line import LETTER_WORDS, Line, is_genitive, is_nominative
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_words import SURNAME_LIKE

# «г. Исаева» is a town, «д. 5» a house
_ABBREVIATIONS = frozenset("гдспмркотшу")
_NEVER = ("тч", "фио")  # «в т. ч. контейнеров», «Ф. И. О.»
# Abbreviations of two letters: «зима т. е. холод»
_NO_INITIALS = re.compile("т[кедп]|гр|нэ|уе|жд|лс|сх|дв|шт|р[фп]|мр|кв|тс")
_MOST = 3  # «А.-Х. С.»
_JUNCTION = frozenset("иая")  # «петров и с соседом»: a conjunction, then a preposition
_PREPOSITIONS = frozenset("вксоуя")
_BEFORE_NUMBER = frozenset("дктпсг")
_BETWEEN_INITIALS = re.compile(r" {0,2}|\. {0,2}| \. ?|\.?-| -|- ")
_NOTHING = Part(0, 0, frozenset())
_OPENS_NUMBER = re.compile(r"[\s.]{0,3}[\d№]")


def initials_first(line: Line, i: int) -> Reading | None:
    """«А. Нагаев», «Р. Х. Мусаитов», «м м абдусаламов»."""
    letters: list[str] = []
    stop = i
    while (
        len(letters) < _MOST
        and line.is_initial(stop)
        and not (letters and not _goes_on(line, stop))
        and (line.is_dotted(stop) or line.is_joined(stop))
    ):
        letters.append(line.folded[stop])
        stop += 1
    if line.has_capitals and not line.raw[i].isupper():
        return None
    if not letters or stop >= line.count or not _touches_initial(line.gap(stop - 1)):
        return None
    if _NO_INITIALS.fullmatch("".join(letters)) and not line.is_capital(i):
        return None  # «т. к. по»
    before = [line.folded[k] if line.is_initial(k) else " " for k in range(max(0, i - 2), i)]
    if "".join(before + letters).endswith(_NEVER):
        return None
    dotted = line.is_dotted(i)
    capital = line.raw[i].isupper()
    if len(letters) == 1:
        if not _is_one_initial(line, i):
            return None
    elif not dotted and _are_words(letters) and not line.is_capital(i):
        return None
    surname = line.surname(stop)
    if surname is None and dotted and is_nominative(noun := _noun_surname(line, stop)):
        return Reading(i, stop + 1, noun, surname=noun.stems, initials=letters)
    if surname is None and dotted and capital and line.is_unlisted(stop):
        surname = Part(ALL_CASES, ALL_CASES, frozenset({line.folded[stop]}))
    shown = dotted or (len(letters) > 1 and line.is_capital(i))
    if surname is None or (line.is_common(stop) and not (shown and line.raw[stop][0].isupper())):
        return None
    return Reading(i, stop + 1, surname, surname=surname.stems, initials=letters)


def _goes_on(line: Line, i: int) -> bool:
    """Whether the letter `i` belongs to the one before: «Р. А.», not «Р. [ПРОФИЛЬ] А.»."""
    beside = _touches_initial(line.gap(i - 1))
    return beside and not _is_conjunction(line, i) and _is_alike(line, i - 1, i)


def take_initials(line: Line, reading: Reading) -> Reading | None:
    """Add the initials after a surname; None where there are none."""
    first = stop = reading.stop
    letters: list[str] = []
    while len(letters) < _MOST and line.is_initial(stop) and _touches_initial(line.gap(stop - 1)):
        if letters and (not _is_alike(line, stop - 1, stop) or _is_conjunction(line, stop)):
            break
        letters.append(line.folded[stop])
        stop += 1
    if not letters or (line.is_common(reading.start) and not _is_name_like(line, reading, letters)):
        return None
    dotted, capital = line.is_dotted(first), line.is_capital(first)
    if len(letters) == 1:
        if not _is_one_after(line, reading.start, first):
            return None
    elif not dotted and not capital and _are_words(letters):
        return None
    reading.initials = letters
    reading.stop = stop
    return reading


def _noun_surname(line: Line, i: int) -> Part:
    """«А. Байраков», «А. П. Мороз»: an ordinary word, capitalised or in «-ов»."""
    noun = line.words.noun_surname(line.folded[i])
    shown = line.is_capital(i) or line.folded[i].endswith(("ов", "ев"))
    pair = line.is_initial(i - 2) and line.is_dotted(i - 2)  # «а. п. мороз»
    listed = noun and pair and not noun.stems.isdisjoint(line.words.listed)
    return noun if noun and (shown or listed) else _NOTHING


def _is_one_initial(line: Line, i: int) -> bool:
    """A single letter before a surname: «Э. Байраков», but not «г. Артём» nor «д. Исаева»."""
    follower = line.surname(i + 1) or line.words.noun_surname(line.folded[i + 1])
    if not line.is_dotted(i):
        # «Подписались А Нагаев»; «А Нагаев молчит» begins with a conjunction
        inside = line.is_capital(i) and line.is_joined(i - 1)
        shaped = line.flags[i + 1] & SURNAME_LIKE or line.words.nouns.herd_surname(
            line.folded[i + 1]
        )
        sure = line.is_capital(i + 1) and bool(shaped)
        letter = line.folded[i] not in LETTER_WORDS or (follower and is_nominative(follower))
        return bool(inside and sure and follower and (letter or line.folded[i] in "юэ"))
    if line.raw[i].isupper():
        town = line.is_upper or line.words.is_toponym(line.folded[i + 1])
        if not (line.folded[i] in _ABBREVIATIONS and town):
            return True
    if line.folded[i] not in _ABBREVIATIONS and line.flags[i + 1] & SURNAME_LIKE:
        return True
    # In lower case a nominative tells a person: «л. черкиева», not «ш. исаева»
    if follower is None or not is_nominative(follower):
        return False
    if not line.flags[i + 1] & SURNAME_LIKE and not line.folded[i + 1].endswith(("ов", "ев")):
        return False
    if line.folded[i] not in _ABBREVIATIONS:
        return True
    return not (is_genitive(follower) or line.words.is_toponym(line.folded[i + 1]))


def _is_one_after(line: Line, i: int, letter: int) -> bool:
    """A single letter after the surname `i`: «Алиев С.», but not «исаева д. 5»."""
    if not line.is_dotted(letter):
        # «Исаев Р просит», unlike «Исаев и», «исаева д 5»
        return (line.is_capital(letter) and not line.raw[i].isupper()) or _is_bare_initial(
            line, i, letter
        )
    numbered = _OPENS_NUMBER.match(line.text, line.spans[letter][1])
    if numbered and line.folded[letter] in _BEFORE_NUMBER:
        return False
    if line.has_capitals:
        return line.is_capital(letter)
    if line.is_common(i):
        listed = line.words.is_listed_surname(line.folded[i]) and line.folded[i].endswith(
            ("ых", "их")
        )
        return listed and not line.is_joined(i - 1)  # «долгих н.»
    surname = line.surname(i) or line.given(i)
    # «хамство кодзоевой р.», unlike «на исаева д.»
    shaped = bool(line.flags[i] & SURNAME_LIKE) and line.folded[letter] not in _BEFORE_NUMBER
    return shaped or bool(surname and is_nominative(surname))


def _is_bare_initial(line: Line, i: int, letter: int) -> bool:
    """«чагаев б подписал»: no conjunction, no house, after a man's surname and nothing else."""
    word = line.folded[letter]
    if line.has_capitals or line.is_common(i) or not line.flags[i] & SURNAME_LIKE:
        return False
    surname = line.surname(i)
    if word in LETTER_WORDS or word == "г" or surname is None or not is_nominative(surname):
        return False
    return not is_genitive(surname) or word not in _ABBREVIATIONS


def _is_name_like(line: Line, reading: Reading, letters: list[str]) -> bool:
    """Whether an ordinary word before initials is a surname: «Зима Т. В.», not «зима т. е.»."""
    if line.is_capital(reading.start):
        return True
    pair = "".join(letters)
    return len(letters) == 2 and line.is_dotted(reading.stop) and not _NO_INITIALS.fullmatch(pair)


def _are_words(letters: list[str]) -> bool:
    """Whether bare letters may be words: «и с», unlike «а а» and «и б»."""
    if len(letters) == 1:
        return letters[0] in LETTER_WORDS
    return letters[0] in _JUNCTION and letters[1] in _PREPOSITIONS


def _is_conjunction(line: Line, i: int) -> bool:
    """«МАДАЕВ М И ХАСАНОВА П»: a bare «и» between two names is no initial."""
    if not line.is_and(i) or line.is_dotted(i) or line.is_initial(i + 1):
        return False
    return line.is_upper or line.raw[i].islower()


def _touches_initial(gap: str) -> bool:
    return gap.replace("\u00a0", " ") in (
        "",
        " ",
        ".",
        ". ",
        "  ",
        ".  ",
        " .",
        " . ",
        ".-",
        "-",
        " -",
        "- ",
    )


def _is_alike(line: Line, i: int, j: int) -> bool:
    """Two initials are written alike: «Лалаев Б. в отпуске» has one, «Рябых О. С» ends with two."""
    closes = line.is_dotted(i) and not line.is_joined(j)
    dots = line.is_dotted(i) == line.is_dotted(j) or line.gap(i) == "." or closes
    return dots and line.raw[i].isupper() == line.raw[j].isupper()
