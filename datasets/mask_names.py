"""Persons' names in a text: what the rules decide, and what they leave to the NER's vote."""

import re
from typing import NamedTuple

from otklik.datasets.mask_kinds import NAME, Found
from otklik.datasets.name_lexicon import NOMINATIVE, Part
from otklik.datasets.name_line import Line, is_genitive, is_nominative
from otklik.datasets.name_places import is_place, skip_place
from otklik.datasets.name_readings import Reading, read_person
from otklik.datasets.name_words import (
    BUILDING,
    GIVEN,
    INITIAL,
    INTRO,
    PATRONYMIC,
    PLACE,
    POST,
    SURNAME_LIKE,
    Words,
)

_STARTS = GIVEN | PATRONYMIC | INITIAL
_MOST_LINKS = 3
_OF_STREET = frozenset(
    {"на", "по", "до", "с", "от", "вдоль", "возле", "около", "напротив", "между"}
)
_SENTENCE_START = re.compile(r"(?:^|[.!?\n…»])[\s\"«(-]*$")
_ADJECTIVE = re.compile(r"[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)$")
# Of the surnames that no list knows only these are worth a vote when they stand alone
_SURE_ALONE = re.compile(r"(?:[ое]в|ин)(?:а|у|ым|е|ой|ы|ых)?$|(?:енко|дзе|швили|чук|янц?)$")
_SIGNED = re.compile(r"[\n.!?,][\s.,!-]*")


class Candidate(NamedTuple):
    """A name that the rules cannot settle.

    `needs_vote` True: masked only if the NER sees a person; False: masked unless the NER sees a
    place or an organisation.
    """

    found: Found
    needs_vote: bool


def find_names(
    text: str, fixed: list[tuple[int, int]], words: Words
) -> tuple[list[Found], list[Candidate]]:
    """Names that are certain, and candidates for the vote, both in text order."""
    line = Line(text, fixed, words)
    if not line.may_hold_names:
        return [], []
    return _Scan(line).run()


