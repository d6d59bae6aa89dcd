"""What a scan of one text has found so far, and what it expects next."""

from typing import NamedTuple

from otklik.datasets.mask_kinds import NAME, Found
from otklik.datasets.name_announced import NOBODY, Announced, announced_beside
from otklik.datasets.name_line import Line
from otklik.datasets.name_places import is_place
from otklik.datasets.name_reading import Reading

_PARTICLES = frozenset({"де", "ди", "дель", "фон", "ван", "аль", "эль", "ибн", "бин", "тер"})


class Candidate(NamedTuple):
    """A name that the rules cannot settle.

    `needs_vote` True: masked only if the NER sees a person; False: masked unless the NER sees a
    place or an organisation.
    """

    found: Found
    needs_vote: bool


class Findings:
    """Names that are certain, candidates for the vote, and words announced as names.

    Parameters
    ----------
    line : Line
        The words of the text.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.certain: list[Found] = []
        self.candidates: list[Candidate] = []
        self.expected: dict[int, Announced] = {}

    def keep(self, reading: Reading) -> None:
        """Take a reading for a person, unless a street or a firm is called so."""
        announced = self.expected.get(reading.start, NOBODY)
        if not is_place(self.line, reading):
            self.certain.append(self._found(reading))
            self._expect(announced_beside(self.line, reading, announced))

    def propose(self, reading: Reading, *, needs_vote: bool) -> None:
        """Leave a reading to the NER, see `Candidate`."""
        if not is_place(self.line, reading):
            self.candidates.append(Candidate(self._found(reading), needs_vote))
            if not needs_vote:
                self._expect(announced_beside(self.line, reading, NOBODY))

    def _expect(self, announced: dict[int, Announced]) -> None:
        self.expected = announced | self.expected

    def _found(self, reading: Reading) -> Found:
        line = self.line
        stop = line.spans[reading.stop - 1][1]
        if (
            reading.initials
            and line.is_initial(reading.stop - 1)
            and line.text[stop : stop + 1] == "."
        ):
            stop += 1
        start = reading.start
        while line.is_joined(start - 1) and line.folded[start - 1] in _PARTICLES:
            start -= 1  # «де Сильва», «аль Хусейни»
        return Found(NAME, line.spans[start][0], stop, reading.person)
