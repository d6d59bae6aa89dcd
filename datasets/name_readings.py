"""Orders in which the words of a person's name follow each other."""

from otklik.datasets.name_initials import initials_first, take_initials
from otklik.datasets.name_lexicon import ALL_CASES, Part
from otklik.datasets.name_line import Line, is_nominative
from otklik.datasets.name_nouns import may_be_noun_surname, noun_surname_after, stands_apart
from otklik.datasets.name_pairs import read_likely_pair
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_shapes import surname_by_shape
from otklik.datasets.name_words import BORNE, POST, STRANGE, SURNAME_LIKE

_SHORTEST_BUILT = 4
_TURKIC = frozenset({"оглы", "оглу", "кызы", "гызы", "улы", "уулу"})


def read_person(line: Line, i: int) -> Reading | None:
    """Longest reading of two words or more that starts at word `i`; a lone patronymic counts."""
    # «Галине Ивановне Шубиной»: «Галин» is a surname too, and takes in less
    readings = [r for r in (_surname_first(line, i), _given_first(line, i)) if r]
    if readings:
        return max(readings, key=lambda reading: reading.stop)
    if (pair := read_likely_pair(line, i)) and not _has_patronymic(line, i + 1):
        return pair
    return initials_first(line, i) or _patronymic_alone(line, i)


def _surname_first(line: Line, i: int) -> Reading | None:
    if not line.is_joined(i):
        return None
    surname = line.surname(i) or _surname_in_context(line, i)
    if surname is None:
        return None
    reading = Reading(i, i + 1, surname, surname=surname.stems)
    if given := line.given(i + 1) or _ordinary_given(line, i + 1):
        if not reading.join(given):
            return None
        reading.given = given.stems
        reading.stop = i + 2
        _take_patronymic(line, reading)
        if line.surname(i) is None:  # then the context has decided
            return reading if reading.patronymic or not _has_patronymic(line, i + 1) else None
        return reading if reading.patronymic or _is_plausible_pair(line, i, i + 1) else None
    if _has_patronymic(line, i + 1) and not line.section(i + 1):
        # «Умхаева Бриллиант Саидовна»: whatever stands between is a given name
        reading.given = frozenset({line.folded[i + 1]})
        reading.stop = i + 2
        _take_patronymic(line, reading)
        return reading
    if _is_capital_pair(line, i):
        reading.given = frozenset({line.folded[i + 1]})
        reading.stop = i + 2
        return reading
    if line.patronymic(i + 1) and not line.given(i):
        _take_patronymic(line, reading)
        return reading if reading.patronymic and not line.is_common(i) else None
    return take_initials(line, reading)


def _surname_in_context(line: Line, i: int) -> Part | None:
    """A word that only its neighbours make a surname: «Ковров», «Заяц», «Гергерт»."""
    if line.section(i):
        return None
    if _has_patronymic(line, i + 1) and (line.given(i + 1) or line.is_nameable(i + 1)):
        if shape := surname_by_shape(line.folded[i]):
            return shape
        if line.is_nameable(i):
            return Part(ALL_CASES, ALL_CASES, frozenset({line.folded[i]}))
    if _is_strange_pair(line, i):
        return Part(ALL_CASES, ALL_CASES, frozenset({line.folded[i]}))
    noun = line.words.noun_surname(line.folded[i])
    full = line.is_initial(i + 1) or _has_patronymic(line, i + 1)
    return noun if noun and may_be_noun_surname(line, i, full=full) else None


def _is_strange_pair(line: Line, i: int) -> bool:
    """«Ардзинба Даур»: an unknown word before a given name, both capitalised."""
    shown = line.is_unlisted(i) and line.is_capital(i) and line.is_capital(i + 1)
    sure = shown and line.words.is_sure_given(line.folded[i + 1])
    named = shown and (sure or (line.given(i + 1) and not line.is_common(i + 1)))
    short = len(line.raw[i]) < _SHORTEST_BUILT  # too short to be built like anything
    return bool(named and (short or line.words.looks_nominal(line.folded[i])))


def _given_first(line: Line, i: int) -> Reading | None:
    given = line.given(i) or _ordinary_given(line, i)
    if given is None:
        if not (_stands_before_patronymic(line, i) or _has_sure_surname(line, i)):
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
        elif surname is None and (noun := noun_surname_after(line, reading)):
            reading.join(noun)
            reading.surname = noun.stems
            reading.stop += 1
        elif surname is None and _is_unlisted_surname(line, reading):
            reading.surname = frozenset({line.folded[last + 1]})
            reading.stop += 1
        elif not reading.patronymic and _is_second_given(line, i):
            reading.surname = frozenset({line.folded[i + 1]})
            reading.stop += 1
        elif line.is_initial(last + 1) and not line.is_common(i):
            return take_initials(line, reading)
    return reading if reading.stop > i + 1 else None


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


