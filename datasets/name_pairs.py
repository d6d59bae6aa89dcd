"""Two words beside each other, of which a list knows one at most: «кужугет айдаш»."""

from otklik.datasets.name_lexicon import ALL_CASES, Part
from otklik.datasets.name_line import Line
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_words import STRANGE, SURNAME_LIKE

_LIKELY = 0.45  # likeness of a word that has a name beside it
_ANY = Part(ALL_CASES, ALL_CASES, frozenset())


def read_likely_pair(line: Line, i: int) -> Reading | None:
    """A word built like a name beside a known name or beside another such word."""
    if not line.is_joined(i) or line.is_capital(i) != line.is_capital(i + 1):
        return None
    if line.has_capitals and not line.is_capital(i):
        return None
    if line.is_acronym(i) or line.is_acronym(i + 1):
        return None
    one, other = is_likely(line, i), is_likely(line, i + 1)
    if not ((one and (other or _is_name(line, i + 1))) or (other and _is_name(line, i))):
        return None
    part = (line.surname(i) or line.given(i) or _ANY) if other and not one else _ANY
    first, second = frozenset({line.folded[i]}), frozenset({line.folded[i + 1]})
    return Reading(i, i + 2, part, surname=first, given=second)


def is_likely(line: Line, i: int) -> bool:
    """Whether word `i` is in no dictionary and built rather like a name."""
    if i >= line.count or not line.flags[i] & (STRANGE | SURNAME_LIKE) or line.is_known(i):
        return False
    word = line.folded[i]
    if line.words.likeness(word).name < _LIKELY or line.words.is_coined(word):
        return False
    return not line.words.is_slip(word)


def _is_name(line: Line, i: int) -> bool:
    """Whether word `i` is a name that everybody knows, and no ordinary word or town."""
    word = line.folded[i]
    if line.is_common(i) or line.words.is_toponym(word) or line.section(i):
        return False
    return line.words.is_sure_given(word) or bool(line.flags[i] & SURNAME_LIKE)