class _Scan:
    def __init__(self, line: Line) -> None:
        self.line = line
        self.certain: list[Found] = []
        self.candidates: list[Candidate] = []
        self.expected: dict[int, int] = {}  # word → POST or INTRO that announced it

    def run(self) -> tuple[list[Found], list[Candidate]]:
        line = self.line
        flags = [*line.flags, 0, 0]
        i = 0
        count = line.count
        while i < count:
            here, following = flags[i], flags[i + 1]
            if here & (POST | INTRO):
                self._announce(i)
            if here & (PLACE | BUILDING):
                i = skip_place(line, i)
                continue
            if not (
                here & (_STARTS | SURNAME_LIKE)
                or following & (_STARTS | SURNAME_LIKE)
                or flags[i + 2] & PATRONYMIC
                or i in self.expected
            ):
                i += 1
                continue
            reading = read_person(line, i)
            if reading is None:
                self._read_alone(i)
                i += 1
            else:
                if not is_place(line, reading):
                    self.certain.append(self._found(reading))
                i = reading.stop
        return self.certain, self.candidates

    def _announce(self, i: int) -> None:
        """«глава района Исаев», «меня зовут Ислам»: the word after may be a name by itself."""
        line = self.line
        j = i + 1
        while j - i <= _MOST_LINKS and line.is_joined(j - 1) and "link" in line.section(j):
            j += 1
        if j < line.count and (
            line.is_joined(j - 1) or (line.flags[i] & INTRO and line.is_near(j - 1))
        ):
            self.expected[j] = line.flags[i] & (POST | INTRO)

    def _read_alone(self, i: int) -> None:
        line = self.line
        given, surname = line.given(i), line.surname(i)
        announced = self.expected.get(i, 0)
        if (
            surname
            and announced
            and (not line.is_common(i) or line.is_capital(i))
            and self._is_no_adjective(i, surname)
        ):
            self._keep(Reading(i, i + 1, surname, surname=surname.stems))
        elif given:
            self._read_given(Reading(i, i + 1, given, given=given.stems), announced)
        elif surname and line.flags[i] & SURNAME_LIKE and self._follows_unknown(i):
            stem = frozenset({line.folded[i - 1]})
            person = Reading(i - 1, i + 1, surname, surname=surname.stems, given=stem)
            self._propose(person, needs_vote=True)
        elif (
            surname
            and line.is_capital(i)
            and _SURE_ALONE.search(line.folded[i])
            and self._may_stand_alone(i)
        ):
            reading = Reading(i, i + 1, surname, surname=surname.stems)
            self._propose(reading, needs_vote=True)

    def _read_given(self, reading: Reading, announced: int) -> None:
        line, i = self.line, reading.start
        common = line.is_common(i) or line.words.is_toponym(line.folded[i])
        capital = line.is_capital(i)
        if (
            announced & INTRO
            or (announced & POST and is_nominative(reading.form))
            or ((not common or capital) and (self._is_greeted(i) or self._is_signature(i)))
        ):
            self._keep(reading)
            return
        if "place" in line.section(i + 1) and line.is_joined(i):
            return
        if line.is_joined(i) and self._may_be_surname(i + 1):
            stem = frozenset({line.folded[i + 1]})
            self._propose(
                Reading(i, i + 2, reading.form, surname=stem, given=reading.given), needs_vote=True
            )
        if not common and (capital or not line.has_capitals):
            self._propose(reading, needs_vote=False)
        elif common and capital and not self._opens_sentence(i):
            self._propose(reading, needs_vote=True)

    def _may_be_surname(self, i: int) -> bool:
        """Worth the NER's vote: an unknown word, or a capitalised one, after a given name."""
        line = self.line
        if line.section(i) or line.given(i) or len(line.raw[i]) < 3:
            return False
        return line.is_unlisted(i) or line.is_capital(i)

    def _opens_sentence(self, i: int) -> bool:
        start = self.line.spans[i][0]
        return bool(_SENTENCE_START.search(self.line.text, max(0, start - 8), start))

    def _is_greeted(self, i: int) -> bool:
        """«Здравствуйте, Марина», «Марина, здравствуйте»."""
        line = self.line
        before = "greeting" in line.section(i - 1) and line.gap(i - 1).strip() in ("", ",", "!")
        return before or ("greeting" in line.section(i + 1) and line.gap(i).strip() == ",")

    def _is_signature(self, i: int) -> bool:
        line = self.line
        if i != line.count - 1 or i == 0:
            return False
        tail = line.text[line.spans[i][1] :].strip(" .!\n)")
        return not tail and bool(_SIGNED.fullmatch(line.gap(i - 1)))

    def _follows_unknown(self, i: int) -> bool:
        """«элдар джанибеков»: no list knows the first word, and capitals say nothing."""
        line = self.line
        return not line.is_capital(i) and line.is_joined(i - 1) and line.is_unlisted(i - 1)

    def _is_no_adjective(self, i: int, surname: Part) -> bool:
        """«глава Кобзарский», not «врача Кукуштанской больницы»."""
        return not _ADJECTIVE.search(self.line.folded[i]) or bool(surname.masculine & NOMINATIVE)

    def _may_stand_alone(self, i: int) -> bool:
        return not self.line.is_common(i) and not self._is_street(i)

    def _is_street(self, i: int) -> bool:
        """«на Кирова», «с Исаева до Гагарина»: a bare genitive after such words is a street."""
        line = self.line
        part = line.surname(i)
        return bool(part and is_genitive(part) and i and line.folded[i - 1] in _OF_STREET)

    def _keep(self, reading: Reading) -> None:
        if not is_place(self.line, reading):
            self.certain.append(self._found(reading))

    def _propose(self, reading: Reading, *, needs_vote: bool) -> None:
        if not is_place(self.line, reading):
            self.candidates.append(Candidate(self._found(reading), needs_vote))

    def _found(self, reading: Reading) -> Found:
        line = self.line
        stop = line.spans[reading.stop - 1][1]
        if (
            reading.initials
            and line.is_initial(reading.stop - 1)
            and line.text[stop : stop + 1] == "."
        ):
            stop += 1
        return Found(NAME, line.spans[reading.start][0], stop, reading.person)
