"""Orders in which the words of a person's name follow each other."""

from dataclasses import dataclass, field

from otklik.datasets.name_lexicon import ALL_CASES, Part
from otklik.datasets.name_line import LETTER_WORDS, Line
from otklik.datasets.name_person import Person
from otklik.datasets.name_words import SURNAME_LIKE, surname_by_shape

_ANY_FORM = Part(ALL_CASES, ALL_CASES, frozenset())
_TURKIC = frozenset({"оглы", "оглу", "кызы", "гызы", "улы", "уулу"})
# «г. Исаева» is a town, «д. 5» a house
_ABBREVIATIONS = frozenset("гдспмркотшу")


@dataclass(slots=True)
class Reading:
    """Words `start` to `stop` read as one person; `form` keeps the cases in which all agree."""

    start: int
    stop: int
    form: Part = _ANY_FORM
    surname: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    patronymic: frozenset[str] = frozenset()
    initials: list[str] = field(default_factory=list)

    @property
    def is_sure(self) -> bool:
        """A patronymic or two initials: hardly any street is called like that."""
        return bool(self.patronymic) or len(self.initials) > 1

    @property
    def person(self) -> Person:
        """What the reading says of the person."""
        if self.initials:
            letters = tuple(frozenset(letter) for letter in self.initials)
        else:
            parts = (self.given, self.patronymic)
            letters = tuple(frozenset(stem[0] for stem in part) for part in parts)
        return Person(self.surname, self.given, self.patronymic, letters)

    def join(self, part: Part) -> bool:
        """Narrow the form by one more word; False, and no change, where they disagree."""
        masculine, feminine = (
            self.form.masculine & part.masculine,
            self.form.feminine & part.feminine,
        )
        if not masculine and not feminine:
            return False
        self.form = Part(masculine, feminine, frozenset())
        return True


def read_person(line: Line, i: int) -> Reading | None:
    """Longest reading of two words or more that starts at word `i`; a lone patronymic counts."""
    return (
        _surname_first(line, i)
        or _given_first(line, i)
        or _initials_first(line, i)
        or _patronymic_alone(line, i)
    )


def _surname_first(line: Line, i: int) -> Reading | None:
    if not line.is_joined(i):
        return None
    surname = line.surname(i)
    if surname is None:
        if not (line.given(i + 1) and _has_patronymic(line, i + 1)):
            return None
        surname = _surname_before_full_name(line, i)
        if surname is None:
            return None
    reading = Reading(i, i + 1, surname, surname=surname.stems)
    if given := line.given(i + 1):
        if not reading.join(given):
            return None
        reading.given = given.stems
        reading.stop = i + 2
        _take_patronymic(line, reading)
        return reading if reading.patronymic or _is_plausible_pair(line, i, i + 1) else None
    if line.is_unlisted(i + 1) and _has_patronymic(line, i + 1):
        reading.given = frozenset({line.folded[i + 1]})
        reading.stop = i + 2
        _take_patronymic(line, reading)
        return reading
    if line.patronymic(i + 1) and not line.given(i):
        _take_patronymic(line, reading)
        return reading if reading.patronymic and not line.is_common(i) else None
    return _take_initials(line, reading)


def _given_first(line: Line, i: int) -> Reading | None:
    given = line.given(i)
    if given is None:
        if not line.is_unlisted(i) or not (_has_patronymic(line, i) or _has_sure_surname(line, i)):
            return None
        given = Part(ALL_CASES, ALL_CASES, frozenset({line.folded[i]}))
    reading = Reading(i, i + 1, given, given=given.stems)
    _take_patronymic(line, reading)
    last = reading.stop - 1
    if line.is_joined(last):
        surname = line.surname(last + 1)
        fits = surname and (reading.patronymic or _is_plausible_pair(line, last, last + 1))
        if surname and fits and reading.join(surname):
            reading.surname = surname.stems
            reading.stop += 1
        elif surname is None and _is_unlisted_surname(line, reading):
            reading.surname = frozenset({line.folded[last + 1]})
            reading.stop += 1
        elif not reading.patronymic and _is_second_given(line, i):
            reading.surname = frozenset({line.folded[i + 1]})
            reading.stop += 1
        elif line.is_initial(last + 1) and not line.is_common(i):
            return _take_initials(line, reading)
    return reading if reading.stop > i + 1 else None


def _initials_first(line: Line, i: int) -> Reading | None:
    letters: list[str] = []
    stop = i
    while (
        len(letters) < 2
        and line.is_initial(stop)
        and (line.is_dotted(stop) or line.is_joined(stop))
    ):
        letters.append(line.folded[stop])
        stop += 1
    if line.has_capitals and not line.raw[i].isupper():
        return None
    if not letters or stop >= line.count or not _touches_initial(line.gap(stop - 1)):
        return None
    dotted = line.is_dotted(i)
    if len(letters) == 1:
        capital = line.raw[i].isupper() and dotted
        town = letters[0] in _ABBREVIATIONS and (
            line.is_upper or line.words.is_toponym(line.folded[stop])
        )
        if not capital or town:
            return None
    elif not dotted and not line.raw[i].isupper() and set(letters) <= LETTER_WORDS:
        return None
    surname = line.surname(stop)
    if surname is None and dotted and line.raw[i].isupper() and line.is_unlisted(stop):
        surname = Part(ALL_CASES, ALL_CASES, frozenset({line.folded[stop]}))
    if surname is None or (line.is_common(stop) and not (dotted and line.raw[stop][0].isupper())):
        return None
    return Reading(i, stop + 1, surname, surname=surname.stems, initials=letters)


