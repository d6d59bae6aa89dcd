"""Facts: every number of a report is a query over the stored week, with the messages behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from math import inf
from typing import Any

from otklik.datasets.errors import Contradiction
from otklik.pipelines import report_wording as wording
from otklik.pipelines.fact_base import Evidence, Row


class Kind(StrEnum):
    """How the answer of a query is written."""

    COUNT = "count"
    NUMBER = "number"
    EXPECTED = "expected"
    CHANGE = "change"
    SHARE = "share"
    DURATION = "duration"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Fact:
    """One answer of the stored week.

    Parameters
    ----------
    id : str
        «Ф12»: its place in the report.
    kind : Kind
        A count (of messages), a number (of anything else), a text, or an estimate, which has three
        values: middle, low, high.
    query : str
        SQL over the stored tables; its first row is `values`.
    ids_query : str or None
        SQL that gives the ids of the messages behind it; a count must count them.
    values : tuple
        As the query gave them.
    """

    id: str
    kind: Kind
    query: str
    ids_query: str | None
    values: Row

    @property
    def number(self) -> float:
        """The (middle) number, for the form of the noun after it; 0 where there are no data."""
        value = self.values[0]
        return value if isinstance(value, int | float) else 0

    @property
    def known(self) -> bool:
        """Whether there are data."""
        return self.values[0] is not None

    @property
    def shown(self) -> str:
        """What a reader sees."""
        return show(self.kind, self.values)

    def record(self) -> dict[str, Any]:
        """As it is stored, with what is shown."""
        return {**asdict(self), "values": list(self.values), "shown": self.shown}


def show(kind: Kind, values: Row) -> str:
    """Write an answer in Russian; «нет данных» where there is none."""
    first = values[0]
    if first is None:
        return wording.NO_DATA
    if isinstance(first, str):
        return wording.date_text(date.fromisoformat(first[:10])) if kind is Kind.DATE else first
    if kind in (Kind.COUNT, Kind.NUMBER):
        return wording.whole(first)
    if kind is Kind.CHANGE:
        return wording.signed(first)
    if kind is Kind.TEXT:
        return str(first)
    low, high = (inf if value is None else float(value) for value in values[1:3])
    match kind:
        case Kind.SHARE:
            return wording.share_text(first, low, high)
        case Kind.DURATION:
            return wording.duration_text(first, low, high)
        case _:
            return wording.expected_text(first, low, high)


class FactBook:
    """The facts of one report, in the order of their first use.

    Parameters
    ----------
    report : str
        Name of the report.
    evidence : Evidence
        The stored week.
    """

    def __init__(self, report: str, evidence: Evidence) -> None:
        self.report = report
        self.evidence = evidence
        self._facts: dict[tuple[Kind, str], Fact] = {}

    def fact(self, kind: Kind, query: str, ids: str | None = None) -> Fact:
        """Ask, or return the fact that has asked the same before.

        Raises
        ------
        Contradiction
            A count is not the number of messages behind it.
        """
        query = " ".join(query.split())
        known = self._facts.get((kind, query))
        if known is not None:
            return known
        values = self.evidence.row(query)
        name = f"Ф{len(self._facts) + 1}"
        fact = Fact(name, kind, query, " ".join(ids.split()) if ids else None, values)
        if kind is Kind.COUNT and fact.ids_query and fact.known:
            self._check_ids(fact)
        self._facts[kind, query] = fact
        return fact

    def count(self, query: str, ids: str | None = None) -> Fact:
        """A count; see `fact`."""
        return self.fact(Kind.COUNT, query, ids)

    def text(self, query: str, ids: str | None = None) -> Fact:
        """A text; see `fact`."""
        return self.fact(Kind.TEXT, query, ids)

    def number(self, query: str, ids: str | None = None) -> Fact:
        """A number of something else than messages; see `fact`."""
        return self.fact(Kind.NUMBER, query, ids)

    def counted(self, condition: str) -> Fact:
        """Number of messages that meet a condition."""
        return self.count(
            f"SELECT count(*) FROM messages WHERE {condition}",
            f"SELECT id FROM messages WHERE {condition}",
        )

    def must_sum(self, total: Fact, parts: Iterable[Fact], what: str) -> None:
        """Require that parts make the whole.

        Raises
        ------
        Contradiction
            They do not.
        """
        parts = list(parts)
        added = sum(part.number for part in parts)
        if added != total.number:
            raise Contradiction(
                f"Report {self.report!r}: {what}: the parts sum to {added:g}, the whole is "
                f"{total.number:g} ({total.id}: {total.query}). Nothing was published; "
                "rebuild the week, or report the tables that disagree."
            )

    def facts(self) -> Sequence[Fact]:
        """Every fact, in order."""
        return list(self._facts.values())

    def by_id(self, name: str) -> Fact:
        """A fact by its place."""
        return next(fact for fact in self._facts.values() if fact.id == name)

    def records(self) -> list[dict[str, Any]]:
        """As they are stored."""
        return [fact.record() for fact in self.facts()]

    def _check_ids(self, fact: Fact) -> None:
        assert fact.ids_query is not None
        _, found = self.evidence.amount(fact.ids_query)
        if found != fact.number:
            raise Contradiction(
                f"Report {self.report!r}: {fact.id} says {fact.number:g} ({fact.query}), but "
                f"{found} messages are behind it ({fact.ids_query}). Nothing was published."
            )
