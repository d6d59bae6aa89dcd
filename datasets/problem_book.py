"""The state of every problem, built from the ledger one entry after the other and from it alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from otklik.datasets.errors import LedgerMismatch
from otklik.datasets.ledger import Change, Entry

FACTS = ("group", "topic", "district", "street", "street_key", "asset", "recipient")
"""What a problem is about; None where it is about no one thing of the kind."""


class Status(StrEnum):
    """Whether a problem goes on."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(slots=True)
class ProblemState:
    """One problem as it stands.

    Parameters
    ----------
    facts : dict
        The `FACTS`.
    first_at, last_at : datetime
        When its first and its last message were written, as the ledger noted it.
    cells : set of str
        «Mechanism @ place», the cells whose messages it takes in.
    merged_into : int or None
        The problem that took its messages over.
    changed_at : datetime
        When it was born, closed or reopened last.
    named_by : str or None
        Role of the person whose name it bears: the weekly run leaves that name alone.
    bound : set of str
        Cells that a person joined: the weekly run never parts them.
    apart : set of int
        Problems that a person parted from this one: the weekly run never joins them.
    centre : str or None
        Middle of its last messages when it was closed, to know it again by.
    """

    number: int
    name: str
    facts: dict[str, str | None]
    first_at: datetime
    last_at: datetime
    changed_at: datetime
    message_ids: set[int] = field(default_factory=set)
    cells: set[str] = field(default_factory=set)
    status: Status = Status.OPEN
    merged_into: int | None = None
    named_by: str | None = None
    bound: set[str] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)
    centre: str | None = None

    @property
    def group(self) -> str | None:
        """Group of topics."""
        return self.facts.get("group")

    @property
    def topic(self) -> str | None:
        """Topic."""
        return self.facts.get("topic")

    @property
    def district(self) -> str | None:
        """District of the city."""
        return self.facts.get("district")

    @property
    def street(self) -> str | None:
        """Street for people."""
        return self.facts.get("street")

    @property
    def street_key(self) -> str | None:
        """Normal form of the street («ленина|улица»)."""
        return self.facts.get("street_key")

    @property
    def asset(self) -> str | None:
        """Named object."""
        return self.facts.get("asset")

    @property
    def recipient(self) -> str | None:
        """Who must answer."""
        return self.facts.get("recipient")


