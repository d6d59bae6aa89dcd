"""What an author's habits do to a text: letter case, missing marks, slips, Chechen, emoji."""

from random import Random
from typing import Any

from otklik.datasets.city_authors import Author
from otklik.datasets.city_phrases import pick, sentence
from otklik.datasets.city_topics import load_table

_NO_MARKS = str.maketrans("", "", ".,!?«»")
_SLIP_LENGTH = 5


def spoil(chance: Random, author: Author, text: str) -> str:
    """Text as this author would have typed it."""
    manner = load_table("manner")
    if author.chechen and chance.random() < author.chechen:
        text = _mix(chance, manner["chechen"], text)
    if author.slips:
        text = _slip(chance, author, text)
    if author.letters == "upper" and chance.random() < 0.7:
        text = text.upper()
    elif author.letters == "lower" and chance.random() < 0.8:
        text = text.lower()
        if author.unpunctuated:
            text = " ".join(text.translate(_NO_MARKS).split())
    elif text.endswith(".") and chance.random() < 0.3:
        # Few people end a post with a full stop; some end it with many marks.
        text = text[:-1] + (pick(chance, manner["ends"]) if chance.random() < 0.3 else "")
    if author.emoji and chance.random() < author.emoji:
        text = f"{text} {pick(chance, manner['emoji']) * (1 + int(chance.random() * 3))}"
    return text


def retouch(chance: Random, text: str) -> str:
    """A copied text with the little that a copy-paster changes, or nothing."""
    manner = load_table("manner")
    turn = chance.random()
    if turn < 0.35:
        return text
    if turn < 0.6:
        return f"{text} {pick(chance, manner['emoji'])}"
    if turn < 0.8:
        return f"{text} {pick(chance, manner['asks'])}"
    return f"{pick(chance, manner['greetings'])} {text}"


def _mix(chance: Random, chechen: dict[str, Any], text: str) -> str:
    for russian, other in chechen["mixed"].items():
        if russian in text and chance.random() < 0.5:
            text = text.replace(russian, other, 1)
    kind = pick(chance, [kind for kind in chechen if kind != "mixed"])
    words = pick(chance, chechen[kind])
    if kind != "greetings":
        return f"{text} {words}"
    for hello in load_table("manner")["greetings"]:
        if text.startswith(hello):
            text = sentence(text.removeprefix(hello).lstrip())
    return f"{words} {text}"


def _slip(chance: Random, author: Author, text: str) -> str:
    """Wrong letters and common misspellings; never in numbers."""
    manner = load_table("manner")
    for right, wrong in manner["slips"]:
        if right in text and chance.random() < 5 * author.slips:
            text = text.replace(right, wrong, 1)
    words = text.split(" ")
    for position, word in enumerate(words):
        if len(word) >= _SLIP_LENGTH and word.isalpha() and chance.random() < author.slips:
            words[position] = _mistype(chance, manner["keys"], word)
    return " ".join(words)


def _mistype(chance: Random, keys: list[str], word: str) -> str:
    place = 1 + int(chance.random() * (len(word) - 2))
    turn = chance.random()
    if turn < 0.4:
        return word[:place] + word[place + 1 :]
    if turn < 0.7:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if turn < 0.85:
        return word[:place] + word[place] + word[place:]
    letter = word[place]
    other = next((pair[1 - pair.index(letter)] for pair in keys if letter in pair), letter)
    return word[:place] + other + word[place + 1 :]
