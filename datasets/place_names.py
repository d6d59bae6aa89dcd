"""Where a street's name ends: reads the words after «улица» or before «проспект»."""

import re

from otklik.datasets.place_houses import read_houses
from otklik.datasets.place_morphology import (
    adjective_cases,
    adjective_lemma,
    agree,
    in_dictionary,
    is_common,
    is_function,
    is_genitive,
    is_proper,
    is_qualitative,
    readings,
)
from otklik.datasets.place_tokens import Tokens, word_set
from otklik.datasets.street_types import FULL, SHORT, STREET, STREET_TYPES, StreetType

MAX_WORDS = 4
ORDINAL = re.compile(r"\d{1,3}-?(?:[аоыуи]?[яйюем]|го|му|ую)")
BEFORE_HOUSE = word_set("дом дома доме дому домом д корпус к кв квартира подъезд под № . / , - и")
WATERS = word_set("реки речки канала")
MONTHS = word_set(
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
)
TITLES = word_set(
    "маршала генерала адмирала академика героя героев братьев сестер капитана космонавта летчика "
    "имени им шейха имама святого лейтенанта полковника майора сержанта профессора доктора "
    "композитора архитектора инженера хирурга партизана комиссара защитников"
)
# What is found on a street, lacks or lies there: «на улице мусора по колено».
NOT_A_NAME = word_set(
    "мусора снега света грязи воды льда людей народа собак машин асфальта освещения тротуара "
    "тротуаров фонарей урн ям пробок луж пыли травы дыма газа шума порядка места мест года лет "
    "города района села поселка деревни дома домов двора дворов подъезда жителей соседей детей "
    "школы садика магазина остановки больницы поликлиники рынка парка моста дороги дорог "
    "квартиры вокзала аптеки почты автобуса троллейбуса работы погоды движения транспорта "
    "мороз жара жары холод холода дождь дождя ветер ветра гололед гололеда слякоть темень темнота "
    "номера стороны времени дня ночи утра вечера лета зимы осени весны площадью цены "
    "нашего вашего его ее их этого того одного другого"
)
# Adjectives that tell one's own street from others without naming it.
NOT_NAMING = word_set(
    "соседний параллельный главный основной центральный ближайший противоположный данный "
    "указанный последний следующий городской пешеходный проезжий жилой частный целый весь "
    "многострадальный родной местный левый правый нужный общий первый второй третий "
    "федеральный пыльный прилегающий соседский тихий узкий широкий односторонний "
    "новый старый большой торговый детский автобусный рыночный земельный жилищный"
)


def name_after(tokens: Tokens, start: int, kind: StreetType, *, short: bool) -> int:
    """Index after the last word of the name that starts at `start`; `start` if none does.

    Parameters
    ----------
    short : bool
        The type was abbreviated («ул»), so nearly any word that follows is a name.
    """
    index = start
    if kind.name == "линия" and not tokens.is_number(index):
        return start  # «прямая линия президента»
    if tokens.is_number(index):
        return _after_number(tokens, index, kind)
    if not _opens_name(tokens, index, kind, short=short):
        return start
    index += 1
    apposed = not short and not any(r.case == "nomn" for r in readings(tokens.word(start - 1)))
    while index - start < MAX_WORDS and _continues(tokens, index, kind, apposed=apposed):
        index += 1
    return index


def _after_number(tokens: Tokens, index: int, kind: StreetType) -> int:
    word, after = tokens.word(index), tokens.word(index + 1)
    plain = word.isdigit()
    if after in MONTHS:
        return index + 2
    if kind.name in ("линия", "микрорайон", "квартал"):
        return index + 1
    named = after.isalpha() and after not in STREET_TYPES and not is_function(after)
    if named and (not plain or after in ("лет", "летия")):
        length = name_after(tokens, index + 1, kind, short=True)
        return max(length, index + 1) if length > index + 1 else index
    return index


def _opens_name(tokens: Tokens, index: int, kind: StreetType, *, short: bool) -> bool:
    word = tokens.word(index)
    if len(word) < 3 or not tokens.is_word(index) or word in STREET_TYPES or word in NOT_A_NAME:
        return False
    proper = is_proper(word)
    if is_function(word) and not (proper and tokens.is_capital(index)):
        return False
    if tokens.is_capital(index) or tokens.is_quoted(index) or word in TITLES or word in WATERS:
        return True
    if adjective_cases(word, kind.gender):
        return _adjective_opens(tokens, index, kind, short=short)
    if short and not kind.strict:
        return kind is STREET or proper or is_genitive(word) or not in_dictionary(word)
    if kind.strict:
        return proper and not is_common(word)
    if not in_dictionary(word) or (proper and not is_common(word)):
        return True
    return is_genitive(word) and not _plural_nominative(word)


