"""One given name without a surname: a person, a town, or an ordinary word."""

from otklik.datasets.name_alone import (
    is_called_upon,
    is_greeted,
    is_signature,
    is_strange_surname,
    may_be_surname,
    opens_list,
    opens_long_list,
    opens_sentence,
)
from otklik.datasets.name_announced import AND, LIST, Announced, agrees
from otklik.datasets.name_context import is_doing, is_introduced_worker, is_resident
from otklik.datasets.name_findings import Findings
from otklik.datasets.name_line import is_nominative
from otklik.datasets.name_plain import is_plain_person
from otklik.datasets.name_reading import Reading
from otklik.datasets.name_words import INTRO, KIN, POST


def read_given(findings: Findings, reading: Reading, announced: Announced) -> None:
    """Take a lone given name for a person, propose it to the vote, or leave it."""
    line, i = findings.line, reading.start
    sure = line.words.is_sure_given(line.folded[i])
    ordinary = line.is_common(i)
    common = ordinary or line.words.is_toponym(line.folded[i])
    capital = line.is_capital(i)
    announced_given = _is_announced_given(
        findings, reading, announced, plain=common and not capital
    )
    if announced_given and line.is_joined(i) and is_strange_surname(line, i + 1):
        stem = frozenset({line.folded[i + 1]})
        findings.keep(Reading(i, i + 2, reading.form, surname=stem, given=reading.given))
        return
    if opens_long_list(line, i):
        cases = reading.form.masculine | reading.form.feminine
        findings.expected[i + 1] = Announced(LIST | AND, cases)
    sole = sure or not line.is_known(i)
    doing = sole and not ordinary and is_doing(line, i, reading.form)
    doing = doing or (common and sure and is_plain_person(line, i, reading.form))
    at_home = sure and (is_resident(line, i) or is_introduced_worker(line, i))
    if (announced_given or is_called_upon(line, i) or at_home or doing) or (
        (not common or capital or (sure and not ordinary))
        and (is_greeted(line, i) or is_signature(line, i) or opens_list(line, i))
    ):
        findings.keep(reading)
        return
    if "place" in line.section(i + 1) and line.is_joined(i):
        return
    paired = line.is_joined(i) and may_be_surname(line, i + 1)
    if paired:
        stem = frozenset({line.folded[i + 1]})
        pair = Reading(i, i + 2, reading.form, surname=stem, given=reading.given)
        findings.propose(pair, needs_vote=not is_strange_surname(line, i + 1))
    if sure and not (common or paired or line.has_capitals):
        findings.keep(reading)  # in small letters the NER takes «максим» for a place
    elif not common and (capital or not line.has_capitals):
        findings.propose(reading, needs_vote=not sure)
    elif common and capital and (not opens_sentence(line, i) or is_doing(line, i, reading.form)):
        findings.propose(reading, needs_vote=True)


def _is_announced_given(
    findings: Findings, reading: Reading, announced: Announced, *, plain: bool
) -> bool:
    """Whether the word before makes a lone given name a person.

    A name that is an ordinary word too (`plain`) needs a word of kinship, or «и» after another
    person, and both in one case: «тётя рая», «зара и вера».
    """
    if announced.flags & INTRO:
        return True
    if not agrees(reading.form, announced):
        return False
    sure = findings.line.words.is_sure_given(findings.line.folded[reading.start])
    told = bool(announced.flags & (KIN | AND))
    if plain:
        post = bool(announced.flags & POST) and is_nominative(reading.form)
        return sure and (told or post)
    # «…, Сибай»: after a comma a rare name may be a town
    listed = bool(announced.flags & LIST)
    return bool(announced.flags) and (sure or told or not listed)
