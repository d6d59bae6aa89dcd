"""Words that announce a person: posts, kinship, «меня зовут», and another person beside."""

from typing import NamedTuple

from otklik.datasets.name_lexicon import ALL_CASES, Part
from otklik.datasets.name_line import Line
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_words import INTRO, KIN, POST

LIST, AND = 1 << 20, 1 << 21  # announced by a comma, by «и» after another person
_MOST_LINKS = 3


class Announced(NamedTuple):
    """What made a name likely: bits of the announcing word, and the cases it stands in."""

    flags: int
    cases: int


NOBODY = Announced(0, 0)


def announce(line: Line, i: int) -> dict[int, Announced]:
    """«глава района Исаев», «меня зовут Ислам»: the word after may be a name by itself."""
    intro = line.flags[i] & INTRO or line.is_by_name(i)
    j = i + 1
    while j - i <= _MOST_LINKS and line.is_joined(j - 1) and line.is_link(j):
        j += 1
    if j >= line.count or not (line.is_joined(j - 1) or line.is_near(j - 1)):
        return {}
    if intro:
        return {j: Announced(INTRO, ALL_CASES)}
    apart = not line.is_joined(j - 1)
    if apart and line.gap(j - 1).strip() not in (":", ","):
        return {}
    flags = line.flags[i] & (POST | KIN) | (LIST if apart else 0)
    return {j: Announced(flags, line.words.grammar.cases(line.folded[i]) or ALL_CASES)}


def announced_beside(line: Line, reading: Reading, announced: Announced) -> dict[int, Announced]:
    """«Хамзат, Иман и Раяна»: what is listed with a person is a person."""
    last = reading.stop - 1
    cases = reading.form.masculine | reading.form.feminine
    kin = announced.flags & KIN
    j = reading.stop
    if j < line.count and line.gap(last).strip() == ",":
        return {j: Announced(LIST | kin, cases)}
    if j + 1 < line.count and line.is_and(j):
        return {j + 1: Announced(LIST | AND | kin, cases)}
    return {}


def agrees(part: Part, announced: Announced) -> bool:
    """Whether a name stands in a case of the word that announced it."""
    return bool((part.masculine | part.feminine) & announced.cases)
