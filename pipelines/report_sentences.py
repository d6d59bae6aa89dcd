"""What the sentences of a report are about: causes, passports, what came back, who is late."""

from dataclasses import dataclass

from otklik.pipelines.fact_base import quoted
from otklik.pipelines.facts import Fact, Kind
from otklik.pipelines.passport import LOW
from otklik.pipelines.report_scope import Scope
from otklik.pipelines.week_counts import CITY
from otklik.pipelines.week_passports import CONFIDENCE

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
class Passport:
    """A problem with the sentences of its passport."""

    number: Fact
    name: Fact
    sentences: tuple[Fact, ...]


def passports(scope: Scope, most: int = PASSPORTS) -> list[Passport]:
    """Passports of the problems with the most messages of the week.

    One that says itself that data are wanting is no help to anybody yet, and left out.
    """
    if not (scope.has("passports") and scope.has("problems")):
        return []
    week = f"(SELECT id FROM messages WHERE week = {scope.name})"
    where = "" if scope.scope == CITY else f'AND p."group" = {quoted(scope.scope)} '
    keys = scope.evidence.rows(
        "SELECT p.number, count(*) AS amount FROM problems p "
        f"JOIN problem_messages m ON m.number = p.number AND m.message_id IN {week} "
        f"WHERE p.number IN (SELECT number FROM passports WHERE section = {quoted(CONFIDENCE)} "
        f"AND text NOT LIKE {quoted(f'%{LOW}%')}) {where}"
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
    return [cause_of(scope, int(cause or 0)) for cause, _ in keys]


def reopened(scope: Scope, most: int) -> list[tuple[Fact, Fact, Fact]]:
    """Number, name and messages of the week of problems that are written about again.

    Those that enough people write about, the most first; copies do not count.
    """
    if not scope.has("problems"):
        return []
    theirs = "SELECT message_id FROM problem_messages m WHERE m.number = problems.number"
    amount = f"(SELECT count(*) FROM ({scope.voices(theirs)}))"
    keys = scope.evidence.rows(
        f"SELECT number FROM problems WHERE {scope.inside}change = 'reopened' "
        f"AND {scope.noticed('problem_messages', 'number')} "
        f"ORDER BY {amount} DESC, number LIMIT {most}"
    )
    return [_reopened(scope, int(number or 0)) for (number,) in keys]


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


def cause_of(scope: Scope, cause: int) -> Cause:
    """A cause by its number."""
    row, ids = f"FROM causes WHERE cause = {cause}", f"cause_messages WHERE cause = {cause}"
    behind = f"SELECT message_id FROM {ids}"
    return Cause(
        scope.book.text(f"SELECT text {row}", behind),
        scope.book.fact(Kind.DATE, f"SELECT starts_at {row}", behind),
        scope.book.count(f"SELECT count(*) FROM {ids}", behind),
        scope.book.number(f"SELECT round(expected) {row}", behind),
    )


def _problem(scope: Scope, number: int) -> tuple[Fact, Fact]:
    ids = f"SELECT message_id FROM problem_messages WHERE number = {number}"
    row = f"FROM problems WHERE number = {number}"
    return (
        scope.book.number(f"SELECT number {row}", ids),
        scope.book.text(f"SELECT name {row}", ids),
    )


def _reopened(scope: Scope, number: int) -> tuple[Fact, Fact, Fact]:
    theirs = f"SELECT message_id FROM problem_messages WHERE number = {number}"
    ids = scope.voices(theirs)
    return (*_problem(scope, number), scope.book.count(f"SELECT count(*) FROM ({ids})", ids))


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
