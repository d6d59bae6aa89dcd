"""What residents propose: «установите светофор», «просим перенести остановку», as options."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from tomllib import loads
from typing import Any

from pymorphy3 import MorphAnalyzer

WISHES = Path(__file__).parent.parent / "models" / "lexicons" / "wishes.toml"
MOST_WORDS = 4
_TOKEN = re.compile(r"\[[^\]]*\]|[а-яё]+(?:-[а-яё]+)*|\d+|[^\sа-яё\d]", re.IGNORECASE)
_FILLERS = {"бы", "вас", "очень", "срочно", "пожалуйста", "хоть", "нам", "еще", "ещё"}
_NOUNS = {"NOUN"}
_INSIDE = {"NOUN", "ADJF", "PRTF", "PREP", "NUMR"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One proposal.

    Parameters
    ----------
    verb : str
        Infinitive, perfective or as written.
    thing : str
        Lemma of the noun that it is about.
    words : str
        For an option of a poll: «Установить светофор».
    pole : int
        1 wants more of the thing, -1 less, 0 neither.
    """

    verb: str
    thing: str
    words: str
    pole: int


@lru_cache(maxsize=1)
def load_wishes() -> dict[str, Any]:
    """The lexicon of wishes."""
    return loads(WISHES.read_text(encoding="utf-8"))


@lru_cache(maxsize=1 << 15)
def find_wishes(text: str) -> tuple[Wish, ...]:
    """Proposals in a masked text, in their order."""
    lexicon = load_wishes()
    words = _TOKEN.findall(text)
    found = []
    for place, word in enumerate(words):
        verb = _infinitive(word, [one.casefold() for one in words[max(0, place - 3) : place]])
        if verb is None or verb in lexicon["empty"]:
            continue
        things, phrase = _object(words[place + 1 : place + 1 + MOST_WORDS])
        written = verb
        verb, thing = _done(verb, things, lexicon)
        if thing is not None and thing not in lexicon["vague"]:
            pole = (verb in lexicon["more"]) - (verb in lexicon["less"])
            found.append(Wish(verb, thing, f"{written} {phrase}".capitalize(), pole))
    return tuple(found)


def options(texts: Iterable[str], authors: Sequence[str], most: int = 4) -> list[tuple[str, int]]:
    """Likeliest options of a poll with the number of authors behind each, most wanted first."""
    people: dict[tuple[str, int, str], set[str]] = {}
    wording: dict[tuple[str, int, str], Counter[str]] = {}
    for text, author in zip(texts, authors, strict=True):
        for wish in find_wishes(text):
            # «поставить» and «установить» the same thing are one option
            key = wish.thing, wish.pole, "" if wish.pole else wish.verb
            people.setdefault(key, set()).add(author)
            wording.setdefault(key, Counter())[wish.words] += 1
    ranked = sorted(people, key=lambda key: (-len(people[key]), key))
    return [
        (
            min(wording[key].items(), key=lambda one: (-one[1], len(one[0]), one[0]))[0],
            len(people[key]),
        )
        for key in ranked[:most]
    ]


def division(texts: Iterable[str], authors: Sequence[str]) -> float:
    """How far people want different things, 0 to 1.

    The larger of two: how evenly those who want more and those who want less of the same thing
    are split, and how evenly people spread over different wishes. Few authors pull it to 0.
    """
    sides: dict[str, dict[int, set[str]]] = {}
    wants: dict[tuple[str, str], set[str]] = {}
    for text, author in zip(texts, authors, strict=True):
        for wish in find_wishes(text):
            wants.setdefault((wish.verb, wish.thing), set()).add(author)
            if wish.pole:
                sides.setdefault(wish.thing, {}).setdefault(wish.pole, set()).add(author)
    split = 0.0
    for both in sides.values():
        more, less = len(both.get(1, ())), len(both.get(-1, ()))
        split = max(split, 2 * min(more, less) / (more + less + 4))
    counts = [len(people) for people in wants.values()]
    total = sum(counts)
    if len(counts) < 2:
        return split
    evenness = -sum(n / total * log(n / total) for n in counts) / log(len(counts))
    return max(split, 0.5 * evenness * total / (total + 10))


@lru_cache(maxsize=1)
def _morph() -> MorphAnalyzer:
    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=100_000)
def _forms(word: str) -> list[Any]:
    return list(_morph().parse(word))


def _infinitive(word: str, before: Sequence[str]) -> str | None:
    """Infinitive of an order («установите») or of an infinitive that a wish opens."""
    before = [one for one in before if one not in _FILLERS]
    if not word[0].isalpha() or "не" in before[-2:] or before[-1:] == ["когда"]:
        return None
    forms = _forms(word.casefold())
    for form in forms:
        if "impr" in form.tag and "plur" in form.tag:
            return str(form.normal_form)
    if forms[0].tag.POS != "INFN":
        return None
    openers = load_wishes()["openers"]
    opens = any({one, _forms(one)[0].normal_form} & set(openers) for one in before[-1:])
    return str(forms[0].normal_form) if opens else None


def _done(verb: str, things: Sequence[str], lexicon: dict[str, Any]) -> tuple[str, str | None]:
    """What is to be done to what: «произвести уборку снега» is «убрать снег».

    Without a thing of its own («провести ремонт») the work is the thing, by whatever verb.
    """
    if verb not in lexicon["light"]:
        return verb, things[0] if things else None
    things = [one for one in things if one not in lexicon["work"]] or list(things)
    action = lexicon["actions"].get(things[0]) if things else None
    if action is None:
        return verb, things[0] if things else None
    return (action, things[1]) if len(things) > 1 else (lexicon["light"][0], things[0])


def _object(words: Sequence[str]) -> tuple[list[str], str]:
    """Lemmas of the nouns after a verb, and the words up to the last of them."""
    things: list[str] = []
    last = 0
    for place, word in enumerate(words):
        if word.isdigit() and not things:
            continue
        if not word[0].isalpha():
            break
        form = _forms(word.casefold())[0]
        if form.tag.POS not in _INSIDE:
            break
        if form.tag.POS in _NOUNS:
            if not things and "nomn" in form.tag and "accs" not in _cases(word):
                break
            things.append(str(form.normal_form))
            last = place + 1
    return things, " ".join(words[:last]).casefold()


def _cases(word: str) -> set[str]:
    return {str(form.tag.case) for form in _forms(word.casefold())}
