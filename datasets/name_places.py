"""Names that belong to streets, parks, schools and firms, and so stay."""

import re

from otklik.datasets.name_lexicon import DATIVE, GENITIVE, INSTRUMENTAL
from otklik.datasets.name_line import Line, is_genitive, is_nominative
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_readings import read_person
from otklik.datasets.name_towns import is_town
from otklik.datasets.name_words import BUILDING, PLACE, POST

_OPENING = re.compile(r"[\s.,:«\"№]{0,4}")
_LISTED = re.compile(r"\s?,\s?")
_HOUSE = re.compile(
    r"\s{0,2},?\s{0,2}(?:(?:д|дом|стр|корп)\b\.?\s?)?№?\d{1,3}(?!\d)[а-я]?(?![а-я])", re.IGNORECASE
)
_FIRM_TAIL = re.compile(
    r"\s{1,2}(?:и|&)\s(?:к[°о]?|партн[её]ры|сыновья|компания)(?!\w)", re.IGNORECASE
)
_OF_PERSON = frozenset({"у", "от", "для", "гражданина", "гражданки", "имя"})
_STREET_PREPOSITIONS = frozenset(
    {"на", "по", "с", "до", "от", "около", "возле", "вдоль", "через", "угол"}
)
_COMPLAINS = ("жал", "пожал", "подал", "подай", "оформ", "запис", "зарег")
_ABOUT = frozenset({"про", "о", "об"})
_HOLIDAY = frozenset({"день", "дня"})  # «Иванов день»
_MOST_NAMES = 5
_TAIL = 12  # characters that may tell a house number or «и К»


def skip_place(line: Line, i: int) -> int:
    """Where the name of the place ends that the word `i` opens: «улица Шейха Али Митаева» → 4.

    Returns `i + 1` when no name follows.
    """
    if line.flags[i] & BUILDING:
        return _skip_building(line, i)
    dative = DATIVE if line.folded[i].startswith(("памятник", "бюст", "монумент")) else 0
    j = i + 1
    names = 0
    while j < line.count and names < _MOST_NAMES and _is_linked(line, j, first=j == i + 1):
        if line.section(j) & {"place", "honour"} or line.is_initial(j):
            j += 1
            continue
        part = line.surname(j) or line.given(j) or line.patronymic(j)
        if part is None:
            if not (line.is_unlisted(j) and line.is_capital(j)):
                break
        elif (person := read_person(line, j)) and _is_resident(person, first=not names):
            break
        elif not (is_genitive(part) or (part.masculine | part.feminine) & dative):
            following = line.surname(j + 1) if line.is_joined(j) else None
            if not (
                line.given(j)
                and following
                and is_genitive(following)
                and not _is_nominative_man(line, j + 1)
            ):
                break
        j += 1
        names += 1
    return _skip_listed(line, j) if names else max(j, i + 1)


def _is_resident(person: Reading, *, first: bool) -> bool:
    """«староста деревни Шмидт Эдуард Рейнгольдович»: no place is called in the nominative."""
    if first and not person.patronymic:
        return False
    return is_nominative(person.form)


def is_place(line: Line, reading: Reading) -> bool:
    """Whether what stands around a reading makes it a street, a firm, a title or a town."""
    stop = line.spans[reading.stop - 1][1]
    tail = line.text[stop : stop + _TAIL]
    if _FIRM_TAIL.match(tail) or _is_work(line, reading):
        return True
    if reading.is_sure:
        return False
    named = is_town(line, reading) or _is_title(line, reading, tail)
    return named or _is_street(line, reading, tail)


def _is_title(line: Line, reading: Reading, tail: str) -> bool:
    """A name in quotes, or a single word after «кафе» and the like."""
    start = line.spans[reading.start][0]
    head = line.text[max(0, start - 2) : start].rstrip()
    before = reading.start - 1
    if head[-1:] in ("«", '"', "“") and tail[:1] in ("»", '"', "”"):
        # «теплоход «Иван Фёдоров»», «Смотрели «Анну Каренину»», unlike «Степанов Юрий», so signed
        full = reading.stop - reading.start > 1 and is_nominative(reading.form)
        return not full or (before >= 0 and bool(line.words.grammar.cases(line.folded[before])))
    if reading.stop - reading.start > 1:
        return False
    if line.is_joined(before) and tail[:1] in ("»", "”") and "kin" in line.section(before):
        opening = line.spans[before][0] - 1
        if opening >= 0 and line.text[opening] in "«“":
            return True  # «Дядя Ваня»
    if line.is_joined(before) and not line.is_common(reading.start):
        before -= line.is_joined(before - 1) and _is_second_word(line, before)
    if line.is_joined(before) and "organisation" in line.section(before):
        # «кафе Мадина», but «хозяин кафе Тигран»
        return not (line.is_joined(before - 1) and line.flags[before - 1] & POST)
    return line.is_joined(reading.start) and line.folded[reading.stop] in _HOLIDAY


def _is_second_word(line: Line, i: int) -> bool:
    """«салон красоты Диана»: a noun in the genitive belongs to the firm's word before it."""
    cases = line.words.grammar.cases(line.folded[i])
    return bool(cases & GENITIVE) and "organisation" in line.section(i - 1) and not line.section(i)


