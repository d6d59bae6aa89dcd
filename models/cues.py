"""Phrases in a text: the cues by which rules decide, found with their places and negations."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

GAP = 2
"""Words that may stand between two words of a phrase: «люк опять стоит открытый»."""
_MOST_WORDS = 1 << 16

COMMA, STOP = 1, 2
"""Marks between words: one that a phrase may cross, and one that ends it."""

_MARKS = {**dict.fromkeys(".!?;…\n", STOP), **dict.fromkeys(",:()—–", COMMA)}
_TOKEN = re.compile(r"\w+(?:-\w+)*|[.!?;…\n,:()—–]")
_NEGATION = frozenset({"не", "нет", "без", "ни", "никак", "никаких", "никакого", "нету"})
_NEGATION_AFTER = frozenset({"нет", "нету", "не", "отсутствует", "отсутствуют"})
_NUMBER = "#"


class Word(NamedTuple):
    """A word of a text: folded, its place, and the strongest mark since the word before."""

    text: str
    start: int
    stop: int
    mark: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that stands in a text.

    `cue` is the number of its cue, `start` and `stop` are offsets in the text as given, `negated`
    says that a negation touches it: «запаха газа нет», «не пахнет газом».
    """

    cue: int
    start: int
    stop: int
    negated: bool


def split_words(text: str) -> list[Word]:
    """Words of a text, in lower case and with «е» for «ё»; a mark is 0, COMMA or STOP."""
    words: list[Word] = []
    mark = 0
    for token in _TOKEN.finditer(text):
        piece = token.group()
        if piece in _MARKS:
            mark = max(mark, _MARKS[piece])
        else:
            start, stop = token.span()
            words.append(Word(_folded(piece), start, stop, mark))
            mark = 0
    return words


@lru_cache(maxsize=_MOST_WORDS)
def _folded(word: str) -> str:
    return word.lower().replace("ё", "е")


class CueFinder:
    """Finds phrases in texts; fast because a word is compared with the phrases only once.

    Parameters
    ----------
    phrases : sequence of sequences of str
        Phrases of each cue. Words of a phrase stand in this order within one sentence, at most
        two others between them. «слово*» is any word that begins so, «а|б» either, «#» a number;
        «+» glues a word to the one before: «не +горит» leaves no gap.

    Examples
    --------
    >>> finder = CueFinder([["открыт* люк*", "люк* открыт*"]])
    >>> [hit.start for hit in finder.find("Во дворе люк опять открыт")]
    [9]
    """

    def __init__(self, phrases: Sequence[Sequence[str]]) -> None:
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._prefixes: dict[str, set[int]] = defaultdict(set)
        self._numbers: set[int] = set()
        self._starting: dict[int, list[tuple[int, tuple[tuple[int, bool], ...]]]] = {}
        terms: dict[str, int] = {}
        for cue, own in enumerate(phrases):
            for phrase in own:
                steps = []
                for word in phrase.split():
                    bare = word.removeprefix("+")
                    if bare not in terms:
                        terms[bare] = len(terms)
                        self._learn(bare, terms[bare])
                    steps.append((terms[bare], word != bare))
                self._starting.setdefault(steps[0][0], []).append((cue, tuple(steps)))
        self._longest = max(map(len, self._prefixes), default=0)
        self._terms = lru_cache(maxsize=_MOST_WORDS)(self._look_up)

    def find(self, text: str) -> list[Hit]:
        """Every phrase of a text, in the order of first words; cheap per word, linear in length."""
        return list(self.find_in(split_words(text)))

    def find_in(self, words: Sequence[Word]) -> Iterator[Hit]:
        """Find phrases in a text that was split already."""
        terms = [self._terms(word.text) for word in words]
        for first, known in enumerate(terms):
            for term in known:
                for cue, steps in self._starting.get(term, ()):
                    places = _follow(words, terms, first, steps)
                    if places:
                        negated = _is_negated(words, places)
                        yield Hit(cue, words[first].start, words[places[-1]].stop, negated)

    def _learn(self, pattern: str, term: int) -> None:
        for option in pattern.split("|"):
            folded = _folded(option)
            if folded == _NUMBER:
                self._numbers.add(term)
            elif folded.endswith("*"):
                self._prefixes[folded[:-1]].add(term)
            else:
                self._exact[folded].add(term)

    def _look_up(self, word: str) -> tuple[int, ...]:
        found = set(self._exact.get(word, ()))
        # A word has few beginnings; the prefixes are thousands.
        for length in range(min(len(word), self._longest) + 1):
            found |= self._prefixes.get(word[:length], set())
        if word.isdecimal():
            found |= self._numbers
        return tuple(sorted(found))


def _follow(
    words: Sequence[Word],
    terms: Sequence[tuple[int, ...]],
    first: int,
    steps: tuple[tuple[int, bool], ...],
) -> list[int]:
    """Places of the words of a phrase that begins at `first`; empty where it breaks off."""
    places = [first]
    for term, glued in steps[1:]:
        last = places[-1]
        stop = min(last + (1 if glued else 1 + GAP), len(words) - 1)
        for place in range(last + 1, stop + 1):
            if words[place].mark == STOP:
                return []
            if term in terms[place]:
                places.append(place)
                break
        else:
            return []
    return places


def _is_negated(words: Sequence[Word], places: Sequence[int]) -> bool:
    first, last = places[0], places[-1]
    if first and words[first].mark == 0 and words[first - 1].text in _NEGATION:
        return True
    inside = set(range(first, last)) - set(places)
    if any(words[place].text in _NEGATION for place in inside):
        return True
    after = last + 1
    return after < len(words) and words[after].mark == 0 and words[after].text in _NEGATION_AFTER
