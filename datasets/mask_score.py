"""Scores of a masker on a table of marked lines: «звонил ⟦ФИО:Иван Петров⟧»."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from otklik.datasets.errors import BadFile
from otklik.datasets.mask_kinds import KINDS, NAME
from otklik.datasets.masking import Masker

_MARK = re.compile(r"⟦([^:⟦⟧]+):([^⟦⟧]*)⟧")
_WORD = re.compile(r"\w+")
_PUNCTUATION = re.compile(r"[.,!?:;()«»\"…—–]+")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with what must be masked in it: (kind, start, stop), in text order."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class Score:
    """Counts over a table; `missed` and `excess` quote the author's own lines, for tuning."""

    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    plain_words: int = 0
    masked_words: int = 0
    missed: list[str] = field(default_factory=list)
    excess: list[str] = field(default_factory=list)

    def recall(self, kinds: Iterable[str]) -> float:
        """Share of the marked pieces that are wholly masked under their own kind."""
        named = list(kinds)
        wanted = sum(self.wanted[kind] for kind in named)
        return sum(self.found[kind] for kind in named) / wanted if wanted else 1.0

    @property
    def over_masking(self) -> float:
        """Share of the words outside the marks that are masked all the same."""
        return self.masked_words / self.plain_words if self.plain_words else 0.0


def _bare(text: str) -> str:
    return re.sub(r" +", " ", _PUNCTUATION.sub(" ", text))


STYLES: dict[str, Callable[[str], str]] = {
    "title": lambda text: text,
    "lower": str.lower,
    "upper": str.upper,
    "bare": _bare,
}


def read_table(path: Path) -> list[str]:
    """Lines of a table, without comments and empty ones.

    Raises
    ------
    BadFile
        A mark names an unknown kind or is not closed; the message names the line.
    """
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        unknown = [kind for kind, _ in _MARK.findall(line) if kind not in KINDS]
        if unknown or re.search(r"[⟦⟧]", _MARK.sub("", line)):
            raise BadFile(
                f"{path.name}, line {number}: marks are ⟦KIND:text⟧ with KIND one of "
                f"{', '.join(KINDS)}; found {unknown or line!r}. Correct the line."
            )
        lines.append(line.replace("\\n", "\n"))
    return lines


def mark(line: str, style: str = "title") -> Marked:
    """Read one marked line and write it in a style of `STYLES`.

    "bare" drops punctuation, except inside numbers and links, which would fall apart.
    """
    restyle = STYLES[style]
    text = ""
    spans = []
    position = 0
    for match in _MARK.finditer(line):
        text += restyle(line[position : match.start()])
        piece = match[2] if style == "bare" and match[1] != NAME else restyle(match[2])
        spans.append((match[1], len(text), len(text) + len(piece)))
        text += piece
        position = match.end()
    return Marked(text + restyle(line[position:]), tuple(spans))


def score(masker: Masker, lines: Iterable[str], style: str = "title") -> Score:
    """Mask every line in one style and count."""
    result = Score()
    marked = [mark(line, style) for line in lines]
    for item, masked in zip(marked, masker.mask_many(m.text for m in marked), strict=True):
        for kind, start, stop in item.spans:
            result.wanted[kind] += 1
            taken = {i for s in masked.spans if s.kind == kind for i in range(s.start, s.stop)}
            if all(i in taken for i in range(start, stop) if item.text[i].isalnum()):
                result.found[kind] += 1
            else:
                result.missed.append(f"{item.text[start:stop]} | {masked.text}")
        for word in _WORD.finditer(item.text):
            if any(start < word.end() and word.start() < stop for _, start, stop in item.spans):
                continue
            result.plain_words += 1
            if any(s.start < word.end() and word.start() < s.stop for s in masked.spans):
                result.masked_words += 1
                result.excess.append(f"{word[0]} | {masked.text}")
    return result
