"""Small changes of a text that leave its sense alone, and additions that shift it."""

import re
from collections.abc import Callable, Mapping
from random import Random

Perturbation = Callable[[str, Random], str]

_WORD = re.compile(r"[А-Яа-яЁё]{5,}")
_HOUSE = re.compile(r"(?<![\d.,:])\b\d{1,3}\b(?![\d.,:%-])")
_MARK = re.compile(r"[.!?,](?![.!?,])")
_SENTENCE_END = re.compile(r"(?<=[.!?,])\s+")

_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
NEIGHBOURS: Mapping[str, str] = {
    key: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, key in enumerate(row)
}

GREETINGS = ("Здравствуйте! ", "Добрый день. ", "Салам алейкум! ", "Доброго времени суток, ")
FAREWELLS = (" Спасибо.", " Заранее спасибо!", " Баркалла", " С уважением")
EMOJI = (" 😡", " 🙏🙏", " 👍", "❗❗❗", " 😂😂", " 🤷‍♀️")
MENTIONS = ("Администрация города, ", "Мэрия, ", "[ПРОФИЛЬ], ", "Управление ЖКХ, ")


def lower(text: str, _random: Random) -> str:
    """«ДОМ» → «дом»."""
    return text.lower()


def upper(text: str, _random: Random) -> str:
    """«дом» → «ДОМ»."""
    return text.upper()


def without_yo(text: str, _random: Random) -> str:
    """«ёлка» → «елка»."""
    return text.replace("ё", "е").replace("Ё", "Е")


def swap_letters(text: str, random: Random) -> str:
    """Two inner letters of one word change places: «автобус» → «автоубс»."""

    def swap(word: str, at: int) -> str:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _misspell(text, random, swap)


def drop_letter(text: str, random: Random) -> str:
    """One inner letter of one word is lost: «автобус» → «автбус»."""
    return _misspell(text, random, lambda word, at: word[:at] + word[at + 1 :])


def hit_neighbour(text: str, random: Random) -> str:
    """One inner letter gives way to its neighbour on the keyboard: «автобус» → «автокус»."""

    def miss(word: str, at: int) -> str:
        letter = word[at]
        near = random.choice(NEIGHBOURS.get(letter.lower(), letter))
        return word[:at] + (near.upper() if letter.isupper() else near) + word[at + 1 :]

    return _misspell(text, random, miss)


def add_mention(text: str, random: Random) -> str:
    """A mention in front, as cleaning and masking leave it."""
    return random.choice(MENTIONS) + text


def add_greeting(text: str, random: Random) -> str:
    """A greeting in front."""
    return random.choice(GREETINGS) + text


def add_farewell(text: str, random: Random) -> str:
    """Thanks in advance at the end."""
    return text + random.choice(FAREWELLS)


def add_emoji(text: str, random: Random) -> str:
    """Emoji at the end."""
    return text + random.choice(EMOJI)


def change_house(text: str, random: Random) -> str:
    """Another house number (the first short number of the text)."""
    return _HOUSE.sub(lambda found: _other_number(found.group(), random), text, count=1)


def double_marks(text: str, _random: Random) -> str:
    """«Где вода?» → «Где вода??»; a text without marks gets «!!!»."""
    changed = _MARK.sub(lambda found: found.group() * 2, text)
    return changed if changed != text else text + "!!!"


def break_lines(text: str, _random: Random) -> str:
    """Sentences, or halves of one, on lines of their own."""
    changed = _SENTENCE_END.sub("\n", text)
    if changed != text:
        return changed
    words = text.split(" ")
    half = len(words) // 2
    return " ".join(words[:half]) + "\n" + " ".join(words[half:]) if half else text


INVARIANCES: Mapping[str, Perturbation] = {
    "lower case": lower,
    "upper case": upper,
    "е for ё": without_yo,
    "typo: swapped letters": swap_letters,
    "typo: lost letter": drop_letter,
    "typo: neighbour key": hit_neighbour,
    "mention in front": add_mention,
    "greeting in front": add_greeting,
    "thanks at the end": add_farewell,
    "emoji": add_emoji,
    "house number": change_house,
    "doubled marks": double_marks,
    "line breaks": break_lines,
}
"""Changes after which topic and group must stay; one that leaves a text as it is does not count."""

THANKS = " Большое спасибо, вы молодцы!"
ANGER = " Позор, сволочи, сколько можно издеваться!"
DANGERS: Mapping[str, tuple[str, int]] = {
    "children": (" Там дети.", 5),
    "open_manhole": (" Рядом открытый люк.", 4),
    "gas_smell": (" И сильный запах газа.", 5),
}
"""Additions that must raise the importance where it is lower than this, by code of their cue."""


def _misspell(text: str, random: Random, change: Callable[[str, int], str]) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return text
    found = random.choice(words)
    word = found.group()
    at = random.randrange(1, len(word) - 2)
    return text[: found.start()] + change(word, at) + text[found.end() :]


def _other_number(number: str, random: Random) -> str:
    other = random.randrange(1, 200)
    return str(other if other != int(number) else other + 1)
