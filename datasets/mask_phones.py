"""Telephone numbers, written in digits or in words."""

import re
from collections.abc import Iterator

import phonenumbers

from otklik.datasets.mask_kinds import PHONE, Found

_SEP = r"[ \t\u00a0().\-‐–—_/]{0,3}"
_ANY_SEP = r"(?:[ \t\u00a0().,*\[\]\-‐–—_/]{0,3}|\s?\.{2,3}\s?)"
_RUSSIAN = re.compile(rf"(?<!\d)(?<!\d:)(?:\+\s?7|[78])(?:{_ANY_SEP}\d){{10}}(?!\d)")
# What belongs to a number and stands before its first matched digit: «плюс семь», «00»
_PREFIX = re.compile(r"(?:\bплюс[\s-]{0,2}(?:(?:семь|7)[\s-]{0,2})?|(?<!\d)007\s?)$", re.IGNORECASE)
# Letters for noughts: «8 928 ООО 31 42»
_LETTER_ZEROS = re.compile(r"(?<=\d)[ОоOo]{1,3}(?=[\d)-])|(?<=\d[ (-])[ОоOo]{2,3}(?=[ )-]?\d)")
_FOREIGN = re.compile(r"\+(?:[ ()\-.]{0,2}\d){9,14}(?!\d)")
_BARE = re.compile(
    r"(?<!\d)(?<!\d[-.,/:])(?<!№)(?:\(\d{3,5}\)|9\d\d|\d{3,5}(?=[ -]\d{1,3}-\d\d-\d\d))"
    rf"(?:{_SEP}\d){{5,7}}(?!\d)"
)
_SHORT = r"\d{1,3}[ -]\d\d[ -]?\d\d|\d{3}-\d{3,4}|\d{5,7}"
_ANY = re.compile(rf"(?<!\d)((?:\+\s?)?\d(?:{_SEP}\d){{9,10}}|{_SHORT})(?![.,:/-]{{0,2}}\d)")
_PHONE_WORD = re.compile(
    r"(?:\bтел\b|телефон\w{0,3}\b|\b[тм]\.|звон\w+|\bнаб[еи]р\w+|\bмоб\w*|\bсот\w*|городской|факс\w*"
    r"|в[ао]т?[сц]ап\w*|whats\s?app|viber|вайбер\w*)[^\d\n\[\]]{0,30}$",
    re.IGNORECASE,
)
_LISTED = re.compile(rf"\[{PHONE}(?: \d+)?\](?:[\s,;/]|или|и){{1,5}}({_SHORT})(?![.,:/-]{{0,2}}\d)")
_CONTEXT = re.compile(
    r"тел|звон|моб|сот\b|номер|связ|whats|ватс|вайб|viber|конт|факс", re.IGNORECASE
)
_OTHER_NUMBER = re.compile(
    r"(?:обращени\w*|заявк\w*|заявлени\w*|лицев\w*|л/с|сч[её]т\w*|окато|октмо|кадастр\w*|инн|огрн\w*|снилс|договор\w*|уин|штрих\w*"
    r"|чек\w*|полис\w*|трек\w*|протокол\w*|документ\w*|карт\w*)[^\d\n]{0,20}$",
    re.IGNORECASE,
)
_WITH_COMMAS = ([1, 3, 3, 2, 2], [1, 3, 3, 4], [1, 3, 7])
_LONGEST_PREFIX = 14
_REACH = 40
_FAR = 60

_UNITS = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
_TEENS = [
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
]
_TENS = [
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
]
_HUNDREDS = [
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
]
_VALUES = (
    {word: value for value, word in enumerate(_UNITS)}
    | {word: value for value, word in enumerate(_TEENS, 10)}
    | {word: value * 10 for value, word in enumerate(_TENS, 2)}
    | {word: value * 100 for value, word in enumerate(_HUNDREDS, 1)}
    | {"нуль": 0, "одна": 1, "две": 2}
)
_SPOKEN = ("девят", "восемьсот", "четыреста", "триста", "тридцат", "двадцат", "сорок", "десят")
_WORD = re.compile(r"\w+")
_JOINT = re.compile(r"[\s,.\-–—()]{1,3}")


