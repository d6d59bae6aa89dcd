"""The passport of a problem or of a root cause: what is known of it, sentence by sentence."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from otklik.datasets import ledger
from otklik.datasets.errors import BadProblem
from otklik.datasets.problem_book import ProblemState
from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.store import Store
from otklik.pipelines.cause_lexicon import OTHER
from otklik.pipelines.passport_checks import next_checks
from otklik.pipelines.passport_facts import Background, PassportFacts, gather
from otklik.pipelines.passport_quotes import choose_quotes
from otklik.pipelines.passport_sentences import (
    PassportSentence,
    describe,
    tell_against,
    tell_claims,
    tell_growth,
    tell_recurrence,
    tell_size,
    tell_terms,
    tell_together,
    tell_trend,
)
from otklik.pipelines.passport_subject import Subject, ids_of, subject_of_cause, subject_of_problem
from otklik.pipelines.passport_wording import sentence
from otklik.pipelines.root_causes import Cause
from otklik.pipelines.snapshot import Snapshot

HIGH, MEDIUM, LOW = "высокая", "средняя", "данных недостаточно"
LEAST_VOICES, ENOUGH_VOICES = 5, 10
SURE_RATIO = 1.5
AGREEING = 3
"""Independent voices for one class of cause that make it more than a rumour."""
_TELLERS = (
    describe,
    tell_size,
    tell_trend,
    tell_terms,
    tell_claims,
    tell_recurrence,
    tell_growth,
    tell_together,
    tell_against,
)


@dataclass(frozen=True)
class Passport:
    """A root cause as far as messages tell.

    Parameters
    ----------
    title : str
    number : int or None
        Lasting number of the problem; None for a cause that is no problem yet.
    confidence : str
        "высокая", "средняя" or "данных недостаточно".
    sentences : tuple of PassportSentence
        In the order of reading; each has messages behind it.
    """

    title: str
    number: int | None
    confidence: str
    sentences: tuple[PassportSentence, ...]


def passport_of(
    store: Store | None,
    snapshot: Snapshot,
    what: int | ProblemState | Cause,
    background: Background | None = None,
) -> Passport:
    """Write the passport of a problem (by its number, or as it stood once) or of a root cause.

    Parameters
    ----------
    store : Store or None
        Needed for numbers only.
    background : Background or None
        Of the snapshot: give the same one for many passports, which share what takes long.

    Raises
    ------
    BadProblem
        No such problem, or none of its messages is in the snapshot.
    """
    number = None
    if isinstance(what, Cause):
        subject = subject_of_cause(snapshot, what)
    else:
        problem = what if isinstance(what, ProblemState) else _problem(store, what)
        number, subject = problem.number, _subject(snapshot, problem)
    facts = gather(background or Background(snapshot), subject)
    told = [one for tell in _TELLERS for one in tell(facts)]
    confidence, reason = judge(facts)
    told.append(
        PassportSentence(
            "уверенность",
            sentence(f"уверенность: {confidence} — {reason}"),
            ids_of(subject.voices) or ids_of(subject.messages),
            {"confidence": confidence},
        )
    )
    told += choose_quotes(facts)
    told += _checks(facts)
    return Passport(subject.name, number, confidence, tuple(told))


def _problem(store: Store | None, number: int) -> ProblemState:
    problem = ProblemStore(store.database).book().problems.get(number) if store else None
    if problem is None:
        raise BadProblem(f"No problem has the number {number}. See `otklik problems list`.")
    return problem


def _subject(snapshot: Snapshot, problem: ProblemState) -> Subject:
    subject = subject_of_problem(snapshot, problem)
    if subject.messages.empty:
        raise BadProblem(
            f"None of the {len(problem.message_ids)} messages of problem {problem.number} is among "
            f"the {len(snapshot.table)} given. Read a longer period."
        )
    return subject


def judge(facts: PassportFacts) -> tuple[str, str]:
    """How sure the passport is, and why.

    High: enough voices, plainly above the usual, and one cause that several people or offices
    name and nothing contradicts.
    """
    size = facts.size
    if size.voices < LEAST_VOICES:
        return LOW, f"независимых свидетельств только {size.voices}"
    if not size.known:
        return LOW, "не с чем сравнить: по этим темам в других местах почти не пишут"
    if size.low <= 1:
        return LOW, "превышение над обычным не доказано"
    if facts.claims.contradictions:
        return MEDIUM, "превышение доказано, но версии причины расходятся"
    if size.voices < ENOUGH_VOICES or size.low < SURE_RATIO:
        return MEDIUM, "превышение доказано, но невелико или держится на малом числе голосов"
    if not _agreed(facts):
        return MEDIUM, "превышение доказано, но жители почти не называют причину"
    return HIGH, "превышение доказано, и одну причину называют несколько независимых голосов"


def _agreed(facts: PassportFacts) -> bool:
    """Enough residents name one cause, or fewer name the one that answers name."""
    official = {one.cause_class for one in facts.claims.officials}
    return any(
        one.authors >= (AGREEING - 1 if one.cause_class in official else AGREEING)
        for one in facts.claims.citizens
        if one.cause_class != OTHER
    )


def _checks(facts: PassportFacts) -> list[PassportSentence]:
    claims = facts.claims
    weights = [(one.authors, one) for one in claims.citizens]
    weights += [(len(one.message_ids), one) for one in claims.officials]
    # one resident's word is no reason to send anybody anywhere
    heard = [pair for pair in weights if pair[0] >= 2 and pair[1].cause_class != OTHER]
    leading = [one for _, one in sorted(heard, key=lambda pair: -pair[0])]
    recipient = facts.subject.recipient
    checks = next_checks(
        leading[0].cause_class if leading else None,
        differ=bool(claims.contradictions),
        recipient=recipient,
    )
    ids = leading[0].message_ids if leading else ids_of(facts.subject.messages)
    who = f"{recipient}: " if recipient else ""
    return [PassportSentence("что проверить", sentence(f"{who}{check}"), ids) for check in checks]


def render_text(passport: Passport) -> str:
    """Lines for a terminal: sections with their sentences and the numbers of messages."""
    head = f"Проблема № {passport.number}. " if passport.number else "Первопричина. "
    lines = [f"{head}{passport.title}"]
    for section, sentences in groupby(passport.sentences, key=lambda one: one.section):
        lines.append(f"{section}:")
        for one in sentences:
            shown = ", ".join(map(str, one.message_ids[:8]))
            more = f" и ещё {len(one.message_ids) - 8}" if len(one.message_ids) > 8 else ""
            lines.append(f"  {one.text} [{shown}{more}]")
    return "\n".join(lines)


def keep_passport(store: Store, passport: Passport, at: datetime | None = None) -> None:
    """Append a passport to those of its problem; nothing is rewritten.

    Raises
    ------
    BadProblem
        The passport has no number: a cause must become a problem first.
    """
    if passport.number is None:
        raise BadProblem(f"{passport.title} has no lasting number; run `otklik problems run`.")
    ledger.Ledger(store.database).add_passport(
        ledger.Passport(
            passport.number,
            tuple(ledger.Sentence(one.text, one.message_ids) for one in passport.sentences),
            at or datetime.now(UTC),
        )
    )
