"""Persons' names in a text: what the rules decide, and what they leave to the NER's vote."""

from otklik.datasets.mask_kinds import Found
from otklik.datasets.name_alone import stands_out
from otklik.datasets.name_announced import announce
from otklik.datasets.name_context import shows_noun
from otklik.datasets.name_findings import Candidate, Findings
from otklik.datasets.name_line import Line
from otklik.datasets.name_lone import read_alone
from otklik.datasets.name_places import skip_place
from otklik.datasets.name_readings import read_person
from otklik.datasets.name_words import (
    BORNE,
    BUILDING,
    GIVEN,
    INITIAL,
    INTRO,
    LIKELY,
    PATRONYMIC,
    PLACE,
    POST,
    STRANGE,
    SURNAME_LIKE,
    Words,
)

__all__ = ["Candidate", "find_names"]
_STARTS = GIVEN | PATRONYMIC | INITIAL


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
    findings = Findings(line)
    if line.may_hold_names:
        _scan(findings)
    return findings.certain, findings.candidates


def _scan(findings: Findings) -> None:
    line = findings.line
    flags = [*line.flags, 0, 0]
    i = 0
    count = line.count
    while i < count:
        here, following = flags[i], flags[i + 1]
        if here & (POST | INTRO) or line.is_by_name(i):
            findings.expected.update(announce(line, i))
        if here & (PLACE | BUILDING) and not line.is_by_name(i):
            # «директор рынка шынарбек»: the post before has announced a name
            i = i + 1 if here & BUILDING and i + 1 in findings.expected else skip_place(line, i)
            continue
        if not (
            i in findings.expected
            or here & (LIKELY | BORNE)
            or shows_noun(line, i)
            or here & (_STARTS | SURNAME_LIKE)
            or following & (_STARTS | SURNAME_LIKE)
            or flags[i + 2] & PATRONYMIC
            or here & following & STRANGE
            or stands_out(line, i)
        ):
            i += 1
            continue
        reading = read_person(line, i)
        if reading is None:
            read_alone(findings, i)
            i += 1
        else:
            findings.keep(reading)
            i = reading.stop
