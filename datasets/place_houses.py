"""House numbers: «12», «д.12а», «12/3», «12 к2», «дом 5 корпус 1 литера А», «дома 3, 5 и 7»."""

import re
from dataclasses import dataclass

from otklik.datasets.place_tokens import Tokens

MARK = re.compile(
    r"[\s,.;:(]{0,3}(?:(?:жил\w{1,5}|многоквартирн\w{1,5})\s)?"
    r"(?P<mark>дом(?:а|е|у|ом|ов|ам|ах|ами)?|дд?|здани[еяию]|стр(?:оени[еяию])?|вл(?:адени[еяию])?)"
    r"(?![\w-])\.?\s{0,2}(?:под\s)?(?:№|номер(?:а|ом)?|н)?\.?\s{0,2}(?=\d)",
)
PLAIN = re.compile(r"\s{0,2},?\s{0,2}(?:№\s?)?(?=\d)")
NUMBER = re.compile(
    r"(?P<number>\d{1,3})(?![\d])"
    r"(?:(?:-|\s?[«\"“'])?(?!к\.?\s?\d)(?P<letter>[а-и])[»\"”']?(?![\w-]))?"
    r"(?:\s?/\s?(?P<fraction>\d{1,3}[а-и]?|[а-и])(?!\w))?"
    r"(?P<range>\s?-\s?\d{1,3}(?!\w))?",
)
PART = re.compile(
    r"[\s,]{0,3}(?:(?:(?:корпус[ае]?|корп|кор|к)\.?\s?(?P<block>\d{1,2})|(?:корпус|корп)\.?\s?[«\"]?(?P<mark>[а-е]))(?!\w)"
    r"|(?:строени[ея]|стр)\.?\s?(?P<building>\d{1,2})(?!\w)"
    r"|(?:литер[аы]?|лит)\.?\s?[«\"“]?(?P<letter>[а-я])[»\"”]?(?!\w))",
)
DETACHED_LETTER = re.compile(r"\s[А-И](?!\w)")
NEXT = re.compile(r"\s?(?:,\s?и|,|;|\bи)\s{0,2}(?:д(?:ом)?\.?\s?)?(?:№\s?)?(?=\d)")

# What a number counts when it is not a house: «на Ленина 5 дней нет воды».
COUNTED = re.compile(
    r"\s?-?\s?(?:"
    r"дн(?:ей|я|ю)|день|сут[ок]|недел|месяц|мес\b|лет\b|летн|год|час|минут|мин\b|секунд|раза?\b"
    r"|метр|м\b|км\b|кв\.?\s?м|га\b|соток|литр|руб|тыс|т\.\s?р|млн|процент|%|°|градус|балл"
    r"|человек|чел\b|люд|дет(?:ей|и)\b|реб[ея]н|семь|семей|жител|машин|автомоб|автобус|маршрут"
    r"|штук|шт\b|ямы?\b|люк|фонар|столб|дерев|контейнер|бак|собак\b|урн|лавоч|скамее|опор"
    r"|этаж|эт\b|квартир\b|подъезд(?:ов|а)\b|дом(?:ов|а)\b|улиц|полос|мест\b|школ|класс|групп"
    r"|утра|вечера|ночи|январ|феврал|март|апрел|ма[йя]\b|июн|июл|август|сентяб|октяб|нояб|декаб"
    r"|числ|нояб|очеред|объект|обращени|заяв|сообщени|звонк|поворот|остановк|магазин|сезон"
    r"|стать|част|пункт|из\s\d|(?:ый|ой|ий|й|ая|я|ое|е|ого|го|ому|му|ом|ую|ю|ти|х|ми)\b)",
)
DATE_OR_TIME = re.compile(r"[.:]\d")
COUNTED_IN_LIST = re.compile(r"\s?-?(?:й|я)?\s?(?:подъезд|корпус|квартир|кв\b|пункт)")

GLUED = re.compile(r"к(?:в|орп|\.?\s?\d)|под|эт|стр|лит")

PLURAL = frozenset({"дома", "домов", "домам", "домах", "домами", "дд"})


@dataclass(frozen=True, slots=True)
class Houses:
    """Houses read at one place, and the offset after the last."""

    numbers: tuple[str, ...]
    stop: int
    marked: bool


def read_houses(tokens: Tokens, offset: int) -> Houses | None:
    """Houses that start at `offset` (after a street's name), or None."""
    return read_marked_houses(tokens, offset) or _read_list(tokens, PLAIN, offset)


def read_marked_houses(tokens: Tokens, offset: int) -> Houses | None:
    """Houses after the word «дом» or its like, or None."""
    return _read_list(tokens, MARK, offset)


def _read_list(tokens: Tokens, lead: re.Pattern[str], offset: int) -> Houses | None:
    start = lead.match(tokens.low, offset)
    if start is None:
        return None
    mark = start.groupdict().get("mark")
    plural = mark in PLURAL
    first = _read_one(tokens, start.end(), plural)
    if first is None:
        return None
    numbers, stop = [first[0]], first[1]
    while (joint := NEXT.match(tokens.low, stop)) is not None:
        following = _read_one(tokens, joint.end(), plural)
        if following is None or COUNTED_IN_LIST.match(tokens.low, following[1]):
            break
        numbers.append(following[0])
        stop = following[1]
    return Houses(tuple(dict.fromkeys(numbers)), stop, marked=mark is not None)


def _read_one(tokens: Tokens, offset: int, plural: bool) -> tuple[str, int] | None:
    match = NUMBER.match(tokens.low, offset)
    if match is None or int(match["number"]) == 0:
        return None
    stop = match.end()
    if stop < len(tokens.low) and tokens.low[stop].isalpha() and not GLUED.match(tokens.low, stop):
        return None  # «2хэтажный»
    if COUNTED.match(tokens.low, stop) or DATE_OR_TIME.match(tokens.low, stop):
        return None
    house = str(int(match["number"]))
    if match["letter"]:
        house += match["letter"]
    elif not match["fraction"] and tokens.cased and DETACHED_LETTER.match(tokens.text, stop):
        house += tokens.low[stop + 1]
        stop += 2
    if match["fraction"]:
        house += "/" + match["fraction"]
    if match["range"] and plural:
        house += "-" + match["range"].strip(" -")
    for _ in range(3):
        part = PART.match(tokens.low, stop)
        if part is None or COUNTED.match(tokens.low, part.end()):
            break
        house += _part_name(part)
        stop = part.end()
    return house, stop


def _part_name(part: re.Match[str]) -> str:
    if part["block"] or part["mark"]:
        return f" к{part['block'] or part['mark'].upper()}"
    if part["building"]:
        return f" стр{part['building']}"
    return f" лит{part['letter'].upper()}"
