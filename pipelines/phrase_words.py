"""Words of a message as phrases are made of them: cut at masks, names and what says nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from otklik.datasets.place_morphology import parses

_FILE = Path(__file__).parents[1] / "datasets" / "lexicons" / "phrase_stops.txt"
_LIKELY = 0.2
_MOST_ABBREVIATION = 5

# Masks, links, mentions, hashtags: nothing that is left of them is a word of the message.
_NOISE = re.compile(r"\[[^\[\]]*\]|https?://\S+|www\.\S+|[@#*]\S+|<[^<>]*>")
_SENTENCE = re.compile(r"[.!?…;\n]+")
_TOKEN = re.compile(r"[а-яё]+(?:-[а-яё]+)*|[^\sа-яё]+", re.IGNORECASE)
_WORD = re.compile(r"[а-яё]", re.IGNORECASE)
_PERSON = frozenset({"Name", "Surn", "Patr"})
_PRONOUN = frozenset({"Apro", "Anum"})


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of a word form; `case`, `number` and `gender` as pymorphy3 calls them."""

    pos: str
    lemma: str
    case: str
    number: str
    gender: str
    marks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence: as written, how it is shown in a phrase, and its readings."""

    text: str
    forms: tuple[Form, ...]

    def nouns(self) -> Iterator[Form]:
        """Readings as a noun that may stand in a phrase, all of one dictionary form."""
        first = next((form for form in self.forms if form.lemma not in lexicon().unmeant), None)
        if (
            first is None
            or first.pos != "NOUN"
            or first.lemma in lexicon().never
            or len(self.text) < 2
        ):
            return iter(())
        return (form for form in self.forms if (form.pos, form.lemma) == ("NOUN", first.lemma))

    def adjectives(self) -> Iterator[Form]:
        """Readings as an adjective or participle that may stand in a phrase."""
        return (
            f
            for f in self.forms
            if f.pos in ("ADJF", "PRTF")
            and not f.marks & _PRONOUN
            and f.lemma not in lexicon().never
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Dictionary forms, with «е» for «ё», and beginnings of sentences.

    `never` enter a phrase, `weak` ones only follow another noun («ремонт дома»), `unmeant` are
    readings that are passed over; a sentence that begins as one of `starts` is skipped.
    """

    never: frozenset[str]
    weak: frozenset[str]
    unmeant: frozenset[str]
    starts: tuple[str, ...]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The words of `phrase_stops.txt`."""
    never: set[str] = set()
    below: set[str] = set()
    unmeant: set[str] = set()
    starts: list[str] = []
    for line in _FILE.read_text(encoding="utf-8").replace("ё", "е").splitlines():
        if line.startswith(". "):
            starts.append(line[2:])
        elif line.startswith("+ "):
            below.update(line[2:].split())
        elif line.startswith("= "):
            unmeant.update(line[2:].split())
        elif not line.startswith("#"):
            never.update(line.split())
    return Lexicon(frozenset(never), frozenset(below), frozenset(unmeant), tuple(starts))


@lru_cache(maxsize=200_000)
def forms(word: str) -> tuple[Form, ...]:
    """Likely readings of a lower-case word, the likeliest first."""
    return tuple(_form(parse) for parse in parses(word) if parse.score >= _LIKELY)


def _form(parse: Any) -> Form:  # noqa: ANN401 - pymorphy3 has no types
    tag = parse.tag
    return Form(
        str(tag.POS),
        str(parse.normal_form).replace("ё", "е"),
        "gent" if tag.case == "gen2" else "loct" if tag.case == "loc2" else str(tag.case),
        str(tag.number),
        str(tag.gender),
        frozenset(tag.grammemes),
    )


def split_phrases(text: str) -> Iterator[list[Word]]:
    """Runs of words with nothing between them, sentence by sentence.

    A run ends at punctuation, digits, masks («[ФИО]»), foreign letters and the names of people
    and places; greetings and the set phrases of officials are left out with their sentences.
    """
    plain = _NOISE.sub(" | ", text)
    letters = [letter for letter in plain if letter.isalpha()]
    shouted = sum(letter.isupper() for letter in letters) > 0.6 * len(letters)
    for sentence in _SENTENCE.split(plain.lower() if shouted else plain):
        if sentence.strip(" ,:-–—|").lower().replace("ё", "е").startswith(lexicon().starts):
            continue
        run: list[Word] = []
        first = True
        for token in _TOKEN.findall(sentence):
            word = _word(token, first) if _WORD.match(token) else None
            first = first and _WORD.match(token) is None
            if word is not None:
                run.append(word)
            elif run:
                yield run
                run = []
        if run:
            yield run


def _word(token: str, first: bool) -> Word | None:
    """None for the name of a person or a place."""
    lower = token.lower()
    found = forms(lower)
    if token.isupper() and 1 < len(token) <= _MOST_ABBREVIATION:
        return Word(token, found)
    named = found and found[0].marks & (_PERSON | {"Geox"})
    if named or (token[0].isupper() and not first):
        return None
    return Word(lower, found)
