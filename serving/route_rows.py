"""Rows of a routing file: who answers, by when, and which row is more specific."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, model_validator

from otklik.datasets.records import Kind
from otklik.serving.calendar_rules import Strict
from otklik.serving.deadline import DayOffRule, Term, Unit

TO_CONFIRM = "уточнить у заказчика"
"""Stands where no act is known; `otklik route check` counts such rows."""

Names = tuple[Annotated[str, Field(min_length=1)], ...]


class Stage(StrEnum):
    """What has to be done by the deadline."""

    REGISTRATION = "registration"
    FORWARD = "forward"
    ANSWER = "answer"
    INTERIM = "interim"
    FINAL = "final"
    EXTENSION = "extension"


class Event(StrEnum):
    """What sets the clock going."""

    RECEIVED = "received"
    REGISTERED = "registered"
    INTERIM = "interim"


@dataclass(frozen=True, slots=True)
class Case:
    """What the rows are asked about.

    Parameters
    ----------
    group : str
        Code of the group of topics.
    topic : str or None
        Code of the topic; None where only the group is known.
    district : str or None
        Present official name; None where unknown.
    source : str
        «im», «pos», ….
    on : date
        Day on which the rows must be in force.
    kind : Kind
        How the message was filed.
    importance : int
        From 1 to 5; 0 unknown.
    """

    group: str
    topic: str | None
    district: str | None
    source: str
    on: date
    kind: Kind = Kind.MESSAGE
    importance: int = 0


class Row(Strict):
    """What rows of both tables have. An empty condition takes everything.

    Parameters
    ----------
    topics, groups : tuple of str
        Codes of the rubricator; one of the two, or none.
    sources : tuple of str
        Systems that messages come from.
    priority : int
        The higher one wins before anything is compared: the way out of a conflict.
    valid_from, valid_to : date or None
        First and last day in force.
    note : str
        For people.
    """

    topics: Names = ()
    groups: Names = ()
    sources: Names = ()
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""
    _line: int = PrivateAttr(default=0)
    _number: int = PrivateAttr(default=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.topics and self.groups:
            raise ValueError("a row names topics or groups, not both: make two rows")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(
                f"valid_to {self.valid_to} is before valid_from {self.valid_from}: "
                "the row is never in force"
            )
        return self

    @property
    def line(self) -> int:
        """Where the row stands in its file, from 1."""
        return self._line

    @property
    def number(self) -> int:
        """Which row of its table it is, from 0; two rows may stand in one line."""
        return self._number

    def place(self, number: int, line: int) -> None:
        """Remember where the row stands; called once, by the reader."""
        self._number = number
        self._line = line

    @property
    def topic_level(self) -> int:
        """2 for topics, 1 for groups, 0 for all."""
        return 2 if self.topics else int(bool(self.groups))

    @property
    def levels(self) -> tuple[int, ...]:
        """How specific the row is in each of its conditions."""
        raise NotImplementedError

    @property
    def value(self) -> tuple[object, ...]:
        """What the row decides: equal values never contradict each other."""
        raise NotImplementedError

    def in_force(self, on: date) -> bool:
        """Whether the row counts on that day."""
        return (self.valid_from or on) <= on <= (self.valid_to or on)

    def matches(self, case: Case) -> bool:
        """Whether the conditions hold and the row is in force."""
        return (
            self.in_force(case.on)
            and (not self.topics or case.topic in self.topics)
            and (not self.groups or case.group in self.groups)
            and (not self.sources or case.source in self.sources)
        )

    def beats(self, other: "Row") -> bool:
        """Whether the row is at least as specific as the other in every condition."""
        return all(mine >= its for mine, its in zip(self.levels, other.levels, strict=True))

    def conditions(self) -> str:
        """The conditions in a few words, for messages."""
        period = self.valid_from or self.valid_to
        dates = f"{self.valid_from or '…'} to {self.valid_to or '…'}" if period else ""
        return _words([*self.topics, *self.groups], self.sources, [dates])


class RouteRow(Row):
    """Who answers.

    Parameters
    ----------
    districts : tuple of str
        Present official names; a row without them is also for messages of no known district.
    recipients : tuple of str
        Codes; the first is responsible, the others take part (joint competence).
    basis : str
        The act that gives them the matter.
    """

    districts: Names = ()
    recipients: Annotated[Names, Field(min_length=1)]
    basis: str = ""

    @model_validator(mode="after")
    def _check_recipients(self) -> Self:
        if len(set(self.recipients)) < len(self.recipients):
            raise ValueError(f"a recipient stands twice in {list(self.recipients)}")
        return self

    @property
    def levels(self) -> tuple[int, ...]:
        """Of topic, district and source."""
        return self.topic_level, int(bool(self.districts)), int(bool(self.sources))

    @property
    def value(self) -> tuple[object, ...]:
        """The recipients, in order."""
        return self.recipients

    def matches(self, case: Case) -> bool:
        """Whether the conditions hold and the row is in force."""
        return super().matches(case) and (not self.districts or case.district in self.districts)

    def conditions(self) -> str:
        """The conditions in a few words."""
        return _words([super().conditions()], self.districts)


class DeadlineRow(Row):
    """By when.

    Parameters
    ----------
    kind : Kind
        Never empty: a row for messages must not shorten or lengthen the term of an appeal.
    stage : Stage
        What has to be done.
    importance : tuple of int
        From 1 to 5.
    amount, unit, on_day_off : int, Unit, DayOffRule
        See `otklik.serving.deadline`.
    starts : Event
        What sets the clock going.
    calendar : str or None
        Calendar of the file; by default its usual one.
    basis : str
        The act with article, or the mark «уточнить у заказчика».
    """

    kind: Kind
    stage: Stage = Stage.ANSWER
    importance: tuple[Annotated[int, Field(ge=1, le=5)], ...] = ()
    amount: int = Field(gt=0, le=10_000, strict=True)
    unit: Unit
    on_day_off: DayOffRule = DayOffRule.PREVIOUS
    starts: Event = Event.RECEIVED
    calendar: str | None = None
    basis: str = ""

    @property
    def term(self) -> Term:
        """Amount, unit and rule for days off."""
        return Term(self.amount, self.unit, self.on_day_off)

    @property
    def levels(self) -> tuple[int, ...]:
        """Of topic, source and importance."""
        return self.topic_level, int(bool(self.sources)), int(bool(self.importance))

    @property
    def value(self) -> tuple[object, ...]:
        """Everything that decides the moment and its basis."""
        return self.amount, self.unit, self.on_day_off, self.starts, self.calendar, self.basis

    def matches(self, case: Case) -> bool:
        """Whether the conditions hold and the row is in force; the stage is the caller's."""
        return (
            self.kind is case.kind
            and super().matches(case)
            and (not self.importance or case.importance in self.importance)
        )

    def conditions(self) -> str:
        """The conditions in a few words."""
        marks = [f"importance {number}" for number in self.importance]
        return _words([self.kind, self.stage], [super().conditions()], marks)


def _words(*parts: Iterable[str]) -> str:
    given = [", ".join(part) for part in map(list, parts) if any(part)]
    return " × ".join(given) or "everything"
