"""СНИЛС, ИНН, passports, bank cards and accounts: by check digits, shape and the words before."""

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.ru import inn

from otklik.datasets.mask_kinds import ACCOUNT, CARD, INN, PASSPORT, SNILS, Found

_GAP = r"[^\d\[\]\n]{0,30}"
_SNILS = re.compile(r"(?<!\d)\d{3}[ -]\d{3}[ -]\d{3}[ -]{0,2}\d{2}(?!\d)")
_SNILS_NAMED = re.compile(
    rf"снилс\w{{0,3}}{_GAP}(\d(?:[ ./-]{{0,2}}\d){{10}})(?!\d)", re.IGNORECASE
)
_SNILS_SHAPE = re.compile(r"\d{3}-\d{3}-\d{3}[ -]\d\d")
_INN_NAMED = re.compile(
    rf"\bинн\b{_GAP}(\d(?:[ -]?\d){{9}}(?:[ -]?\d[ -]?\d)?)(?!\d)", re.IGNORECASE
)
_INN_BARE = re.compile(r"(?<!\d)\d{12}(?!\d)")
_NUMBER_SIGN = r"(?:[\s,.:;№-]|номер|ном\b|n){0,12}?"
_PASSPORT_NAMED = re.compile(
    rf"(?:паспорт\w{{0,6}}|\bсери[яиюей]{{1,2}}\b){_GAP}(\d\d\s?\d\d{_NUMBER_SIGN}\d{{3}}\s?\d{{3}}|\d\d{_NUMBER_SIGN}\d{{7}}|\d{{6}})(?!\d)",
    re.IGNORECASE,
)
_PASSPORT_SHAPE = re.compile(
    r"(?<![\d.,/-])(?:\d\d \d\d (?:№ ?)?\d{6}|\d{4}\s?(?:№|номер)\s?\d{6})(?!\d)", re.IGNORECASE
)
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ .-]?\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)")
_CARD_WORD = re.compile(r"карт\w*[^\d\n]{0,30}$", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<!\d)\d(?:[ .-]?\d){19}(?!\d)")
_ACCOUNT_WORD = re.compile(
    r"(?:сч[её]т\w*|р/с|л/с|к/с|расч\w*|реквизит\w*)[^\d\n]{0,30}$", re.IGNORECASE
)
_ACCOUNT_SHAPE = re.compile(r"(?:4[02]\d|30[12])\d\d(?:810|643|840|978)\d{12}")
_SIX_DIGITS = re.compile(r"\d(?:[ ./-]{0,2}\d){5}")
_REACH = 45


def find_documents(text: str) -> Iterator[Found]:
    """Numbers of documents; longer kinds first, so that no rule bites a piece out of another."""
    if not _SIX_DIGITS.search(text):
        return
    for match in _ACCOUNT.finditer(text):
        digits = _digits(match[0])
        if _ACCOUNT_SHAPE.fullmatch(digits) or _after(_ACCOUNT_WORD, text, match.start()):
            yield Found(ACCOUNT, match.start(), match.end(), digits)
    for match in _CARD.finditer(text):
        digits = _digits(match[0])
        if luhn.is_valid(digits) or _after(_CARD_WORD, text, match.start()):
            yield Found(CARD, match.start(), match.end(), digits)
    lowered = text.lower()
    for match in _SNILS_NAMED.finditer(text) if "снилс" in lowered else ():
        yield Found(SNILS, match.start(1), match.end(1), _digits(match[1]))
    for match in _SNILS.finditer(text):
        if _SNILS_SHAPE.fullmatch(match[0]) or is_snils(_digits(match[0])):
            yield Found(SNILS, match.start(), match.end(), _digits(match[0]))
    for match in _INN_NAMED.finditer(text) if "инн" in lowered else ():
        yield Found(INN, match.start(1), match.end(1), _digits(match[1]))
    for match in _INN_BARE.finditer(text):
        if inn.is_valid(match[0]):
            yield Found(INN, match.start(), match.end(), match[0])
    passport = "паспорт" in lowered or "сери" in lowered
    for match in _PASSPORT_NAMED.finditer(text) if passport else ():
        yield Found(PASSPORT, match.start(1), match.end(1), _digits(match[1]))
    for match in _PASSPORT_SHAPE.finditer(text):
        yield Found(PASSPORT, match.start(), match.end(), _digits(match[0]))


def is_snils(digits: str) -> bool:
    """Whether 11 digits carry the check sum of a СНИЛС.

    The last two digits are Σ digit·position (positions 9…1) modulo 101, where 100 is written 00.
    """
    total = sum(
        int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True)
    )
    return total % 101 % 100 == int(digits[9:])


def _after(words: re.Pattern[str], text: str, start: int) -> bool:
    return bool(words.search(text, max(0, start - _REACH), start))


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)
