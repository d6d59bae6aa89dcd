"""Where the rows of a TOML file stand: the standard parser tells values, not lines."""

import re
from collections import Counter

_OPAQUE = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_NOT_BREAK = re.compile(r"[^\n]")
_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w.-]+)\s*=")

Loc = tuple[int | str, ...]
"""Path of a value as pydantic gives it: («routes», 3, «recipients»)."""


class TomlLines:
    """Lines of tables, of keys and of the elements of arrays of tables.

    Both ways of writing rows are known: `[[routes]]` with a key in a line each, and
    `routes = [` with `{…},` in a line each.

    Parameters
    ----------
    text : str
        The whole file; valid TOML.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Loc, int] = {}
        self._count: Counter[Loc] = Counter()
        table: Loc = ()
        key: Loc = ()
        depth = 0
        for number, line in enumerate(_without_strings(text).splitlines(), 1):
            start = 0
            if depth == 0:
                if header := _HEADER.match(line):
                    table = tuple(header[2].split("."))
                    if header[1] == "[[":
                        table = self._element(table, number)
                    self._place(table, number)
                    continue
                if found := _KEY.match(line):
                    key = (*table, *found[1].split("."))
                    self._place(key, number)
                    start = found.end()
            for mark in re.findall(r"[][{}]", line[start:]):
                depth += 1 if mark in "[{" else -1
                if mark == "{" and depth == 2:
                    self._element(key, number)

    def of(self, loc: Loc) -> int:
        """Line of a value, from 1; of the nearest table around it where it has none of its own."""
        while loc and loc not in self._lines:
            loc = loc[:-1]
        return self._lines.get(loc, 1)

    def _element(self, name: Loc, number: int) -> Loc:
        element = (*name, self._count[name])
        self._count[name] += 1
        self._place(element, number)
        return element

    def _place(self, loc: Loc, number: int) -> None:
        """The first line of a value is also that of the tables around it, where they have none."""
        for length in range(1, len(loc) + 1):
            self._lines.setdefault(loc[:length], number)


def _without_strings(text: str) -> str:
    """The text with every string and comment blanked: a bracket in one closes nothing."""
    return _OPAQUE.sub(lambda found: _NOT_BREAK.sub(" ", found[0]), text)
