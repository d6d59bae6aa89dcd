"""Shapes of patronymics and surnames, and the cases that their endings tell."""

import re

from otklik.datasets.name_lexicon import (
    ACCUSATIVE,
    ALL_CASES,
    DATIVE,
    GENITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PREPOSITIONAL,
    Part,
)

_BARE_STEM = "(?:иль|кузьм|никит|савв|лук|фом)"  # Ильич, Кузьмич, Никитич: no «-ов-»
PATRONYMIC = re.compile(
    rf"(?P<man>.+[ое]в|.*{_BARE_STEM})ич(?P<his>|а|у|ем|е)"
    rf"|(?P<woman>.+[ое]в|.*{_BARE_STEM}(?:ин)?ич)н(?P<her>а|ы|е|у|ой|ою)"
    r"|(?P<folk>.{3,})ыч(?P<its>|а|у|ем|е)"
    r"|(?P<turkic>.{2,})-(?:оглы|оглу|улы|уулу|кызы|гызы|заде)"
)
_SUFFIX = re.compile(r"(?:[ое]в|(?:ин)?ич)$")
_SURNAME_OV = re.compile(r"(.{1,}(?:ов|ев|ин|ын))(|а|у|ым|е|ой|ы|ых|ыми)")
_SURNAME_SKY = re.compile(r"(.{2,}[сц]к)(ий|ого|ому|им|ом|ая|ой|ую|ие|их|ими)")
_SURNAME_FIXED = re.compile(r".{2,}(?:енко|дзе|швили|заде|оглу|ых)")
_SURNAME_NOUN = re.compile(
    r"(.{2,}(?:чук|щук|юк|ян|янц|ович|евич|хан|бек|бий|берг|ман))(|а|у|ом|ем|е)"
)
SURNAME_TAIL = re.compile(
    r"(?:[оеё]в|ин|ын)(?:а|у|ым|е|ой|ы|ых|ыми)?$|[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)$|енко$|дзе$|швили$|(?:ч|щ)ук$|янц?$",
    re.IGNORECASE,
)
_OV_MASCULINE = {
    "": NOMINATIVE, "а": GENITIVE | ACCUSATIVE, "у": DATIVE, "ым": INSTRUMENTAL, "е": PREPOSITIONAL,
    "ы": NOMINATIVE, "ых": GENITIVE | ACCUSATIVE, "ыми": INSTRUMENTAL,
}  # fmt: skip
_OV_FEMININE = {
    "а": NOMINATIVE,
    "ой": GENITIVE | DATIVE | INSTRUMENTAL | PREPOSITIONAL,
    "у": ACCUSATIVE,
}
_SKY_MASCULINE = {
    "ий": NOMINATIVE, "ого": GENITIVE | ACCUSATIVE, "ому": DATIVE, "им": INSTRUMENTAL,
    "ом": PREPOSITIONAL,
}  # fmt: skip
_SKY_FEMININE = {
    "ая": NOMINATIVE,
    "ой": GENITIVE | DATIVE | INSTRUMENTAL | PREPOSITIONAL,
    "ую": ACCUSATIVE,
}
_NOUN_MASCULINE = {
    "": NOMINATIVE, "а": GENITIVE | ACCUSATIVE, "у": DATIVE, "ом": INSTRUMENTAL, "ем": INSTRUMENTAL,
    "е": PREPOSITIONAL,
}  # fmt: skip
_PATRONYMIC_FEMININE = {
    "а": NOMINATIVE, "ы": GENITIVE, "е": DATIVE | PREPOSITIONAL, "у": ACCUSATIVE,
    "ой": INSTRUMENTAL, "ою": INSTRUMENTAL,
}  # fmt: skip


def patronymic_by_shape(word: str) -> Part | None:
    """Reading by the ending alone: «Русланович», «Ильиничны», «Адиль-кызы»."""
    match = PATRONYMIC.fullmatch(word)
    if match is None:
        return None
    if match["turkic"]:
        return Part(ALL_CASES, ALL_CASES, frozenset({match["turkic"]}))
    stems = frozenset({_SUFFIX.sub("", match["man"] or match["woman"] or match["folk"])})
    if match["woman"]:
        return Part(0, _PATRONYMIC_FEMININE[match["her"]], stems)
    return Part(_NOUN_MASCULINE[match["his"] or match["its"] or ""], 0, stems)


def surname_by_shape(word: str) -> Part | None:
    """Reading by the ending alone: «-ов», «-ский», «-енко», «-швили», …."""
    if match := _SURNAME_OV.fullmatch(word):
        ending = match[2]
        return Part(
            _OV_MASCULINE.get(ending, 0), _OV_FEMININE.get(ending, 0), frozenset({match[1]})
        )
    if match := _SURNAME_SKY.fullmatch(word):
        ending = match[2]
        return Part(
            _SKY_MASCULINE.get(ending, 0), _SKY_FEMININE.get(ending, 0), frozenset({match[1]})
        )
    if _SURNAME_FIXED.fullmatch(word):
        return Part(ALL_CASES, ALL_CASES, frozenset({word}))
    if match := _SURNAME_NOUN.fullmatch(word):
        feminine = ALL_CASES if not match[2] else 0
        return Part(_NOUN_MASCULINE[match[2]], feminine, frozenset({match[1]}))
    return None
