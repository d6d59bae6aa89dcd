"""One word that may be a name: a surname, a word of no list, an ordinary noun."""

import re
from dataclasses import replace

from otklik.datasets.name_alone import (
    follows_capital,
    follows_unknown,
    is_addressed,
    is_family,
    may_be_called,
    may_be_given,
    may_stand_alone,
    stands_out,
)
from otklik.datasets.name_announced import AND, LIST, NOBODY, Announced, agrees
from otklik.datasets.name_context import (
    Verdict,
    is_doing,
    is_resident,
    is_sure_name,
    judge_capital,
    judge_noun,
    judge_strange,
    judge_surname,
)
from otklik.datasets.name_findings import Findings
from otklik.datasets.name_given import read_given
from otklik.datasets.name_lexicon import ALL_CASES, NOMINATIVE, Part
from otklik.datasets.name_line import is_nominative
from otklik.datasets.name_pairs import is_likely
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_words import INTRO, KIN, POST, SURNAME_LIKE

_ADJECTIVE = re.compile(r"[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую)$")


def read_alone(findings: Findings, i: int) -> None:
    """Take word `i` for a person, propose it to the vote, or leave it."""
    line = findings.line
    given, surname = line.given(i), line.surname(i)
    announced = findings.expected.get(i, NOBODY)
    if surname and _is_announced_surname(findings, i, surname, announced):
        _read_surname(findings, Reading(i, i + 1, surname, surname=surname.stems), sure=True)
    elif surname and (is_family(line, i) or is_addressed(line, i)):
        findings.keep(Reading(i, i + 1, surname, surname=surname.stems))
    elif lone := judge_noun(line, i, posted=bool(announced.flags & POST)):
        findings.keep(Reading(i, i + 1, lone, surname=lone.stems))
    elif given:
        read_given(findings, Reading(i, i + 1, given, given=given.stems), announced)
    elif surname and line.flags[i] & SURNAME_LIKE and follows_unknown(line, i):
        stem = frozenset({line.folded[i - 1]})
        person = Reading(i - 1, i + 1, surname, surname=surname.stems, given=stem)
        findings.propose(person, needs_vote=True)
    elif surname and (verdict := judge_surname(line, i, surname)) is not Verdict.UNKNOWN:
        _judged(findings, Reading(i, i + 1, surname, surname=surname.stems), verdict)
    elif surname and may_stand_alone(line, i):
        _read_surname(findings, Reading(i, i + 1, surname, surname=surname.stems), sure=False)
    elif announced.flags & INTRO and line.is_capital(i) and may_be_called(line, i):
        _read_unlisted(findings, i, announced)  # «меня зовут Селим»
    elif announced.flags & POST and line.is_capital(i) and _is_noun_surname(findings, i, announced):
        stem = frozenset({line.folded[i]})
        findings.propose(Reading(i, i + 1, surname=stem), needs_vote=not announced.flags & KIN)
    elif line.is_unlisted(i) and _is_strange_person(findings, i, announced):
        stem = frozenset({line.folded[i]})
        findings.keep(Reading(i, i + 1, Part(ALL_CASES, ALL_CASES, stem), given=stem))
    elif line.is_unlisted(i) and (stands_out(line, i) or _is_expected(findings, i, announced)):
        _read_unlisted(findings, i, announced)
    elif (noun := judge_capital(line, i)) is not None:
        findings.propose(Reading(i, i + 1, noun, surname=noun.stems), needs_vote=True)
    elif line.is_unlisted(i):
        stem = frozenset({line.folded[i]})
        reading = Reading(i, i + 1, Part(ALL_CASES, ALL_CASES, stem), given=stem)
        _judged(findings, reading, judge_strange(line, i))


def _judged(findings: Findings, reading: Reading, verdict: Verdict) -> None:
    if verdict is Verdict.PERSON:
        _read_surname(findings, reading, sure=True)
    elif verdict is Verdict.UNLESS_PLACE:
        findings.propose(reading, needs_vote=False)


def _is_strange_person(findings: Findings, i: int, announced: Announced) -> bool:
    """«лезгин шихкерим торгует»: built like a name, and announced or doing something."""
    line = findings.line
    told = announced.flags & (KIN | INTRO) and not announced.flags & LIST
    if told and is_likely(line, i):
        return True
    if not is_sure_name(line, i) or line.is_acronym(i):
        return False
    if announced.flags and not announced.flags & LIST:
        return True
    whole = Part(ALL_CASES, ALL_CASES, frozenset())
    return is_doing(line, i, whole) or is_resident(line, i)


def _is_announced_surname(findings: Findings, i: int, surname: Part, announced: Announced) -> bool:
    line = findings.line
    if not announced.flags or (line.is_common(i) and not line.is_capital(i)):
        return False
    if line.is_acronym(i) or line.words.is_coined(line.folded[i]):
        return False
    if line.words.is_toponym(line.folded[i]) and not is_nominative(surname):
        return False  # «глава города Курска»
    listed = announced.flags & LIST
    if listed and not (line.flags[i] & SURNAME_LIKE and agrees(surname, announced)):
        return False
    # «глава Кобзарский», not «врача Кукуштанской больницы»
    return not _ADJECTIVE.search(line.folded[i]) or bool(surname.masculine & NOMINATIVE)


def _read_surname(findings: Findings, reading: Reading, *, sure: bool) -> None:
    """A lone surname; before an unlisted given name the vote is asked about both."""
    line, i = findings.line, reading.start
    if may_be_given(line, i + 1):
        stem = frozenset({line.folded[i + 1]})
        pair = Reading(i, i + 2, reading.form, surname=reading.surname, given=stem)
        findings.propose(pair, needs_vote=not line.words.looks_nominal(line.folded[i + 1]))
        findings.propose(reading, needs_vote=not sure)
    elif sure:
        findings.keep(reading)
    else:
        unknown = line.is_capital(i) and not line.is_known(i) and is_nominative(reading.form)
        findings.propose(reading, needs_vote=not unknown)


def _is_noun_surname(findings: Findings, i: int, announced: Announced) -> bool:
    """«учительница пения Глухих», «бабушка Куна»: an ordinary word, capitalised for once."""
    noun = findings.line.words.noun_surname(findings.line.folded[i])
    return bool(noun and agrees(noun, announced))


def _is_expected(findings: Findings, i: int, announced: Announced) -> bool:
    capital = findings.line.is_capital(i)
    if announced.flags & LIST:
        return capital and bool(announced.flags & AND)
    return bool(announced.flags) and (capital or not findings.line.has_capitals)


def _read_unlisted(findings: Findings, i: int, announced: Announced) -> None:
    """A word that no list knows, after «зовут» or «бабушка»: «Миннебике»."""
    stem = frozenset({findings.line.folded[i]})
    words, word = findings.line.words, findings.line.folded[i]
    if words.is_toponym(word) or words.is_coined(word):
        return
    doubtful = words.is_slip(word) or (announced.flags and words.grammar.looks_plural(word))
    if doubtful and not announced.flags & (INTRO | KIN):
        return
    reading = Reading(i, i + 1, Part(ALL_CASES, ALL_CASES, stem), given=stem)
    if announced.flags & INTRO and (not findings.line.is_known(i) or findings.line.is_capital(i)):
        findings.keep(reading)
    else:
        shown = findings.line.is_capital(i) and announced.flags & KIN
        nominal = findings.line.words.looks_nominal(findings.line.folded[i])
        told = announced.flags and (shown or nominal)
        if not told and follows_capital(findings.line, i):
            findings.propose(replace(reading, start=i - 1, surname=stem), needs_vote=True)
        findings.propose(reading, needs_vote=not told)