class ProblemBook:
    """Every problem that ever was, and which message belongs to which."""

    def __init__(self) -> None:
        self.problems: dict[int, ProblemState] = {}
        self.holders: dict[int, int] = {}

    @classmethod
    def replay(cls, entries: Iterable[Entry]) -> Self:
        """Build the state that a ledger leads to.

        Raises
        ------
        LedgerMismatch
            An entry does not fit what stood before it.
        """
        book = cls()
        for entry in entries:
            book.apply(entry)
        return book

    @property
    def next_number(self) -> int:
        """A number that no problem ever had."""
        return 1 + max(self.problems, default=0)

    def live(self, number: int) -> int:
        """The number under which a problem goes on: its own, or that of what it was merged into."""
        while (into := self.problems[number].merged_into) is not None:
            number = into
        return number

    def apply(self, entry: Entry) -> None:
        """Make one change.

        Raises
        ------
        LedgerMismatch
            It does not fit the state; nothing is changed for good then: drop this book.
        """
        if entry.change in (Change.BORN, Change.SPLIT):
            self._found(entry)
        elif entry.change is Change.MERGED:
            self._merge(entry)
        else:
            self._change(entry)

    def _found(self, entry: Entry) -> None:
        if entry.number in self.problems:
            raise _misfit(entry, "the number is taken")
        details = entry.details
        problem = ProblemState(
            number=entry.number,
            name=details.get("name", ""),
            facts={name: details.get(name) for name in FACTS},
            first_at=_moment(details, "first_at", entry.at),
            last_at=_moment(details, "last_at", entry.at),
            changed_at=entry.at,
            cells=set(details.get("cells", ())),
            named_by=entry.role,
        )
        if entry.change is Change.SPLIT:
            parent = self._known(entry, entry.other)
            self._leave(entry, parent)
            if entry.role is not None:
                problem.apart, parent.apart = {parent.number}, parent.apart | {problem.number}
        self.problems[entry.number] = problem
        self._take(entry, problem)

    def _leave(self, entry: Entry, parent: ProblemState) -> None:
        """Messages and cells leave the problem that another one is split from."""
        for message_id in entry.message_ids:
            if self.holders.get(message_id) == parent.number:
                parent.message_ids.discard(message_id)
                del self.holders[message_id]
        left = set(entry.details.get("left_cells", ()))
        parent.cells -= left
        parent.bound -= left
        parent.last_at = _moment(entry.details, "parent_last_at", parent.last_at)

    def _merge(self, entry: Entry) -> None:
        problem, into = self._known(entry, entry.number), self._known(entry, entry.other)
        if problem is into or Status.MERGED in (problem.status, into.status):
            raise _misfit(entry, "one of the two goes on under another number")
        if set(entry.message_ids) != problem.message_ids:
            raise _misfit(entry, "it names other messages than the problem has")
        if entry.role is not None:
            into.bound |= problem.cells | into.cells
            into.apart.discard(problem.number)
        into.bound |= problem.bound
        for number in problem.apart - {into.number}:
            self.problems[number].apart.add(into.number)
            into.apart.add(number)
        into.cells |= problem.cells
        into.message_ids |= problem.message_ids
        self.holders.update(dict.fromkeys(problem.message_ids, into.number))
        into.first_at = min(into.first_at, problem.first_at)
        into.last_at = max(into.last_at, problem.last_at)
        if problem.status is Status.OPEN and into.status is Status.CLOSED:
            into.status, into.changed_at, into.centre = Status.OPEN, entry.at, None
        problem.message_ids, problem.cells, problem.bound = set(), set(), set()
        problem.status, problem.merged_into, problem.changed_at = (
            Status.MERGED,
            into.number,
            entry.at,
        )

    def _change(self, entry: Entry) -> None:
        problem = self._known(entry, entry.number)
        wanted = Status.CLOSED if entry.change is Change.REOPENED else Status.OPEN
        if entry.change is not Change.RENAMED and problem.status is not wanted:
            raise _misfit(entry, f"the problem is {problem.status}")
        details = entry.details
        if entry.change is Change.RENAMED:
            problem.name, problem.named_by = details["name"], entry.role
        elif entry.change is Change.CLOSED:
            problem.status, problem.changed_at = Status.CLOSED, entry.at
            problem.centre = details.get("centre")
        else:
            if entry.change is Change.REOPENED:
                problem.status, problem.changed_at = Status.OPEN, entry.at
                problem.centre = None
            problem.first_at = min(problem.first_at, _moment(details, "first_at", entry.at))
            problem.last_at = max(problem.last_at, _moment(details, "last_at", problem.last_at))
            problem.cells |= set(details.get("cells", ()))
            self._take(entry, problem)

    def _take(self, entry: Entry, problem: ProblemState) -> None:
        for message_id in entry.message_ids:
            if message_id in self.holders:
                raise _misfit(entry, f"message {message_id} is of {self.holders[message_id]}")
            self.holders[message_id] = problem.number
        problem.message_ids.update(entry.message_ids)

    def _known(self, entry: Entry, number: int | None) -> ProblemState:
        if number is None or number not in self.problems:
            raise _misfit(entry, f"there is no problem {number}")
        return self.problems[number]


def _moment(details: Mapping[str, Any], name: str, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(details[name]) if name in details else otherwise


def _misfit(entry: Entry, why: str) -> LedgerMismatch:
    when = entry.week or entry.role
    return LedgerMismatch(
        f"Ledger of problems: «{entry.change}» of problem {entry.number} ({when}) does not fit: "
        f"{why}. Restore the database from its copy, or report this line."
    )
