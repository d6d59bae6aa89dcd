"""What a report says of a rise: how large, since what, who answers, what is being done."""

from dataclasses import dataclass

from otklik.pipelines.fact_base import quoted
from otklik.pipelines.facts import Fact, Kind
from otklik.pipelines.passport_checks import CHECKS
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.report_sentences import Cause, cause_of

STATES = 3
LEAST_CLAIMED = 3
"""Messages that name one class of cause before a report repeats it."""
_SIDES = {"citizens": "жители", "officials": "ответы ведомств"}


@dataclass(frozen=True, slots=True)
class Claim:
    """What one side names as the cause: who it is, what they name, in how many messages."""

    who: str
    title: Fact
    amount: Fact


@dataclass(frozen=True, slots=True)
class Rise:
    """One rise; facts are None where they do not apply, `cause` where none was found.

    `recipient` has the most messages, `theirs`, of all `recipients`; `sole` says whether that is
    at least half. `claims` are what residents and offices name as the cause most often, `check`
    what would confirm it.

    `incident` is name, place and first day of the mass incident that it is made of; `states` are
    pairs of a state of the work and how many messages of the rise are in it, the last one of None
    and how many are in any other; empty where most are in none.
    """

    topic: Fact
    district: Fact | None
    observed: Fact
    expected: Fact
    authors: Fact
    voices: Fact
    top_district: Fact | None
    top_observed: Fact | None
    cause: Cause | None
    recipient: Fact | None
    theirs: Fact | None
    recipients: Fact
    sole: bool
    answered: Fact
    overdue: Fact
    waiting: Fact
    states: tuple[tuple[Fact | None, Fact], ...]
    incident: tuple[Fact, Fact, Fact] | None
    claims: tuple[Claim, ...]
    check: str | None


def rises(scope: Scope, most: int) -> list[Rise]:
    """What rose, the largest excess over expectation first."""
    keys = scope.evidence.rows(
        'SELECT place, "group", topic, district, top_district, recipient, '
        "2 * recipient_observed >= observed, cause, incident "
        f"FROM rises WHERE {scope.inside}place > 0 ORDER BY place LIMIT {most}"
    )
    return [_rise(scope, *key) for key in keys]


def _rise(
    scope: Scope,
    place: object,
    group: object,
    topic: object,
    district: object,
    top: object,
    recipient: object,
    sole: object,
    cause: object,
    incident: object,
) -> Rise:
    book, row = scope.book, f"FROM rises WHERE place = {place}"
    key = f'"group" = {quoted(str(group))} AND topic = {quoted(str(topic))}'
    key += f" AND district = {quoted(str(district))}" if district else ""
    inside = f"week = {scope.name} AND {key}"
    ids = f"SELECT id FROM messages WHERE {inside}"

    def text(column: str, present: object) -> Fact | None:
        return book.text(f"SELECT {column} {row}", ids) if present else None

    claims, check = _claims(scope, inside)
    at_top = f"{inside} AND district = {quoted(str(top))}"
    observed = book.count(f"SELECT observed {row}", ids)
    return Rise(
        topic=book.text(f"SELECT topic {row}", ids),
        district=text("district", district),
        observed=observed,
        expected=book.fact(
            Kind.EXPECTED,
            f"SELECT expected, low, high {row}",
            f"SELECT id FROM messages WHERE {scope.past()} AND {key}",
        ),
        authors=book.number(f"SELECT authors {row}", ids),
        voices=book.count(f"SELECT voices {row}", f"{ids} AND duplicate_of IS NULL"),
        top_district=text("top_district", top),
        top_observed=book.count(
            f"SELECT top_observed {row}", f"SELECT id FROM messages WHERE {at_top}"
        )
        if top
        else None,
        cause=cause_of(scope, _number(cause)) if cause else None,
        recipient=text("recipient", recipient),
        theirs=book.count(
            f"SELECT recipient_observed {row}", f"{ids} AND recipient = {quoted(str(recipient))}"
        )
        if recipient
        else None,
        recipients=book.number(f"SELECT recipients {row}", ids),
        sole=bool(sole),
        answered=book.count(f"SELECT answered {row}", f"{ids} AND answered_at IS NOT NULL"),
        overdue=book.count(f"SELECT overdue {row}", f"{ids} AND overdue = 1"),
        waiting=book.count(
            f"SELECT waiting {row}",
            f"{ids} AND answered_at IS NULL AND due_at IS NOT NULL AND overdue = 0",
        ),
        states=_states(scope, inside, observed),
        incident=_incident(scope, _number(incident)) if incident else None,
        claims=claims,
        check=check,
    )


def _number(value: object) -> int:
    """A number of a column in which others are missing: Parquet gives those back as floats."""
    return int(float(str(value)))


def _claims(scope: Scope, inside: str) -> tuple[tuple[Claim, ...], str | None]:
    """What each side names most often, copies aside, and how the leading version is checked."""
    if not scope.has("claims"):
        return (), None
    own = f"SELECT id FROM messages WHERE {inside} AND duplicate_of IS NULL"
    found, leading = [], []
    for side, who in _SIDES.items():
        where = f"side = {quoted(side)} AND message_id IN ({own})"
        code, amount = scope.evidence.row(
            f"SELECT cause_class, count(*) AS amount FROM claims WHERE {where} "
            f"GROUP BY cause_class ORDER BY amount DESC, cause_class LIMIT 1"
        )
        if not isinstance(amount, int) or amount < LEAST_CLAIMED:
            continue
        where = f"FROM claims WHERE {where} AND cause_class = {quoted(str(code))}"
        ids = f"SELECT message_id {where}"
        title = scope.book.text(f"SELECT title {where} LIMIT 1", ids)
        found.append(Claim(who, title, scope.book.count(f"SELECT count(*) {where}", ids)))
        leading.append((-amount, str(code)))
    return tuple(found), CHECKS.get(min(leading)[1]) if leading else None


def _states(scope: Scope, inside: str, whole: Fact) -> tuple[tuple[Fact | None, Fact], ...]:
    """The commonest states of messages, and the rest; they must make the whole.

    Where fewer than half have any, the rest would be all that is said.
    """
    names = scope.evidence.rows(
        f"SELECT state, count(*) AS amount FROM messages WHERE {inside} AND state IS NOT NULL "
        f"GROUP BY state ORDER BY amount DESC, state LIMIT {STATES}"
    )
    if 2 * sum(int(amount or 0) for _, amount in names) < whole.number:
        return ()
    found: list[tuple[Fact | None, Fact]] = []
    for state, _ in names:
        where = f"{inside} AND state = {quoted(str(state))}"
        ids = f"SELECT id FROM messages WHERE {where}"
        name = scope.book.text(f"SELECT state FROM messages WHERE {where} LIMIT 1", ids)
        found.append((name, scope.book.counted(where)))
    listed = ", ".join(quoted(str(state)) for state, _ in names)
    rest = scope.book.counted(f"{inside} AND (state IS NULL OR state NOT IN ({listed}))")
    scope.book.must_sum(whole, [*(amount for _, amount in found), rest], "states of a rise")
    if rest.number:
        found.append((None, rest))
    return tuple(found)


def _incident(scope: Scope, incident: int) -> tuple[Fact, Fact, Fact]:
    row = f"FROM incidents WHERE incident = {incident}"
    ids = f"SELECT message_id FROM incident_messages WHERE incident = {incident}"
    return (
        scope.book.text(f"SELECT name {row}", ids),
        scope.book.text(f"SELECT place {row}", ids),
        scope.book.fact(Kind.DATE, f"SELECT starts_at {row}", ids),
    )
