"""Who says which phrase: counts by independent authors."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from otklik.pipelines.key_phrases import Phrase, key_phrases

Key = tuple[str, ...]


@dataclass
class Voices:
    """Authors, what each of them says, and in which forms.

    Loudness does not count: an author who writes ten times has one voice.
    """

    authors: set[str] = field(default_factory=set)
    said: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    forms: dict[Key, Counter[Phrase]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, author: str, phrases: Iterable[Phrase]) -> None:
        """Take in one message."""
        self.authors.add(author)
        for phrase in phrases:
            self.said[phrase.key].add(author)
            self.forms[phrase.key][phrase] += 1

    def counts(self) -> "Counts":
        """How many authors say each phrase."""
        return Counts(len(self.authors), Counter({key: len(w) for key, w in self.said.items()}))


@dataclass
class Counts:
    """Numbers of authors: in all, and of each phrase."""

    authors: int = 0
    of: Counter[Key] = field(default_factory=Counter)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.authors + other.authors, self.of + other.of)

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.authors - other.authors, self.of - other.of)


def hear(texts: Sequence[str], authors: Sequence[str | None] | None = None) -> Voices:
    """Voices of masked messages; without authors equal texts are one author's."""
    voices = Voices()
    for place, text in enumerate(texts):
        author = text if authors is None else authors[place] or f"\0{place}"
        voices.add(author, key_phrases(text))
    return voices
