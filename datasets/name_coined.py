"""Words that no dictionary holds and that are no names: slips, compounds, firms, medicines."""

import re
from collections.abc import Callable

from otklik.datasets.name_shapes import SURNAME_TAIL

_SHORTEST_SLIP = 6  # a shorter name is one letter away from some word by chance
_SHORTEST_HEAD, _SHORTEST_TAIL = 2, 6  # «хан» and «мурза» end names, so a tail must be longer
_FIRM = re.compile(
    r".*(?:водоканал|строй|сервис|энерго|торг|банк|надзор|транс|экспресс|комфорт|маркет|снаб"
    r"|центр|пункт|холдинг|телеком|горгаз|оптик)[а-я]{0,3}|(?:рос|гор|обл|глав)[а-я]{2,}(?:ор|газ|сеть)"
)
# Stems that the register of international names gives to medicines
_MEDICINE = re.compile(
    r".{2,}(?:олол|прил|сартан|статин|циллин|мицин|азол|тиниб|фениб|оксацин|триджин|оксол|епам|идол)"
    r"(?:|а|у|ом|е)"
)
_CONFUSED = {"ь": "ъ", "ъ": "ь", "ш": "щ", "щ": "ш"}
_UNSTRESSED = {"о": "а", "а": "о", "е": "и", "и": "е"}
_REPEATED = re.compile(r"(.)\1+")
_VERB = re.compile(r".*(?:т[ьс]?ся|[аеиу]ть|[аеуюяи]ют|[аеи]те|[еи]шь|ует|ает)")


def is_coined(word: str, is_ordinary: Callable[[str], bool]) -> bool:
    """Whether an unknown folded word is explained without a person.

    «эковолонтер» and «дети-школьники» are compounds, «жилстройсервис» a firm, «бисопролол» a
    medicine. `is_ordinary` knows the ordinary words of the dictionary.
    """
    if "-" in word:
        return all(len(part) < 3 or is_ordinary(part) for part in word.split("-"))
    if _FIRM.fullmatch(word) or _MEDICINE.fullmatch(word) or _VERB.fullmatch(word):
        return True
    return _is_compound(word, is_ordinary)


def is_slip(word: str, is_ordinary: Callable[[str], bool]) -> bool:
    """Whether an ordinary word with a letter doubled or misheard: «подьезд», «прокуротура»."""
    if len(word) < _SHORTEST_SLIP:
        return False
    unstressed = {} if SURNAME_TAIL.search(word) else _UNSTRESSED
    undoubled = {word[:k] + word[k + 1 :] for k in range(1, len(word)) if word[k] == word[k - 1]}
    undoubled.add(_REPEATED.sub(r"\1", word))
    confused = [(k, _CONFUSED.get(letter, "")) for k, letter in enumerate(word)]
    # «бородай» is no «бородой»: endings are heard
    confused += [(k, unstressed.get(letter, "")) for k, letter in enumerate(word[:-2])]
    changed = {word[:k] + other + word[k + 1 :] for k, other in confused if other}
    return any(is_ordinary(near) for near in undoubled | changed)


def _is_compound(word: str, is_ordinary: Callable[[str], bool]) -> bool:
    """«онкоцентр», «предпенсионеров», «узкопрофильных»: a piece before an ordinary word."""
    last = len(word) - _SHORTEST_TAIL
    return any(is_ordinary(word[k:]) for k in range(_SHORTEST_HEAD, last + 1))
