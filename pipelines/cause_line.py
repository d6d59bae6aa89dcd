"""A text as words with what stands between them: sentences, clauses, readings of words."""

import re
from functools import lru_cache

from otklik.datasets.place_morphology import CASES, parses, readings
from otklik.models.cues import STOP, split_words

# «т.к.», «т. к.» — a connective; «ул. Садовой», «в т. ч.» — a full stop that ends nothing.
_AS = re.compile(r"\bт\.\s?к\.?(?=\W|$)", re.IGNORECASE)
_SHORTENED = re.compile(
    r"(?<![а-яёa-z])(?:ул|д|г|гг|им|пр|пер|пл|ст|п|пп|ч|руб|тыс|млн|млрд|см|т|е|др|корп|к|кв|мкр|обл|р-н|"
    r"просп|наб|стр|лит|ООО|тел|м|км|кг|гр|чел|рис|ред|федер|мин|[А-ЯЁ])\.",
    re.IGNORECASE,
)
_LONE_BREAK = re.compile(r"(?<=[^.!?:;\s])\s*\n\s*(?=[а-яё])")
_IN_NUMBER = re.compile(r"(?<=\d)[.,:](?=\d)")
VERB_FORMS = frozenset({"VERB", "PRTS", "PRED"})
_RARE = 0.02
"""Likelihood below which a reading is no more than a possibility («вода» as a genitive)."""
_SERVICE = frozenset({"PREP", "CONJ", "PRCL", "INTJ"})
NOMINAL = frozenset({"NOUN", "ADJF", "PRTF", "NPRO", "NUMR"})


class Line:
    """A text split into words, with the marks between them kept.

    `words` are those of `otklik.models.cues.split_words`, offsets in the text as given; `gaps[i]`
    is what stands before word i, without spaces, and `gaps[n]` what ends the text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        smooth = _AS.sub(lambda found: "тк".ljust(len(found[0])), text)
        smooth = _SHORTENED.sub(lambda found: found[0][:-1] + " ", smooth)
        # A form that wraps its lines breaks sentences in the middle.
        smooth = _LONE_BREAK.sub(lambda found: " " * len(found[0]), smooth)
        smooth = _IN_NUMBER.sub(" ", smooth)
        self.words = split_words(smooth)
        self.gaps = [
            smooth[before:after].strip(" \t\r")
            for before, after in zip(
                [0, *(word.stop for word in self.words)],
                [*(word.start for word in self.words), len(smooth)],
                strict=True,
            )
        ]

    def __len__(self) -> int:
        return len(self.words)

    def word(self, place: int) -> str:
        """The folded word at a place; empty outside of the text."""
        return self.words[place].text if 0 <= place < len(self.words) else ""

    def ends(self, place: int) -> bool:
        """Whether a sentence ends before this place."""
        return place >= len(self.words) or place <= 0 or self.words[place].mark == STOP

    def sentence(self, place: int) -> tuple[int, int]:
        """First word of the sentence of a place, and the place after its last."""
        first, stop = place, place + 1
        while not self.ends(first):
            first -= 1
        while not self.ends(stop):
            stop += 1
        return first, stop

    def quote(self, first: int, stop: int) -> str:
        """Words from `first` up to `stop`, as they stand in the text."""
        return self.text[self.words[first].start : self.words[stop - 1].stop]


@lru_cache(maxsize=65536)
def part_of_speech(word: str) -> str:
    """Likeliest part of speech in pymorphy's terms; "LATN", "NUMB" and the like are "None"."""
    return readings(word)[0].pos


@lru_cache(maxsize=65536)
def cases_of(word: str) -> frozenset[str]:
    """Cases that the word may well stand in as a noun, adjective, participle or pronoun."""
    found = parses(word)
    part = part_of_speech(word)
    if part == "None":  # a number, a foreign word
        return frozenset(CASES)
    if part in _SERVICE:  # «в» is the abbreviation of a noun as well
        return frozenset()
    cases = {
        str(parse.tag.case)
        for parse in found
        if str(parse.tag.POS) in NOMINAL and parse.score >= _RARE
    }
    # pymorphy splits off the second genitive and the second locative («снегу»).
    return frozenset({"gen2": "gent", "gen1": "gent", "loc2": "loct"}.get(c, c) for c in cases)


@lru_cache(maxsize=65536)
def is_verb(word: str) -> bool:
    """A word that makes a clause: finite verb, short participle, predicative («нет», «нельзя»)."""
    first = readings(word)[0]
    return first.pos in VERB_FORMS or word in ("нет", "нету") or first.pos == "ADJS"


@lru_cache(maxsize=65536)
def is_imperative(word: str) -> bool:
    """«уберите», «почините»: a wish."""
    first = readings(word)[0]
    return "impr" in first.grammemes and first.number == "plur"