def _adjective_opens(tokens: Tokens, index: int, kind: StreetType, *, short: bool) -> bool:
    word = tokens.word(index)
    if kind.strict and in_dictionary(word):
        return False
    if short:
        return True
    following = tokens.word(index + 1)
    if following.isalpha() and agree(word, following):
        return False
    return not is_qualitative(word) or has_house(tokens, index + 1)


def _plural_nominative(word: str) -> bool:
    """«собаки», «ямы»: read as the nominative plural rather than the genitive."""
    first = readings(word)[0]
    return first.number == "plur" and first.case == "nomn"


def has_house(tokens: Tokens, index: int) -> bool:
    """Whether a house number follows the token before `index`."""
    return index > 0 and read_houses(tokens, tokens.stops[index - 1]) is not None


def _continues(tokens: Tokens, index: int, kind: StreetType, *, apposed: bool) -> bool:
    """Whether the word belongs to the name: «Карла | Маркса», «маршала | жукова».

    `apposed`: the type stands in an oblique case, so «садовой» after it is the name itself and
    not part of a genitive («на улице садовой воды нет» against «ул парижской коммуны»).
    """
    word, before = tokens.word(index), tokens.word(index - 1)
    if len(word) < 3 or not tokens.is_word(index) or word in FULL or word in SHORT:
        return False
    if word in NOT_A_NAME or tokens.closes_quote(index - 1):
        return False
    capital = tokens.is_capital(index)
    if is_function(word) and not (capital and is_proper(word)):
        return False
    if before in TITLES or before in WATERS or word in WATERS:
        return True
    first, this = readings(before)[0], readings(word)[0]
    if "Name" in first.grammemes and first.case == "gent":
        return capital or bool(this.grammemes & {"Surn", "Patr"}) or not in_dictionary(word)
    if agree(before, word) and (capital or is_genitive(word)):
        # «красных | зорь», «парижской | коммуны», «Новые | Ляды»
        plural = not adjective_cases(before, kind.gender)
        return capital or plural or not apposed
    if adjective_cases(before, kind.gender):
        # «большая | морская», not «садовая | большая яма»
        same_case = adjective_cases(before, kind.gender) & adjective_cases(word, kind.gender)
        return bool(same_case) and (capital or not is_qualitative(word))
    if capital and is_genitive(word):
        return is_proper(before) or is_genitive(before)
    return False


def adjectives_before(tokens: Tokens, index: int, floor: int, kind: StreetType) -> int:
    """First word of an adjectival name that ends before the type at `index`; `index` if none.

    «Мебельная улица», «на Большом Сампсониевском проспекте», «1-я Садовая ул».
    """
    cases = {reading.case for reading in readings(tokens.word(index))}
    if tokens.word(index) in SHORT or kind.name == "шоссе":
        cases = {"nomn", "gent", "datv", "accs", "ablt", "loct"}
    start = index
    while start > floor and index - start < MAX_WORDS - 1 and kind.name != "линия":
        word = tokens.word(start - 1)
        if not tokens.is_word(start - 1) or not adjective_cases(word, kind.gender) & cases:
            break
        start -= 1
    while start < index and not _names(tokens, start, kind):
        start += 1
    if start > floor and start < index and is_ordinal(tokens, start - 1):
        start -= 1
    if start == index and start > floor and kind.name in ("линия", "микрорайон", "квартал"):
        start -= is_ordinal(tokens, start - 1)
    return start


def _names(tokens: Tokens, index: int, kind: StreetType) -> bool:
    word = tokens.word(index)
    opens_sentence = index == 0 or tokens.word(index - 1) in ".!?\n"
    capital = tokens.is_capital(index) and not opens_sentence
    if capital or adjective_lemma(word) in NOT_NAMING:
        return capital
    if tokens.is_capital(index) and not is_qualitative(word):
        return True
    return not is_qualitative(word) and not (kind.strict and in_dictionary(word))


def is_ordinal(tokens: Tokens, index: int) -> bool:
    """Whether the token can be the «6-я» or «6» of «6-я Советская», and is no house."""
    word = tokens.word(index)
    if ORDINAL.fullmatch(word):
        return True
    return word.isdigit() and len(word) <= 2 and tokens.word(index - 1) not in BEFORE_HOUSE
