"""How well statements of cause are found: tables of labelled sentences and F1 on them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.errors import BadFile
from otklik.pipelines.cause_statements import Finder, find_statements

SIDES = ("citizen", "official")
_MARK = re.compile(r"\[([^|\]]+)\|([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled sentence; `causes` are (start, stop, class) in `text`."""

    side: str
    text: str
    causes: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over sentences. `found` of `expected` causes have a statement that touches them.

    `classed` of the found ones have the right class; `wrong` statements touch no cause.
    """

    expected: int
    found: int
    classed: int
    wrong: int

    @property
    def presence_f1(self) -> float:
        """F1 of the statements' presence."""
        return self._f1(self.found)

    @property
    def class_f1(self) -> float:
        """F1 where a statement counts only with the right class."""
        return self._f1(self.classed)

    @property
    def precision(self) -> float:
        """Share of statements that touch a labelled cause; 1 where there is none."""
        given = self.found + self.wrong
        return self.found / given if given else 1.0

    @property
    def recall(self) -> float:
        """Share of labelled causes that were found; 1 where there is none."""
        return self.found / self.expected if self.expected else 1.0

    def _f1(self, right: int) -> float:
        total = self.expected + self.found + self.wrong
        return 2 * right / total if total else 1.0


def read_labelled(path: Path) -> list[Labelled]:
    """Sentences of a table: side, a tab, the text with `[class|words]` around causes.

    Raises
    ------
    BadFile
        The file cannot be read, or a line has another form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}.") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        side, tab, marked = line.partition("\t")
        if not tab or side not in SIDES:
            raise BadFile(
                f"{path}, line {number}: expected one of {', '.join(SIDES)}, a tab and a text, "
                f"found {line[:40]!r}."
            )
        found.append(_parse(side, marked))
    return found


def score(sentences: Sequence[Labelled], find: Finder = find_statements) -> Score:
    """Score a finder; one statement answers for one cause at most."""
    expected = found = classed = wrong = 0
    for sentence in sentences:
        left = list(sentence.causes)
        expected += len(left)
        for statement in find(sentence.text):
            hit = next(
                (one for one in left if one[0] < statement.stop and statement.start < one[1]), None
            )
            if hit is None:
                wrong += 1
                continue
            left.remove(hit)
            found += 1
            classed += hit[2] == statement.cause_class
    return Score(expected, found, classed, wrong)


def _parse(side: str, marked: str) -> Labelled:
    pieces, causes, length, last = [], [], 0, 0
    for mark in _MARK.finditer(marked):
        before = marked[last : mark.start()]
        start = length + len(before)
        pieces += [before, mark[2]]
        length = start + len(mark[2])
        causes.append((start, length, mark[1]))
        last = mark.end()
    return Labelled(side, "".join([*pieces, marked[last:]]), tuple(causes))