def _patronymic_alone(line: Line, i: int) -> Reading | None:
    patronymic = line.patronymic(i)
    if patronymic is None or line.is_common(i):
        return None
    reading = Reading(i, i + 1, patronymic, patronymic=patronymic.stems)
    surname = line.surname(i + 1) if line.is_joined(i) else None
    if surname and not line.is_common(i + 1) and not line.given(i + 2) and reading.join(surname):
        reading.surname = surname.stems
        reading.stop += 1
    return reading


def _take_patronymic(line: Line, reading: Reading) -> None:
    """Add «Русланович», or «Аликрам оглы», standing right after the given name."""
    last = reading.stop - 1
    if not line.is_joined(last):
        return
    patronymic = line.patronymic(reading.stop)
    if patronymic and reading.join(patronymic):
        reading.patronymic = patronymic.stems
        reading.stop += 1
    elif line.is_joined(last + 1) and line.folded[last + 2] in _TURKIC:
        reading.patronymic = frozenset({line.folded[last + 1]})
        reading.stop += 2
    elif line.folded[last + 1] in _TURKIC:
        reading.patronymic = frozenset({line.folded[last]})
        reading.stop += 1


def _take_initials(line: Line, reading: Reading) -> Reading | None:
    """«Магомедов Р. А.», «магомедов р а»; one letter only with a full stop."""
    stop = reading.stop
    letters: list[str] = []
    while len(letters) < 2 and line.is_initial(stop) and _touches_initial(line.gap(stop - 1)):
        if letters and not _is_alike(line, stop - 1, stop):
            break
        letters.append(line.folded[stop])
        stop += 1
    if not letters or (line.is_common(reading.start) and not line.is_capital(reading.start)):
        return None
    first = reading.stop
    dotted = line.is_dotted(first)
    capital = line.is_capital(first)
    shown = (dotted and capital) or letters[0] not in LETTER_WORDS | _ABBREVIATIONS
    if len(letters) == 1 and not (shown and (dotted or capital)):
        return None
    if not dotted and not capital and set(letters) <= LETTER_WORDS:
        return None
    reading.initials = letters
    reading.stop = stop
    return reading


def _is_alike(line: Line, i: int, j: int) -> bool:
    """Two initials are written alike: «Лалаев Б. в отпуске» has one."""
    dots = line.is_dotted(i) == line.is_dotted(j) or line.gap(i) == "."
    return dots and line.raw[i].isupper() == line.raw[j].isupper()


def _has_patronymic(line: Line, i: int) -> bool:
    """Whether a patronymic, or «Аликрам оглы», follows word `i`."""
    if not line.is_joined(i):
        return False
    return bool(line.patronymic(i + 1)) or (line.is_joined(i + 1) and line.folded[i + 2] in _TURKIC)


def _has_sure_surname(line: Line, i: int) -> bool:
    """«Сулумбек Ваидов»: an unlisted given name, both words capitalised."""
    if not (line.is_joined(i) and line.is_capital(i) and line.is_capital(i + 1)):
        return False
    return bool(line.flags[i + 1] & SURNAME_LIKE) and not line.surname(i) and not line.given(i + 2)


def _surname_before_full_name(line: Line, i: int) -> Part | None:
    """Before a given name and a patronymic any word of a surname's shape is one: «Ковров»."""
    if not line.section(i) and (shape := surname_by_shape(line.folded[i])):
        return shape
    return Part(ALL_CASES, ALL_CASES, frozenset({line.folded[i]})) if line.is_unlisted(i) else None


def _touches_initial(gap: str) -> bool:
    return gap in ("", " ", ".", ". ", "  ", ".  ", "\u00a0", ".\u00a0")


def _is_plausible_pair(line: Line, i: int, j: int) -> bool:
    """Two words that agree are a name unless ordinary words may explain them."""
    if not line.given(i) and line.words.is_plain(line.folded[i]):
        return False
    common = [k for k in (i, j) if line.is_common(k)]
    if not common:
        return True
    if line.is_upper or not (line.raw[i][0].isupper() or line.raw[j][0].isupper()):
        return len(common) == 1
    return all(line.is_capital(k) for k in common)


def _is_unlisted_surname(line: Line, reading: Reading) -> bool:
    given, other = reading.stop - 1, reading.stop
    if line.given(other) or line.patronymic(other) or not line.is_unlisted(other):
        return False
    return line.is_capital(other) and line.is_capital(given) and not line.is_common(reading.start)


def _is_second_given(line: Line, i: int) -> bool:
    """«Ахмед Мансур»: a given name in the place of the surname."""
    if not line.given(i + 1) or line.is_common(i) or line.is_common(i + 1):
        return False
    return line.is_capital(i) == line.is_capital(i + 1) and not line.surname(i + 2)
