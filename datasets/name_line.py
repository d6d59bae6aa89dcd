"""The words of one text with their places, and what stands between them."""

import re
from functools import cached_property

from otklik.datasets.name_lexicon import GENITIVE, NOMINATIVE, Part, fold
from otklik.datasets.name_words import INITIAL, SURNAME_LIKE, TRIGGERS, Words

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CYRILLIC = re.compile(r"[а-яё-]{3,}", re.IGNORECASE)
_JOINED = re.compile(r"\s{1,3}")
_NEAR = re.compile(r"[\s,:;.!()—–-]{1,5}")
# Letters that are words by themselves: «петров и с соседом»
LETTER_WORDS = frozenset("аиовскуя")
_BY_NAME = frozenset({"по имени", "по фамилии", "на имя"})
_LINKS = frozenset({"link", "organisation", "office", "place", "building"})
_LONGEST_ACRONYM = 5
_SHARE_OF_CAPITALS = 0.7


class Line:
    """A text cut into words, without those inside placeholders.

    Parameters
    ----------
    text : str
        The text as it stands.
    fixed : list of (int, int)
        Intervals that are no words.
    words : Words
        Answers about single words.
    streets : frozenset of str
        Streets of the city as they are said without «улица», folded.
    """

    def __init__(
        self,
        text: str,
        fixed: list[tuple[int, int]],
        words: Words,
        streets: frozenset[str] = frozenset(),
    ) -> None:
        self.text = text
        self.words = words
        self.streets = streets
        spans = [match.span() for match in _WORD.finditer(text)]
        if fixed:
            spans = _outside(spans, sorted(fixed))
        self.spans = spans
        self.count = len(spans)
        self.raw = [text[start:stop] for start, stop in spans]
        self.flags = [words.flags[word] for word in self.raw]
        self._drop_letter_words()

    @property
    def may_hold_names(self) -> bool:
        """False for most texts, and then nothing else needs to be asked."""
        return any(flags & TRIGGERS for flags in self.flags)

    def _drop_letter_words(self) -> None:
        """«в», «и», «с» are no initials unless a full stop or another initial stands beside."""
        initials = [i for i, flags in enumerate(self.flags) if flags & INITIAL]
        beside = set(initials)
        for i in initials:
            # «подпись Тепкаев И»: a capital in mid-sentence is no conjunction
            inside = self.is_capital(i) and self.is_joined(i - 1)
            named = self.is_joined(i - 1) and self.flags[i - 1] & SURNAME_LIKE
            kept = inside or (named and self.raw[i].lower() not in LETTER_WORDS)
            alone = not ({i - 1, i + 1} & beside or self.is_dotted(i) or kept)
            if (
                alone
                and len(self.raw[i]) == 1
                and (self.raw[i].islower() or fold(self.raw[i]) in LETTER_WORDS)
            ):
                self.flags[i] = 0

    @cached_property
    def folded(self) -> list[str]:
        """Words in lower case, «ё» as «е»."""
        return [self.words.folded[word] for word in self.raw]

    @cached_property
    def is_upper(self) -> bool:
        """Whether capitals say nothing here: the author wrote in capitals throughout."""
        return sum(map(str.isupper, self.raw)) > _SHARE_OF_CAPITALS * len(self.raw)

    def section(self, i: int) -> frozenset[str]:
        """Sections of the context lexicon that word `i` belongs to; none beyond the ends."""
        return self.words.sections(self.folded[i]) if 0 <= i < self.count else frozenset()

    def is_capital(self, i: int) -> bool:
        """Whether the word is written like a name, in a text where that says something."""
        return 0 <= i < self.count and self.raw[i][0].isupper() and not self.is_upper

    def gap(self, i: int) -> str:
        """Characters between word `i` and the next; before the first, the head of the text."""
        start = self.spans[i][1] if i >= 0 else 0
        stop = self.spans[i + 1][0] if i + 1 < self.count else len(self.text)
        return self.text[start : min(stop, start + 80)]

    def is_joined(self, i: int) -> bool:
        """Whether only spaces stand between word `i` and the next."""
        return 0 <= i < self.count - 1 and bool(_JOINED.fullmatch(self.gap(i)))

    def is_near(self, i: int) -> bool:
        """Whether only spaces and punctuation stand between word `i` and the next."""
        return 0 <= i < self.count - 1 and bool(_NEAR.fullmatch(self.gap(i)))

    @cached_property
    def has_capitals(self) -> bool:
        """Whether the author marks names by capitals: some word within the text has one."""
        return not self.is_upper and any(word[0].isupper() for word in self.raw[1:])

    def is_dotted(self, i: int) -> bool:
        """Whether a full stop follows, at once or after a slip of the space bar: «И .В.»."""
        stop = self.spans[i][1]
        return self.text[stop : stop + 2].lstrip(" ")[:1] == "."

    def given(self, i: int) -> Part | None:
        """Reading of word `i` as a given name."""
        return self.words.given(self.folded[i]) if i < self.count else None

    def surname(self, i: int) -> Part | None:
        """Reading of word `i` as a surname, sure or not."""
        return self.words.surname(self.folded[i]) if i < self.count else None

    def patronymic(self, i: int) -> Part | None:
        """Reading of word `i` as a patronymic."""
        return self.words.patronymic(self.folded[i]) if i < self.count else None

    def is_common(self, i: int) -> bool:
        """Whether word `i` is an ordinary word too («роман», «морозов»)."""
        return self.words.is_common(self.folded[i])

    def is_known(self, i: int) -> bool:
        """Whether the dictionary knows word `i`."""
        return bool(self.words.is_known(self.folded[i]))

    def is_and(self, i: int) -> bool:
        """Whether word `i` is «и» between two words."""
        return 0 < i < self.count and self.folded[i] in ("и", "да") and self.is_joined(i)

    def is_by_name(self, i: int) -> bool:
        """Whether word `i` is «имени» of «по имени»: a person follows, not a park's hero."""
        return i > 0 and " ".join(self.folded[i - 1 : i + 1]) in _BY_NAME

    def is_link(self, i: int) -> bool:
        """Whether word `i` may stand between a post and the name: «учитель химии Ким»."""
        sections = self.section(i)
        named = self.is_capital(i) and not (sections and self.is_acronym(i))  # «ТСЖ»
        if named or self.given(i) or self.flags[i] & INITIAL:
            return False
        if sections:
            return bool(sections & _LINKS)
        # The dictionary knows «и» as a noun too, the name of a letter
        noun = len(self.raw[i]) > 1 and self.is_common(i)
        return noun and bool(self.words.grammar.cases(self.folded[i]) & GENITIVE)

    def is_unlisted(self, i: int) -> bool:
        """Whether word `i` looks like a name that no list knows: «Дудуркх»."""
        if (
            i >= self.count
            or not _CYRILLIC.fullmatch(self.raw[i])
            or self.section(i)
            or self.is_common(i)
        ):
            return False
        if self.is_capital(i):
            return not self.is_acronym(i)
        return len(self.raw[i]) > 3 and not self.is_known(i)

    def is_acronym(self, i: int) -> bool:
        """Whether capitals make word `i` an abbreviation: «РЭС», «ХВС»."""
        return self.raw[i].isupper() and len(self.raw[i]) <= _LONGEST_ACRONYM and not self.is_upper

    def is_nameable(self, i: int) -> bool:
        """Whether word `i` may be a name beside a patronymic: no ordinary word, «урал» included."""
        return 0 <= i < self.count and (
            self.is_unlisted(i) or not (self.section(i) or self.is_common(i) or self.is_initial(i))
        )

    def is_initial(self, i: int) -> bool:
        """Whether word `i` is one letter that may stand for a name."""
        return i < self.count and bool(self.flags[i] & INITIAL)


def _outside(spans: list[tuple[int, int]], fixed: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch no fixed interval; both lists in order."""
    kept = []
    k = 0
    for start, stop in spans:
        while k < len(fixed) and fixed[k][1] <= start:
            k += 1
        if k == len(fixed) or stop <= fixed[k][0]:
            kept.append((start, stop))
    return kept


def is_genitive(part: Part) -> bool:
    """Whether the word may stand in the genitive, as names of streets do."""
    return bool((part.masculine | part.feminine) & GENITIVE)


def is_nominative(part: Part) -> bool:
    """Whether the word may stand in the nominative."""
    return bool((part.masculine | part.feminine) & NOMINATIVE)
