"""Towns beside the office that is called after them, and so stay: «мэрия Примерска»."""

import re

from otklik.datasets.name_line import Line, is_genitive
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_words import POST

_TOWN = re.compile(r".{3,}(?:[сц]к|град)[ауе]?")
_SETTLEMENT = frozenset({"города", "района", "округа", "села"})
_VOWELS = tuple("аяыиоеэую")
_NOT = frozenset({"не", "уже", "опять", "так"})


def is_town(line: Line, reading: Reading) -> bool:
    """Whether a lone word is built like a town's name or names the town of an office."""
    i = reading.start
    if reading.stop - i > 1 or line.given(i):
        return False
    if not line.is_known(i) and _TOWN.fullmatch(line.folded[i]):
        return True
    return _follows_office(line, i)


def _follows_office(line: Line, i: int) -> bool:
    """«администрация Шали», «мэрия города Кирова», but «из администрации Исаева звонила»."""
    before = i - 1
    if line.is_joined(before - 1) and line.folded[before] in _SETTLEMENT:
        before -= 1
    if not (line.is_joined(before) and line.is_joined(i - 1) and "office" in line.section(before)):
        return False
    if line.is_joined(before - 1) and line.flags[before - 1] & POST:
        return False  # «глава администрации Исаев»
    part = line.surname(i)
    if not (is_genitive(part) if part else line.folded[i].endswith(_VOWELS)):
        return False  # no town's genitive: «в прокуратуре Исаев обещал»
    is_subject = line.folded[before].endswith(("ия", "ра", "ва"))
    return is_subject or not _did_something(line, i)


def _did_something(line: Line, i: int) -> bool:
    k = i + 1
    while k < line.count and line.is_joined(k - 1) and line.folded[k] in _NOT:
        k += 1
    joined = k < line.count and line.is_joined(k - 1)
    return joined and line.words.grammar.is_single_verb(line.folded[k])
