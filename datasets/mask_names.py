"""Persons' names in a text: what the rules decide, and what they leave to the NER's vote."""

import re
from dataclasses import replace
from typing import NamedTuple

from otklik.datasets.mask_kinds import NAME, Found
from otklik.datasets.name_alone import (
    follows_capital,
    follows_unknown,
    is_addressed,
    is_called_upon,
    is_family,
    is_greeted,
    is_signature,
    is_strange_surname,
    may_be_called,
    may_be_given,
    may_be_surname,
    may_stand_alone,
    opens_list,
    opens_long_list,
    opens_sentence,
    stands_out,
)
from otklik.datasets.name_announced import (
    AND,
    LIST,
    NOBODY,
    Announced,
    announce,
    announced_beside,
)
from otklik.datasets.name_lexicon import ALL_CASES, NOMINATIVE, Part
from otklik.datasets.name_line import Line, is_nominative
from otklik.datasets.name_places import is_place, skip_place
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_readings import read_person
from otklik.datasets.name_words import (
    BUILDING,
    GIVEN,
    INITIAL,
    INTRO,
    KIN,
    PATRONYMIC,
    PLACE,
    POST,
    STRANGE,
    SURNAME_LIKE,
    Words,
)

_STARTS = GIVEN | PATRONYMIC | INITIAL
_ADJECTIVE = re.compile(r"[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)$")


class Candidate(NamedTuple):
    """A name that the rules cannot settle.

    `needs_vote` True: masked only if the NER sees a person; False: masked unless the NER sees a
    place or an organisation.
    """

    found: Found
    needs_vote: bool


def find_names(
    text: str,
    fixed: list[tuple[int, int]],
    words: Words,
    streets: frozenset[str] = frozenset(),
) -> tuple[list[Found], list[Candidate]]:
    """Names that are certain, and candidates for the vote, both in text order.

    `streets` are the city's streets without their type words, see `street_names`.
    """
    line = Line(text, fixed, words, streets)
    if not line.may_hold_names:
        return [], []
    return _Scan(line).run()


