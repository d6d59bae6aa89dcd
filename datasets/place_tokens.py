"""A text cut into words, numbers and stops, with offsets."""

import re

TOKEN = re.compile(
    r"д/с(?!\w)"  # детский сад
    r"|\d+(?:-?[а-яё]{1,3}(?![а-яё\d]))?"  # 12, 12а, 1-я, 8го
    r"|[^\W\d_]+(?:-[^\W\d_]+)*"  # слово, алхан-кала, пр-т
    r"|[.,;:!?()/№\n\[\]]",
    re.IGNORECASE,
)
QUOTES = "«»\"“”„'"


def lower(text: str) -> str:
    """Lower case with «е» for «ё», every character in its place."""
    lowered = text.lower()
    if len(lowered) != len(text):  # «İ» becomes two characters
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.replace("ё", "е")


def title(name: str) -> str:
    """Capital first letters, also after a hyphen: «алхан-чурт» → «Алхан-Чурт», «2-я» stays."""
    return " ".join(
        word if word[0].isdigit() else "-".join(map(str.capitalize, word.split("-")))
        for word in name.split()
    )


def word_set(words: str) -> frozenset[str]:
    """Words of a space-separated list."""
    return frozenset(words.split())


class Tokens:
    """Tokens of one text as parallel lists.

    Attributes
    ----------
    text, low : str
        The text and its lower case, the same length.
    words : list of str
        Lower-case tokens.
    starts, stops : list of int
        Offsets in characters.
    cased : bool
        Whether a capital letter means anything: false for texts all in capitals.
    """

    __slots__ = ("cased", "low", "starts", "stops", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.low = lower(text)
        self.words: list[str] = []
        self.starts: list[int] = []
        self.stops: list[int] = []
        for match in TOKEN.finditer(self.low):
            self.words.append(match.group())
            self.starts.append(match.start())
            self.stops.append(match.end())
        capitals = sum(map(str.isupper, text))
        self.cased = 2 * capitals < sum(map(str.isalpha, text))

    def __len__(self) -> int:
        return len(self.words)

    def word(self, index: int) -> str:
        """The token at `index`, empty outside the text."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def is_word(self, index: int) -> bool:
        """Whether the token is made of letters."""
        return self.word(index)[:1].isalpha()

    def is_letter(self, index: int) -> bool:
        """Whether the token is one letter: an initial, perhaps."""
        return len(self.word(index)) == 1 and self.is_word(index)

    def is_number(self, index: int) -> bool:
        """Whether the token starts with a digit."""
        return self.word(index)[:1].isdigit()

    def is_capital(self, index: int) -> bool:
        """Whether the token starts with a capital that means something."""
        return self.cased and index < len(self.words) and self.text[self.starts[index]].isupper()

    def is_quoted(self, index: int) -> bool:
        """Whether a quotation mark opens just before the token."""
        start = self.starts[index] if index < len(self.words) else 0
        return start > 0 and self.text[start - 1] in QUOTES

    def closes_quote(self, index: int) -> bool:
        """Whether a quotation mark stands just after the token."""
        stop = self.stops[index]
        return stop < len(self.text) and self.text[stop] in QUOTES

    def skip(self, index: int, *words: str) -> int:
        """First index from `index` on whose token is not among `words`."""
        while self.word(index) in words and index < len(self.words):
            index += 1
        return index

    def at_offset(self, index: int, offset: int) -> int:
        """First token from `index` on that starts at or after `offset`."""
        while index < len(self.words) and self.starts[index] < offset:
            index += 1
        return index
