"""What the sentences of a report are about: rises, their causes, the measures, the decisions."""

from dataclasses import dataclass

from otklik.pipelines.fact_base import quoted
from otklik.pipelines.facts import Fact, Kind
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.week_counts import CITY
from otklik.pipelines.week_passports import VERSIONS

STATES = 3
PASSPORTS = 5
SENTENCES = 12


@dataclass(frozen=True, slots=True)
class Cause:
    """A common cause: what it is, since when, its messages, and how many would be usual."""

    text: Fact
    starts: Fact
    observed: Fact
    expected: Fact


@dataclass(frozen=True, slots=True)
class Rise:
    """One rise; facts are None where they do not apply, `cause` where none was found.

    `version` is what residents or offices name as the cause of its problem.

    `incident` is name, place and first day of the mass incident that it is made of; `states` are
    pairs of a state of the work and how many messages of the rise are in it, the last one of None
    and how many are in any other.
    """

    topic: Fact
    district: Fact | None
    observed: Fact
    expected: Fact
    authors: Fact
    top_district: Fact | None
    top_observed: Fact | None
    cause: Cause | None
    recipient: Fact | None
    answered: Fact
    overdue: Fact
    states: tuple[tuple[Fact | None, Fact], ...]
    problem: Fact | None
    incident: tuple[Fact, Fact, Fact] | None
    version: Fact | None


@dataclass(frozen=True, slots=True)
class Passport:
    """A problem with the sentences of its passport."""

    number: Fact
    name: Fact
    sentences: tuple[Fact, ...]


def rises(scope: Scope, most: int) -> list[Rise]:
    """What rose, the largest excess over expectation first."""
    keys = scope.evidence.rows(
        'SELECT place, "group", topic, district, top_district, recipient, problem, cause, incident '
        f"FROM rises WHERE {scope.inside}place > 0 ORDER BY place LIMIT {most}"
    )
    return [_rise(scope, *key) for key in keys]


def passports(scope: Scope, most: int = PASSPORTS) -> list[Passport]:
    """Passports of the problems with the most messages of the week."""
    if not (scope.has("passports") and scope.has("problems")):
        return []
    week = f"(SELECT id FROM messages WHERE week = {scope.name})"
    where = "" if scope.scope == CITY else f'AND p."group" = {quoted(scope.scope)} '
    keys = scope.evidence.rows(
        "SELECT p.number, count(*) AS amount FROM problems p "
        f"JOIN problem_messages m ON m.number = p.number AND m.message_id IN {week} "
        f"WHERE p.number IN (SELECT number FROM passports) {where}"
        f"GROUP BY p.number ORDER BY amount DESC, p.number LIMIT {most}"
    )
    return [_passport(scope, int(number or 0)) for number, _ in keys]


def causes(scope: Scope, most: int = PASSPORTS) -> list[Cause]:
    """Causes with messages of the week behind them, those with the most first."""
    if not scope.has("causes"):
        return []
    week = f"(SELECT id FROM messages WHERE {scope.where('received')})"
    keys = scope.evidence.rows(
        "SELECT c.cause, count(*) AS amount FROM causes c JOIN cause_messages m "
        f"ON m.cause = c.cause AND m.message_id IN {week} "
        f"GROUP BY c.cause ORDER BY amount DESC, c.cause LIMIT {most}"
    )
    return [_cause(scope, int(cause or 0)) for cause, _ in keys]


def reopened(scope: Scope, most: int) -> list[tuple[Fact, Fact]]:
    """Number and name of problems that were closed and are written about again."""
    if not scope.has("problems"):
        return []
    keys = scope.evidence.rows(
        f"SELECT number FROM problems WHERE {scope.inside}change = 'reopened' "
        f"ORDER BY number LIMIT {most}"
    )
    return [_problem(scope, int(number or 0)) for (number,) in keys]