class _Scan:
    def __init__(self, line: Line) -> None:
        self.line = line
        self.certain: list[Found] = []
        self.candidates: list[Candidate] = []
        self.expected: dict[int, Announced] = {}

    def run(self) -> tuple[list[Found], list[Candidate]]:
        line = self.line
        flags = [*line.flags, 0, 0]
        i = 0
        count = line.count
        while i < count:
            here, following = flags[i], flags[i + 1]
            if here & (POST | INTRO) or line.is_by_name(i):
                self.expected.update(announce(line, i))
            if here & (PLACE | BUILDING) and not line.is_by_name(i):
                i = skip_place(line, i)
                continue
            if not (
                here & (_STARTS | SURNAME_LIKE)
                or following & (_STARTS | SURNAME_LIKE)
                or flags[i + 2] & PATRONYMIC
                or i in self.expected
                or here & following & STRANGE
                or stands_out(line, i)
            ):
                i += 1
                continue
            reading = read_person(line, i)
            if reading is None:
                self._read_alone(i)
                i += 1
            else:
                self._keep(reading)
                i = reading.stop
        return self.certain, self.candidates

    def _read_alone(self, i: int) -> None:
        line = self.line
        given, surname = line.given(i), line.surname(i)
        announced = self.expected.get(i, NOBODY)
        if surname and self._is_announced_surname(i, surname, announced):
            self._read_surname(Reading(i, i + 1, surname, surname=surname.stems), sure=True)
        elif surname and (is_family(line, i) or is_addressed(line, i)):
            self._keep(Reading(i, i + 1, surname, surname=surname.stems))
        elif given:
            self._read_given(Reading(i, i + 1, given, given=given.stems), announced)
        elif surname and line.flags[i] & SURNAME_LIKE and follows_unknown(line, i):
            stem = frozenset({line.folded[i - 1]})
            person = Reading(i - 1, i + 1, surname, surname=surname.stems, given=stem)
            self._propose(person, needs_vote=True)
        elif surname and may_stand_alone(line, i):
            self._read_surname(Reading(i, i + 1, surname, surname=surname.stems), sure=False)
        elif announced.flags & INTRO and line.is_capital(i) and may_be_called(line, i):
            self._read_unlisted(i, announced)  # «меня зовут Селим»
        elif announced.flags & POST and line.is_capital(i) and self._is_noun_surname(i, announced):
            stem = frozenset({line.folded[i]})
            self._propose(Reading(i, i + 1, surname=stem), needs_vote=not announced.flags & KIN)
        elif line.is_unlisted(i) and (stands_out(line, i) or self._is_expected(i, announced)):
            self._read_unlisted(i, announced)

    def _is_announced_surname(self, i: int, surname: Part, announced: Announced) -> bool:
        line = self.line
        if not announced.flags or (line.is_common(i) and not line.is_capital(i)):
            return False
        if line.is_acronym(i) or line.words.is_coined(line.folded[i]):
            return False
        if line.words.is_toponym(line.folded[i]) and not is_nominative(surname):
            return False  # «глава города Курска»
        listed = announced.flags & LIST
        if listed and not (line.flags[i] & SURNAME_LIKE and self._agrees(surname, announced)):
            return False
        # «глава Кобзарский», not «врача Кукуштанской больницы»
        return not _ADJECTIVE.search(line.folded[i]) or bool(surname.masculine & NOMINATIVE)

    def _read_surname(self, reading: Reading, *, sure: bool) -> None:
        """A lone surname; before an unlisted given name the vote is asked about both."""
        line, i = self.line, reading.start
        if may_be_given(line, i + 1):
            stem = frozenset({line.folded[i + 1]})
            pair = Reading(i, i + 2, reading.form, surname=reading.surname, given=stem)
            self._propose(pair, needs_vote=not line.words.looks_nominal(line.folded[i + 1]))
            self._propose(reading, needs_vote=not sure)
        elif sure:
            self._keep(reading)
        else:
            unknown = line.is_capital(i) and not line.is_known(i) and is_nominative(reading.form)
            self._propose(reading, needs_vote=not unknown)

    def _is_noun_surname(self, i: int, announced: Announced) -> bool:
        """«учительница пения Глухих», «бабушка Куна»: an ordinary word, capitalised for once."""
        noun = self.line.words.noun_surname(self.line.folded[i])
        return bool(noun and self._agrees(noun, announced))

    def _is_expected(self, i: int, announced: Announced) -> bool:
        capital = self.line.is_capital(i)
        if announced.flags & LIST:
            return capital and bool(announced.flags & AND)
        return bool(announced.flags) and (capital or not self.line.has_capitals)

    def _read_unlisted(self, i: int, announced: Announced) -> None:
        """A word that no list knows, after «зовут» or «бабушка»: «Миннебике»."""
        stem = frozenset({self.line.folded[i]})
        words, word = self.line.words, self.line.folded[i]
        if words.is_toponym(word) or words.is_coined(word):
            return
        doubtful = words.is_slip(word) or (announced.flags and words.looks_plural(word))
        if doubtful and not announced.flags & (INTRO | KIN):
            return
        reading = Reading(i, i + 1, Part(ALL_CASES, ALL_CASES, stem), given=stem)
        if announced.flags & INTRO and (not self.line.is_known(i) or self.line.is_capital(i)):
            self._keep(reading)
        else:
            shown = self.line.is_capital(i) and announced.flags & KIN
            nominal = self.line.words.looks_nominal(self.line.folded[i])
            told = announced.flags and (shown or nominal)
            if not told and follows_capital(self.line, i):
                self._propose(replace(reading, start=i - 1, surname=stem), needs_vote=True)
            self._propose(reading, needs_vote=not told)

    def _read_given(self, reading: Reading, announced: Announced) -> None:
        line, i = self.line, reading.start
        sure = line.words.is_sure_given(line.folded[i])
        ordinary = line.is_common(i)
        common = ordinary or line.words.is_toponym(line.folded[i])
        capital = line.is_capital(i)
        announced_given = self._is_announced_given(reading, announced, plain=common and not capital)
        if announced_given and line.is_joined(i) and is_strange_surname(line, i + 1):
            stem = frozenset({line.folded[i + 1]})
            self._keep(Reading(i, i + 2, reading.form, surname=stem, given=reading.given))
            return
        if opens_long_list(line, i):
            cases = reading.form.masculine | reading.form.feminine
            self.expected[i + 1] = Announced(LIST | AND, cases)
        if (announced_given or is_called_upon(line, i)) or (
            (not common or capital or (sure and not ordinary))
            and (is_greeted(line, i) or is_signature(line, i) or opens_list(line, i))
        ):
            self._keep(reading)
            return
        if "place" in line.section(i + 1) and line.is_joined(i):
            return
        paired = line.is_joined(i) and may_be_surname(line, i + 1)
        if paired:
            stem = frozenset({line.folded[i + 1]})
            pair = Reading(i, i + 2, reading.form, surname=stem, given=reading.given)
            self._propose(pair, needs_vote=not is_strange_surname(line, i + 1))
        if sure and not (common or paired or line.has_capitals):
            self._keep(reading)  # in small letters the NER takes «максим» for a place
        elif not common and (capital or not line.has_capitals):
            self._propose(reading, needs_vote=not sure)
        elif common and capital and not opens_sentence(line, i):
            self._propose(reading, needs_vote=True)

    def _is_announced_given(self, reading: Reading, announced: Announced, *, plain: bool) -> bool:
        """Whether the word before makes a lone given name a person.

        A name that is an ordinary word too (`plain`) needs a word of kinship, or «и» after another
        person, and both in one case: «тётя рая», «зара и вера».
        """
        if announced.flags & INTRO:
            return True
        if not self._agrees(reading.form, announced):
            return False
        sure = self.line.words.is_sure_given(self.line.folded[reading.start])
        told = bool(announced.flags & (KIN | AND))
        if plain:
            post = bool(announced.flags & POST) and is_nominative(reading.form)
            return sure and (told or post)
        # «…, Сибай»: after a comma a rare name may be a town
        listed = bool(announced.flags & LIST)
        return bool(announced.flags) and (sure or told or not listed)

    def _agrees(self, part: Part, announced: Announced) -> bool:
        return bool((part.masculine | part.feminine) & announced.cases)

    def _keep(self, reading: Reading) -> None:
        announced = self.expected.get(reading.start, NOBODY)
        if not is_place(self.line, reading):
            self.certain.append(self._found(reading))
            self._expect(announced_beside(self.line, reading, announced))

    def _expect(self, announced: dict[int, Announced]) -> None:
        self.expected = announced | self.expected

    def _propose(self, reading: Reading, *, needs_vote: bool) -> None:
        if not is_place(self.line, reading):
            self.candidates.append(Candidate(self._found(reading), needs_vote))
            if not needs_vote:
                self._expect(announced_beside(self.line, reading, NOBODY))

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
