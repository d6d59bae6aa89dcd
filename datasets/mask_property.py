"""Number plates of cars and numbers of flats."""

import re
from collections.abc import Iterator

from otklik.datasets.mask_kinds import FLAT, PLATE, Found

_LETTER = "АВЕКМНОРСТУХABEKMHOPCTYX"
_TIGHT_PLATE = re.compile(
    rf"(?<!\w)[{_LETTER}]\d{{3}}[{_LETTER}]{{2}}(?:[ /-]?\d{{2,3}}(?:\s?rus?)?)?(?!\w)",
    re.IGNORECASE,
)
_LOOSE_PLATE = re.compile(
    rf"(?<!\w)[{_LETTER}][ -]?\d{{3}}[ -]?(?P<series>[{_LETTER}]{{2}})"
    r"(?P<region>[ /-]?\d{2,3}(?!\d)(?:\s?(?:rus?|регион))?)?(?!\w)",
    re.IGNORECASE,
)
# Taxis and buses «аа12395», trailers «аа1234 95», motorcycles «1234аа95», the police «а1234 95»
_OTHER_PLATE = re.compile(
    rf"(?<!\w)(?:[{_LETTER}]{{2}}\s?\d{{3,4}}|\d{{4}}\s?[{_LETTER}]{{2}}|[{_LETTER}]\d{{4}})"
    r"\s?\d{2,3}(?:\s?rus?)?(?!\w)",
    re.IGNORECASE,
)
_CAR = re.compile(
    r"номер\w*|машин\w*|авто\w*|г/н|гос\w*|такси|маршрутк\w*|газел\w*|автобус\w*|lada|лад[аыу]|прио\w+|марк\w+|мерс\w*"
    r"|мото\w*|мопед\w*|скутер\w*|прицеп\w*|бмв|тойот\w*|камр\w*|киа|рио|солярис\w*|ваз\b|\bт/с|\bтс\b",
    re.IGNORECASE,
)
# «к 200 см 50»: what stands between the numbers is a word or a unit
_SHORT_WORDS = frozenset(
    (
        "см",
        "мм",
        "км",
        "кв",
        "ст",
        "ок",
        "на",
        "но",
        "не",
        "во",
        "от",
        "он",
        "ну",
        "те",
        "то",
        "та",
        "ту",
        "со",
        "ос",
        "ас",
        "ме",
    )
)
_LATIN_TO_CYRILLIC = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")
_THREE_DIGITS = re.compile(r"\d{3}")
_REACH = 45

