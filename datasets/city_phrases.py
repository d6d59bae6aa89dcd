"""Lines with alternatives and slots: «{at} [нет|не было] воды {days}»."""

import re
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TypeVar

_Option = TypeVar("_Option")
_PART = re.compile(r"\[([^\[\]]*)\]|\{(\w+)\}")


class Phrase:
    """One line of a phrase table, compiled once.

    Parameters
    ----------
    line : str
        `[a|b]` is a choice, which may hold slots; `{name}` is a slot.

    Examples
    --------
    >>> Phrase("{at} нет [света|света]").say(Random(1), {"at": "на Садовой"}.__getitem__)
    'на Садовой нет света'
    """

    __slots__ = ("_parts", "line")

    def __init__(self, line: str) -> None:
        self.line = line
        parts: list[str | tuple[Phrase, ...] | tuple[str]] = []
        end = 0
        for match in _PART.finditer(line):
            parts.append(line[end : match.start()])
            choice, slot = match.groups()
            if slot is None:
                parts.append(tuple(Phrase(option) for option in choice.split("|")))
            else:
                parts.append((slot,))
            end = match.end()
        parts.append(line[end:])
        self._parts = tuple(part for part in parts if part != "")

    def say(self, chance: Random, fill: Callable[[str], str]) -> str:
        """Text with every choice made and every slot filled by its name."""
        said = []
        for part in self._parts:
            if isinstance(part, str):
                said.append(part)
            elif isinstance(part[0], str):
                said.append(fill(part[0]))
            else:
                said.append(pick(chance, part).say(chance, fill))
        return "".join(said)

    @property
    def slots(self) -> frozenset[str]:
        """Names of the slots, those inside choices too."""
        return frozenset(re.findall(r"\{(\w+)\}", self.line))


def pick(chance: Random, options: Sequence[_Option]) -> _Option:
    """One of the options; three times as fast as `Random.choice`."""
    return options[int(chance.random() * len(options))]


def phrases_of(block: str | Iterable[str]) -> tuple[Phrase, ...]:
    """Phrases of a block of lines; empty lines do not count."""
    lines = block.splitlines() if isinstance(block, str) else block
    return tuple(Phrase(line.strip()) for line in lines if line.strip())


def sentence(text: str) -> str:
    """Text with its first letter raised."""
    return text[:1].upper() + text[1:]
