"""The planted truth of a made-up city: what a good analysis of its messages would find."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from otklik.datasets.city_drafts import Draft


@dataclass(frozen=True, slots=True)
class Cause:
    """A root cause: an asset fails by a mechanism, and its topics are written about more often.

    Ordinary messages of the cell (topics × streets of the asset × period) would number `expected`;
    the whole cell numbers `ratio` times that on average, and `ids` are the surplus. `starts` is
    the first day and `ends` the day after the last, ISO dates. `official_class` is the class of
    cause that officials name, another one where they mislead.
    """

    mechanism: str
    cause_class: str
    official_class: str
    asset: str
    network: str
    streets: tuple[str, ...]
    topics: tuple[str, ...]
    recipients: tuple[str, ...]
    starts: str
    ends: str
    ratio: float
    expected: float
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rise:
    """A rise of one factor alone: one "topic", "district", "channel" or "recipient"."""

    dimension: str
    value: str
    starts: str
    ends: str
    ratio: float
    expected: float
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """One sudden event that many report. `starts` is the moment of the first message.

    `house` is set where the event lies at one house; `twin` is the code of another event of the
    same kind in the same street; `work` that of the planned work that explains it.
    """

    code: str
    kind: str
    topic: str
    asset: str
    streets: tuple[str, ...]
    house: str
    starts: str
    ends: str
    twin: str
    work: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """A planned work as the calendar announces it."""

    code: str
    topic: str
    asset: str
    streets: tuple[str, ...]
    starts: str
    ends: str
    notice: str


@dataclass(frozen=True, slots=True)
class ProblemEvent:
    """What happened to a problem: born, grew, merged, split, closed or reopened.

    `week` counts from 0, seven days from the first of the year each; `other` is the problem that
    it merged into or split from.
    """

    week: int
    event: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class LastingProblem:
    """A trouble that lasts for weeks at one place."""

    code: str
    scenario: str
    topic: str
    asset: str
    streets: tuple[str, ...]
    events: tuple[ProblemEvent, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copies:
    """Messages with the words of the first: a "resend", a "repost" elsewhere or a "brigade"."""

    kind: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A second petition, and the first one, whose answer helped nothing."""

    ids: tuple[str, ...] = ()


Record = TypeVar("Record", Cause, Rise, Incident, LastingProblem, Copies, Repeat)


@dataclass(slots=True)
class Planted(Generic[Record]):
    """A record of truth with the messages that it speaks of, which have no ids yet."""

    record: Record
    drafts: list[Draft]


@dataclass(frozen=True)
class Truth:
    """Everything that was planted in one city.

    `null` cities hold no cause, rise, incident or problem: only what residents and offices do
    everywhere (copies, repeats, false «решено»). `qualities` gives the quality of every answer
    and `false_solved` the messages whose «решено» is false.
    """

    seed: int
    null: bool
    n_messages: int
    causes: tuple[Cause, ...]
    rises: tuple[Rise, ...]
    incidents: tuple[Incident, ...]
    works: tuple[Work, ...]
    problems: tuple[LastingProblem, ...]
    copies: tuple[Copies, ...]
    repeats: tuple[Repeat, ...]
    false_solved: tuple[str, ...]
    qualities: dict[str, str]
    assets: dict[str, dict[str, Any]]

    def to_json(self) -> str:
        """JSON, indented, the same bytes for the same truth."""
        return json.dumps({"synthetic": True, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"


def settle(planted: Iterable[Planted[Record]]) -> tuple[Record, ...]:
    """Records with the ids that their messages got."""
    return tuple(
        replace(one.record, ids=tuple(draft.message_id for draft in one.drafts)) for one in planted
    )


def moment(start: datetime, seconds: int) -> str:
    """ISO form of a moment, from seconds since the start of the year."""
    return datetime.fromtimestamp(start.timestamp() + seconds, start.tzinfo).isoformat()