_UNIT = (
    r"(?!\s?(?:градус|°|человек|чел\b|дет[ей]|реб[её]н|комнат|дн[яейь]|день|лет\b|год|раз\b|раза\b|час"
    r"|сут|недел|месяц|мес\b|тыс|руб|метр|кв\.?\s?м|м2|м²|%|процент|этаж(?:ей|а\b|н)|квартир|квадр|шт"
    r"|минут|мин\b|литр|прописан|собственник|семь|взросл|батаре|окн|стояк|счетчик|радиатор|кошк|кот"
    r"|собак|соток|г\.|г\b|,\d{1,2}\s?(?:кв|м)|\.\d|-?комн|-?я\b|-?й\b))"
)
_FLAT_NUMBER = rf"\d{{1,4}}(?!\d)(?:[а-д](?![а-я]))?{_UNIT}(?:\s?[-–]\s?\d{{1,4}}(?!\d))?"
_FLAT = re.compile(
    r"(?<![^\W\d])(?<!²)(?<!\d-)(?<![IVX] )"
    r"кв(?:арт(?:ир(?:а|ы|е|у|ой|ам|ах))?|-ра|-ре|)[.:]{0,2}(?:\s{0,2}|-)(?:№|номер|n)?\s{0,2}"
    rf"(?!(?:19|20)\d\d\b){_FLAT_NUMBER}(?:(?:\s?,\s?|\s(?:и|или)\s)№?\s?{_FLAT_NUMBER})*",
    re.IGNORECASE,
)
_AFTER_HOUSE = re.compile(
    r"(?:\bд(?:ом|\.)?|[,/])\s?(?:№\s?)?\d{1,4}[а-д]?(?:/\d{1,3})?[\s,.]{1,3}"
    r"(кв(?:артир(?:а|ы|е|у|ой)|\.|)\s{0,2}(?:№\s?)?\d{1,4}(?!\d))",
    re.IGNORECASE,
)
# «в 61-й квартире», «из 5 квартиры»; «5 квартир» counts them
_ORDINAL_FLAT = re.compile(
    r"(?<![\d.,/-])\d{1,4}-?\s?(?:[оы]?й|ая|ую|ой|ей|го|я)\s(?:квартир(?:а|ы|е|у|ой)|кв)(?!\w)"
    r"|(?<=\b(?:в|с)\s)\d{1,4}\s?квартир[еу](?!\w)|(?<=\bиз\s)\d{1,4}\s?квартиры(?!\w)"
    r"|(?<=\b(?:над|под)\s)\d{1,4}\s?квартирой(?!\w)",
    re.IGNORECASE,
)
_TENS = (
    r"(?:сто|двести|триста|двадцать|тридцать|сорок|пят(?:ь|надцать|ьдесят)|шест(?:ь|надцать|ьдесят)"
    r"|сем(?:ь|надцать|ьдесят)|вос(?:емь|емнадцать|емьдесят)|девят(?:ь|надцать)|девяносто|один(?:надцать)?"
    r"|две(?:надцать)?|три(?:надцать)?|четыр(?:е|надцать)|десять)"
)
_SPOKEN_FLAT = re.compile(
    rf"(?<!\w)(?:квартир(?:а|ы|е|у|ой)|кв\.?)\s(?:номер\s)?{_TENS}(?:\s{_TENS}){{0,2}}(?![\w-])"
    r"(?!\s(?:человек|дн|лет|год|месяц|квадрат|метр|комнат|раз))",
    re.IGNORECASE,
)
_STREET = (
    r"(?:\bул(?:ица|ицы|ице|ицу|\.|\b)|\bпр(?:-?о?спект[ауе]?|-т|-кт|\.)|\bпер(?:еулок|еулке|\.|\b)"
    r"|\bбул(?:ьвар|\.)|\bб-р|\bш(?:оссе|\.))"
)
_DASHED = re.compile(
    rf"{_STREET}\s{{0,2}}[\w.]{{1,25}}(?:\s(?!(?:по|с|от|между|до|на|за|у|д)\b)[\w.]{{1,25}}){{0,2}}?[\s,]{{1,3}}(?:д(?:ом|\.)?\s?)?"
    r"\d{1,3}[а-д]?(?:/\d{1,3})?(?:\s?к(?:орп)?\.?\s?\d{1,2})?-(\d{1,4})(?![\d-])(?!\s?[а-яё]?-?[хя]\b)",
    re.IGNORECASE,
)

# «улица Лорсанова, д. 5 - 12», and no more after it: «дом 5 - 12 квартир» counts
_SPACED = re.compile(
    r"\bд(?:ом|\.)?\s?\d{1,3}[а-д]?\s-\s(\d{1,4})(?=\s?(?:[,.;)\n]|$))", re.IGNORECASE
)


def find_plates(text: str) -> Iterator[Found]:
    """Plates in Cyrillic or Latin letters; without a region and apart only beside a car's word."""
    if not _THREE_DIGITS.search(text):
        return
    for match in _TIGHT_PLATE.finditer(text):
        yield _plate(match)
    for match in _LOOSE_PLATE.finditer(text):
        whole = match["region"] and match["series"].lower() not in _SHORT_WORDS
        if whole or _CAR.search(text, max(0, match.start() - _REACH), match.start()):
            yield _plate(match)
    for match in _OTHER_PLATE.finditer(text):
        if _CAR.search(text, max(0, match.start() - _REACH), match.start()):
            yield _plate(match)


def find_flats(text: str) -> Iterator[Found]:
    """«кв. 12», «квартиры 5 и 7», and «ул. Мира 5-12»; never «12 кв. м», «3 кв. 2023»."""
    if "кв" in text.lower():
        for match in _FLAT.finditer(text):
            yield _flat(match.start(), match.end(), match[0])
        for match in _AFTER_HOUSE.finditer(text):
            yield _flat(match.start(1), match.end(1), match[1])
        for match in _ORDINAL_FLAT.finditer(text):
            yield _flat(match.start(), match.end(), match[0])
        for match in _SPOKEN_FLAT.finditer(text):
            yield Found(FLAT, match.start(), match.end(), match[0].lower())
    for rule in (_DASHED, _SPACED) if "-" in text else ():
        for match in rule.finditer(text):
            yield _flat(match.start(1), match.end(1), match[1])


def _plate(match: re.Match[str]) -> Found:
    written = re.sub(r"[\s-]|RUS?$|РЕГИОН$", "", match[0].upper()).translate(_LATIN_TO_CYRILLIC)
    return Found(PLATE, match.start(), match.end(), written)


def _flat(start: int, stop: int, written: str) -> Found:
    return Found(FLAT, start, stop, ",".join(re.findall(r"\d+", written)))