def find_phones(text: str) -> Iterator[Found]:
    """Mobile, city and foreign numbers; city numbers of 5–7 digits only after «тел.» and the like.

    «8 девятьсот двадцать восемь 123-45-67» is a number too.
    """
    text = _LETTER_ZEROS.sub(lambda match: "0" * len(match[0]), text)
    for match in _RUSSIAN.finditer(text):
        if _reads_as_russian(text, match):
            yield _phone(_first(text, match.start()), match.end(), match[0])
    for match in _FOREIGN.finditer(text) if "+" in text else ():
        if _is_possible(match[0]):
            yield _phone(match.start(), match.end(), match[0])
    for match in _BARE.finditer(text):
        if len(_digits(match[0])) == 10 and not _is_other_number(text, match.start()):
            yield _phone(_first(text, match.start()), match.end(), match[0])
    for match in _ANY.finditer(text):
        if _PHONE_WORD.search(text, max(0, match.start() - _FAR), match.start()):
            yield _phone(match.start(1), match.end(1), match[1])
    for match in _LISTED.finditer(text) if "[" in text else ():
        yield _phone(match.start(1), match.end(1), match[1])


def find_spoken_phones(text: str) -> Iterator[Found]:
    """Numbers of 10 or 11 digits in which at least one group is spelled out."""
    lowered = text.lower()
    if not any(word in lowered for word in _SPOKEN):
        return
    for run in _runs_of_number_words(text):
        for first, last in ((0, len(run)), (1, len(run)), (0, len(run) - 1)):
            part = run[first:last]
            digits = _dial(part)
            if any(word in _VALUES for word, _, _ in part) and re.fullmatch(
                r"[78][3489]\d{9}|9\d{9}", digits
            ):
                yield _phone(part[0][1], part[-1][2], digits)
                break


def _reads_as_russian(text: str, match: re.Match[str]) -> bool:
    written = match[0]
    digits = _digits(written)
    if digits[1] not in "3489" or _is_other_number(text, match.start()):
        return False
    groups = re.findall(r"\d+", written)
    if "," in written and [len(group) for group in groups] not in _WITH_COMMAS:
        return False
    if len(groups) == len(digits):  # «8.9.2.8.0.0.0.3.1.4.2»
        return digits[1] == "9"
    if written[0] == "+" or "(" in written or len(groups) == 1:
        return True
    first, second = groups[0], groups[1]
    if (len(first) == 1 and len(second) in (3, 4, 5, 10)) or len(first) in (4, 5):
        return True
    return bool(_CONTEXT.search(text, max(0, match.start() - _REACH), match.start()))


def _first(text: str, start: int) -> int:
    """Where a number begins whose first matched digit is `text[start]`."""
    prefix = _PREFIX.search(text, max(0, start - _LONGEST_PREFIX), start)
    return prefix.start() if prefix else start


def _is_other_number(text: str, start: int) -> bool:
    return bool(_OTHER_NUMBER.search(text, max(0, start - _REACH), start))


def _is_possible(written: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written))
    except phonenumbers.NumberParseException:
        return False


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)


def _phone(start: int, stop: int, written: str) -> Found:
    return Found(PHONE, start, stop, _digits(written)[-10:])


def _runs_of_number_words(text: str) -> Iterator[list[tuple[str, int, int]]]:
    run: list[tuple[str, int, int]] = []
    for match in _WORD.finditer(text):
        word = match[0].lower()
        joined = not run or _JOINT.fullmatch(text, run[-1][2], match.start())
        if run and not joined:
            yield run
            run = []
        if word in _VALUES or (word.isdecimal() and len(word) < 11):
            run.append((word, *match.span()))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _dial(words: list[tuple[str, int, int]]) -> str:
    """Digits as one would dial them: «девятьсот двадцать восемь» → «928», «ноль пять» → «05»."""
    groups: list[str] = []
    room = 0  # the next spoken value must be below this to join the last group
    for word, _, _ in words:
        value = _VALUES.get(word)
        if value is None:
            groups.append(word)
            room = 0
        elif 0 < value < room:
            groups[-1] = str(int(groups[-1]) + value)
            room = _room_after(value)
        else:
            groups.append(str(value))
            room = _room_after(value)
    return "".join(groups)


def _room_after(value: int) -> int:
    if value >= 100:
        return 100
    return 10 if value >= 20 else 0
