"""The language of a text by letters and small words: made for counting, not for routing."""

import re
from enum import StrEnum

from otklik.datasets.text_key import comparable_text

CHECHEN_SHARE = 0.25
CHECHEN_WORDS = 2

_LINK = re.compile(r"(?:https?://|www\.)\S+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z\u00df-\u024f]")
_NOT_RUSSIAN = re.compile(r"[\u0400-\u04ff](?<![а-яёӏ])")
# The palochka is typed as ӏ, 1, Latin i or l: «гӏала», «г1ала», «гlала».
_CHECHEN_LETTERS = re.compile(r"[гкптцчх][1ӏil](?=[а-я])|^[1ӏ](?=[а-я]{2})|хь|кх|къ|[аоуюя]ь")
_CHECHEN_WORD = re.compile(
    r"(?:[дбв]у|[дбв]ац|яц|вайн?|тхан|тхо|шун?|суна|цунна|царна|массо|дика|бохуш|хила|хаза"
    r"|нохчи(?:йн|йчоь)|баркалла|маршалла|хьомсара|доцуш|долуш|деш|лело)$"
)


class Language(StrEnum):
    """What a text is mostly written in; `NONE` is without letters."""

    RUSSIAN = "russian"
    CHECHEN = "chechen"
    LATIN = "latin"
    OTHER = "other"
    NONE = "none"


def language_of(text: str) -> Language:
    """Tell the language of a text.

    Chechen is told by its letter pairs (гӏ, кх, хь, аь, оь, уь …), the palochka also as the digit
    1, and by small words; it takes two such words and a quarter of all, so that a Chechen name
    does not turn a Russian text. Cyrillic with other letters (і, ә, ң …) is `OTHER`.

    Examples
    --------
    >>> str(language_of("Х1ун деш ду шу, вайн урам ц1анбан деза"))
    'chechen'
    >>> str(language_of("На улице Хьехархочун нет света"))
    'russian'
    """
    words = [
        word for word in comparable_text(_LINK.sub(" ", text)).lower().split() if _lettered(word)
    ]
    if not words:
        return Language.NONE
    half = len(words) / 2
    cyrillic = [word for word in words if _CYRILLIC.search(word)]
    if len(cyrillic) < half:
        latin = sum(_LATIN.search(word) is not None for word in words)
        return Language.LATIN if latin >= half else Language.OTHER
    if sum(_NOT_RUSSIAN.search(word) is not None for word in cyrillic) >= len(cyrillic) / 4:
        return Language.OTHER
    chechen = sum(_is_chechen(word) for word in cyrillic)
    if chechen >= min(CHECHEN_WORDS, len(cyrillic)) and chechen >= CHECHEN_SHARE * len(cyrillic):
        return Language.CHECHEN
    return Language.RUSSIAN


def _lettered(word: str) -> bool:
    return not word.isdigit() and any(map(str.isalpha, word))


def _is_chechen(word: str) -> bool:
    return (_CHECHEN_WORD.match(word) or _CHECHEN_LETTERS.search(word)) is not None