def _is_work(line: Line, reading: Reading) -> bool:
    """«фильм про Ивана Васильевича», «роман Анна Каренина»."""
    before = reading.start - 1
    if line.is_joined(before) and line.folded[before] in _ABOUT:
        before -= 1
    return line.is_joined(before) and "work" in line.section(before)


def _is_street(line: Line, reading: Reading, tail: str) -> bool:
    """A genitive with a house number, a preposition or a word for a place beside it."""
    if not is_genitive(reading.form) and not line.surname(reading.start):
        return False
    last = reading.stop - 1
    apart = not reading.start or line.is_initial(reading.start - 1)
    before = "" if apart else line.folded[reading.start - 1]
    has_house = bool(_HOUSE.match(tail))
    follows = line.flags[last + 1] if line.is_joined(last) else 0
    if before in _STREET_PREPOSITIONS and _is_street_and_word(line, reading):
        return True
    if _is_second_street(line, reading):
        return True
    if _is_listed_street(line, reading, before, has_house=has_house):
        return True
    alone = last == reading.start and is_genitive(reading.form)
    if alone and (follows & BUILDING or (reading.surname and has_house)):
        return True
    if is_nominative(reading.form) or not is_genitive(reading.form):
        return False
    if follows & PLACE or before == "по":
        return True
    if before == "на" and not reading.form.masculine & GENITIVE:
        return True
    if before in _OF_PERSON:
        return False
    post = reading.start > 0 and line.flags[reading.start - 1] & POST
    with_whom = before == "с" and reading.form.feminine & INSTRUMENTAL  # «виделись с Чимаевой М.»
    if has_house:
        return True
    named = bool(reading.initials) and before in _STREET_PREPOSITIONS
    return named and not (post or with_whom)


def _is_listed_street(line: Line, reading: Reading, before: str, *, has_house: bool) -> bool:
    """A street of the gazetteer where streets stand: «на Хусейна Исаева», «Халтурина не чистят».

    «жалуюсь на Хусейна Исаева» means the resident all the same, and so does a single verb:
    «Исаева не открыла».
    """
    if " ".join(line.folded[reading.start : reading.stop]) not in line.streets:
        return False
    if before in _STREET_PREPOSITIONS:
        return not (reading.start > 1 and line.folded[reading.start - 2].startswith(_COMPLAINS))
    if has_house:
        return before not in _OF_PERSON
    if line.is_joined(reading.start - 1) or not is_genitive(reading.form):
        return False
    k = reading.stop
    while k < line.count and line.folded[k] in ("не", "уже", "опять", "вся", "весь"):
        k += 1
    if k == line.count or not line.is_joined(k - 1):
        return False
    return not line.words.grammar.is_single_verb(line.folded[k])


def _is_street_and_word(line: Line, reading: Reading) -> bool:
    """«на Ленина света нет»: a street, then an ordinary word that happens to be a name."""
    street = line.surname(reading.start)
    common = any(line.is_common(i) for i in range(reading.start + 1, reading.stop))
    return bool(street and is_genitive(street) and common and not reading.initials)


def _is_second_street(line: Line, reading: Reading) -> bool:
    """«на Суворова и Кутузова»: two bare genitives after a preposition of streets."""
    i = reading.start
    if reading.stop - i > 1 or i < 3 or line.folded[i - 1] not in ("и", "или", "до"):
        return False
    if not (is_genitive(reading.form) and all(map(line.is_joined, range(i - 3, i)))):
        return False
    street = line.surname(i - 2)
    return bool(street and is_genitive(street) and line.folded[i - 3] in _STREET_PREPOSITIONS)


def _is_nominative_man(line: Line, i: int) -> bool:
    """Whether word `i` is a surname that can only be a man's in the nominative: «Исаев»."""
    part = line.surname(i)
    return bool(part and is_nominative(part) and not is_genitive(part))


def _skip_building(line: Line, i: int) -> int:
    """A school is named in the genitive only; «в больнице Исаева Хава» names a resident."""
    if not line.is_joined(i):
        return i + 1
    person = read_person(line, i + 1)
    if person:
        named = is_genitive(person.form) and not is_nominative(person.form) and not person.is_sure
        return person.stop if named else i + 1
    surname = line.surname(i + 1)
    return i + 2 if surname and is_genitive(surname) else i + 1


def _skip_listed(line: Line, j: int) -> int:
    """«улиц Кирова, Исаева и Гагарина»: the rest of the list belongs to the streets too."""
    while j < line.count:
        k = j + 1 if line.folded[j] in ("и", "до", "с", "по", "или") and line.is_joined(j) else j
        linked = (k > j and line.is_joined(j - 1)) or _LISTED.fullmatch(line.gap(j - 1))
        shown = k < line.count and (line.is_capital(k) or not line.has_capitals)
        surname = line.surname(k) if linked and shown else None
        if surname is None or not is_genitive(surname) or read_person(line, k):
            return j
        j = k + 1
    return j


def _is_linked(line: Line, j: int, *, first: bool) -> bool:
    if first or line.is_initial(j - 1) or line.is_dotted(j - 1):
        return bool(_OPENING.fullmatch(line.gap(j - 1)))
    return line.is_joined(j - 1)
