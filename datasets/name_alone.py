"""What stands around a single word that may be a name."""

import re

from otklik.datasets.name_line import Line, is_genitive
from otklik.datasets.name_words import STRANGE, SURNAME_LIKE

_OF_STREET = frozenset(
    {"на", "по", "до", "с", "от", "вдоль", "возле", "около", "напротив", "между", "через", "угол"}
)
_SENTENCE_START = re.compile(r"(?:^|[.!?\n…»])[\s\"«(-]*$")
# Of the surnames that no list knows only these are worth a vote when they stand alone
_SURE_ALONE = re.compile(
    r"(?:[ое]в|ин)(?:а|у|ым|е|ой|ы|ых|ыми)?$|(?:енко|дзе|швили|чук|юк|янц?)(?:а|у|ом|ем|е)?$"
)
_SIGNED = re.compile(r"[\n.!?,][\s.,!-]*")
_OF_PERSON = frozenset({"у", "к", "ко", "словам"})
_OF_PLACE = frozenset({"в", "во", "на", "из", "до", "рп", "пос", "со", "через", "за", "под"})
_OF_FAMILY = frozenset(
    {"у", "к", "от", "про", "дом", "дома", "дому", "двор", "двора", "квартира", "квартире"}
)


def opens_sentence(line: Line, i: int) -> bool:
    """Whether the capital of word `i` says nothing."""
    start = line.spans[i][0]
    return bool(_SENTENCE_START.search(line.text, max(0, start - 8), start))


def is_greeted(line: Line, i: int) -> bool:
    """«Здравствуйте, Марина», «Марина, здравствуйте»."""
    before = "greeting" in line.section(i - 1) and line.gap(i - 1).strip() in ("", ",", "!")
    return before or ("greeting" in line.section(i + 1) and line.gap(i).strip() == ",")


def is_signature(line: Line, i: int) -> bool:
    """«… жду ответа. Марина»."""
    if i != line.count - 1 or i == 0:
        return False
    tail = line.text[line.spans[i][1] :].strip(" .!\n)")
    return not tail and bool(_SIGNED.fullmatch(line.gap(i - 1)))


def opens_list(line: Line, i: int) -> bool:
    """«Хасан и Хусейн»: two given names in one case."""
    one, other = line.given(i), line.given(i + 2) if line.is_and(i + 1) else None
    shown = line.is_capital(i) and line.is_capital(i + 2)
    if not one or not other or (line.is_common(i + 2) and not shown):
        return False
    return bool((one.masculine | one.feminine) & (other.masculine | other.feminine))


def is_family(line: Line, i: int) -> bool:
    """«дом Хасиевых», «у Падаровых», «соседи Дудаевы»: a plural that names a whole family."""
    if not line.words.is_family(line.folded[i]) or not line.is_joined(i - 1):
        return False
    return line.folded[i - 1] in _OF_FAMILY


def follows_unknown(line: Line, i: int) -> bool:
    """«элдар джанибеков»: no list knows the first word, and capitals say nothing."""
    return not line.has_capitals and line.is_joined(i - 1) and line.is_unlisted(i - 1)


def may_be_surname(line: Line, i: int) -> bool:
    """Worth the NER's vote after a given name: an unknown word, or a capitalised one."""
    if line.section(i) or line.given(i) or len(line.raw[i]) < 3:
        return False
    if line.is_unlisted(i) or line.is_capital(i):
        return True
    given, noun = line.given(i - 1), line.words.noun_surname(line.folded[i])
    if line.has_capitals or line.is_common(i - 1) or not given or not noun:
        return False
    return bool((given.masculine | given.feminine) & (noun.masculine | noun.feminine))


def may_be_given(line: Line, i: int) -> bool:
    """Worth the NER's vote after a surname: an unknown word, or a rare name («исаева дана»)."""
    if not line.is_joined(i - 1) or line.flags[i] & SURNAME_LIKE:
        return False
    if not line.is_capital(i) and line.has_capitals:
        return False
    return line.is_unlisted(i) or bool(line.words.ordinary_given(line.folded[i]))


def stands_out(line: Line, i: int) -> bool:
    """Worth the NER's vote: an unknown word after «у» or «к», or capitalised in mid-sentence."""
    if not line.flags[i] & STRANGE:
        return False
    before = line.folded[i - 1] if line.is_joined(i - 1) else ""
    if line.is_capital(i):
        return before not in _OF_PLACE and not opens_sentence(line, i)
    return before in _OF_PERSON and not line.has_capitals


def may_stand_alone(line: Line, i: int) -> bool:
    """Worth the NER's vote as a lone surname: the right shape, no ordinary word, no street."""
    if line.is_common(i) or not _SURE_ALONE.search(line.folded[i]):
        return False
    if not line.is_capital(i) and line.has_capitals:
        return False
    return not _is_street(line, i)


def _is_street(line: Line, i: int) -> bool:
    """«на Кирова», «с Исаева до Гагарина»: a bare genitive after such words is a street."""
    part = line.surname(i)
    return bool(part and is_genitive(part) and i and line.folded[i - 1] in _OF_STREET)