def most_late(scope: Scope) -> tuple[Fact, Fact, Fact] | None:
    """Who owed the most answers of the week and did not give them, how many, of how many."""
    due = f"{scope.inside}due_week = {scope.name} AND recipient IS NOT NULL"
    name, amount = scope.evidence.row(
        f"SELECT recipient, sum(late) AS amount FROM messages WHERE {due} "
        "GROUP BY recipient ORDER BY amount DESC, recipient LIMIT 1"
    )
    if not amount:
        return None
    theirs = f"{due} AND recipient = {quoted(str(name))}"
    return (
        scope.book.text(
            f"SELECT recipient FROM messages WHERE {theirs} LIMIT 1",
            f"SELECT id FROM messages WHERE {theirs}",
        ),
        scope.book.counted(f"{theirs} AND late = 1"),
        scope.book.counted(theirs),
    )


def _rise(
    scope: Scope,
    place: object,
    group: object,
    topic: object,
    district: object,
    top: object,
    recipient: object,
    problem: object,
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
        top_district=text("top_district", top),
        top_observed=book.count(
            f"SELECT top_observed {row}", f"SELECT id FROM messages WHERE {at_top}"
        )
        if top
        else None,
        cause=_cause(scope, int(str(cause))) if cause else None,
        recipient=text("recipient", recipient),
        answered=book.count(f"SELECT answered {row}", f"{ids} AND answered_at IS NOT NULL"),
        overdue=book.count(f"SELECT overdue {row}", f"{ids} AND overdue = 1"),
        states=_states(scope, inside, observed),
        problem=book.number(f"SELECT problem {row}", ids) if problem else None,
        incident=_incident(scope, int(str(incident))) if incident else None,
        version=_version(scope, int(str(problem))) if problem else None,
    )


def _states(scope: Scope, inside: str, whole: Fact) -> tuple[tuple[Fact | None, Fact], ...]:
    """The commonest states of messages, and the rest; they must make the whole."""
    names = scope.evidence.rows(
        f"SELECT state, count(*) AS amount FROM messages WHERE {inside} AND state IS NOT NULL "
        f"GROUP BY state ORDER BY amount DESC, state LIMIT {STATES}"
    )
    if not names:
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


def _cause(scope: Scope, cause: int) -> Cause:
    row, ids = f"FROM causes WHERE cause = {cause}", f"cause_messages WHERE cause = {cause}"
    behind = f"SELECT message_id FROM {ids}"
    return Cause(
        scope.book.text(f"SELECT text {row}", behind),
        scope.book.fact(Kind.DATE, f"SELECT starts_at {row}", behind),
        scope.book.count(f"SELECT count(*) FROM {ids}", behind),
        scope.book.number(f"SELECT round(expected) {row}", behind),
    )


def _version(scope: Scope, number: int) -> Fact | None:
    if not scope.has("passports"):
        return None
    row = f"number = {number} AND section = {quoted(VERSIONS)}"
    (place,) = scope.evidence.row(f"SELECT min(place) FROM passports WHERE {row}")
    if place is None:
        return None
    key = f"number = {number} AND place = {place}"
    return scope.book.text(
        f"SELECT text FROM passports WHERE {key}",
        f"SELECT message_id FROM passport_messages WHERE {key}",
    )


def _incident(scope: Scope, incident: int) -> tuple[Fact, Fact, Fact]:
    row = f"FROM incidents WHERE incident = {incident}"
    ids = f"SELECT message_id FROM incident_messages WHERE incident = {incident}"
    return (
        scope.book.text(f"SELECT name {row}", ids),
        scope.book.text(f"SELECT place {row}", ids),
        scope.book.fact(Kind.DATE, f"SELECT starts_at {row}", ids),
    )


def _problem(scope: Scope, number: int) -> tuple[Fact, Fact]:
    ids = f"SELECT message_id FROM problem_messages WHERE number = {number}"
    row = f"FROM problems WHERE number = {number}"
    return (
        scope.book.number(f"SELECT number {row}", ids),
        scope.book.text(f"SELECT name {row}", ids),
    )


def _passport(scope: Scope, number: int) -> Passport:
    row = f"number = {number} AND place"
    places = scope.evidence.rows(
        f"SELECT place FROM passports WHERE number = {number} ORDER BY place LIMIT {SENTENCES}"
    )
    sentences = [
        scope.book.text(
            f"SELECT text FROM passports WHERE {row} = {place}",
            f"SELECT message_id FROM passport_messages WHERE {row} = {place}",
        )
        for (place,) in places
    ]
    return Passport(*_problem(scope, number), tuple(sentences))