def _has_patronymic(line: Line, i: int) -> bool:
    """Whether a patronymic, or «Аликрам оглы», follows word `i`."""
    if not line.is_joined(i):
        return False
    return bool(line.patronymic(i + 1)) or (line.is_joined(i + 1) and line.folded[i + 2] in _TURKIC)


def _ordinary_given(line: Line, i: int) -> Part | None:
    """«Тхагапсоева Дана», «Мира Асхабова»: capitals, and a surname beside an ordinary word."""
    if i >= line.count or not (line.is_capital(i) or not line.has_capitals):
        return None
    before, after = line.is_joined(i - 1), line.is_joined(i)
    beside = [i - 1] * before + [i + 1] * after
    given = line.words.ordinary_given(line.folded[i])
    if given is None:
        return None
    if not line.is_capital(i):  # «исаева мира»
        beside = [j for j in beside if line.flags[j] & SURNAME_LIKE]
        beside = beside if is_nominative(given) else []
    shown = [j for j in beside if line.is_capital(j) == line.is_capital(i)]
    return given if any(line.surname(j) and not line.is_common(j) for j in shown) else None


def _stands_before_patronymic(line: Line, i: int) -> bool:
    """«Дудуркх Ахмедович», «любовь андреевна»: a name, or a noun in the same case."""
    if not _has_patronymic(line, i):
        return False
    if line.is_nameable(i):
        return True
    patronymic = line.patronymic(i + 1)
    if patronymic is None or line.section(i) or line.flags[i] & POST:
        return False
    cases = patronymic.masculine | patronymic.feminine
    return bool(line.words.grammar.cases(line.folded[i]) & cases)


def _has_sure_surname(line: Line, i: int) -> bool:
    """«Сулумбек Ваидов», «Инвару Сефербекову»: a given name of no list before a surname."""
    if not line.is_joined(i) or line.flags[i] & SURNAME_LIKE or line.given(i + 2):
        return False
    unlisted = line.is_unlisted(i)
    if line.is_capital(i) and line.is_capital(i + 1) and line.flags[i + 1] & SURNAME_LIKE:
        return unlisted or _is_capital_noun(line, i)
    # «тамази чкадуа»: two unknown words, the second one a listed surname
    strange = unlisted and line.flags[i] & line.flags[i + 1] & STRANGE
    listed = strange and line.words.is_listed_surname(line.folded[i + 1])
    return bool(listed and line.words.looks_nominal(line.folded[i]))


def _is_capital_noun(line: Line, i: int) -> bool:
    """Whether a noun in mid-sentence is a given name: capitalised, in the surname's case."""
    surname = line.surname(i + 1)
    if not line.is_joined(i - 1) or line.section(i) or line.flags[i] & ~BORNE or line.is_acronym(i):
        return False
    if surname is None or line.is_known(i + 1):
        return False
    cases = surname.masculine | surname.feminine
    return bool(line.words.grammar.cases(line.folded[i]) & cases)


def _is_capital_pair(line: Line, i: int) -> bool:
    """«Кхочуков Сулбан»: a surname and a word that no list knows, both capitalised."""
    if not (line.flags[i] & SURNAME_LIKE and line.is_capital(i) and line.is_capital(i + 1)):
        return False
    if line.flags[i + 1] & SURNAME_LIKE or line.words.is_toponym(line.folded[i + 1]):
        return False
    return line.is_unlisted(i + 1)


def _is_plausible_pair(line: Line, i: int, j: int) -> bool:
    """Two words that agree are a name unless ordinary words may explain them."""
    if stands_apart(line, i, j):
        return True
    if not line.given(i) and line.words.is_plain(line.folded[i]):
        return False
    if _is_listed_pair(line, i, j):
        return True
    common = [k for k in (i, j) if line.is_common(k)]
    if not common:
        return True
    if line.is_upper or not (line.raw[i][0].isupper() or line.raw[j][0].isupper()):
        return len(common) == 1
    return all(line.is_capital(k) for k in common)


def _is_listed_pair(line: Line, i: int, j: int) -> bool:
    """«роман волков»: both are ordinary words, and both are what people are called."""
    for given, surname in ((i, j), (j, i)):
        listed = line.words.nouns.herd_surname(line.folded[surname])
        if listed and line.words.is_sure_given(line.folded[given]) and line.given(given):
            return True
    return False


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
