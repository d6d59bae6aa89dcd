"""An event that messages tell of, while it is open: what the next message is compared with."""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import numpy as np

from otklik.models.incident_families import Scope, scope_of
from otklik.models.incident_signal import Signal, Vector, Wording, is_copy

FIRST_GAP_S = 240.0
"""Expected wait for the next report of an event of which one is known."""
_FORGET = 0.3
_PATIENCE = 10
_LEAST_OPEN_S, _MOST_OPEN_S = 3600.0, 43_200.0
_LASTS = timedelta(hours=40)
_KEPT, _KEPT_WORDINGS = 200, 50
"""Authors, points and wordings that are remembered; an event of so many is proven."""
_PLACES = ("streets", "houses", "districts", "assets")


@dataclass
class Event:
    """Messages that may tell of one event.

    Parameters
    ----------
    number : int
        Id of its first message: the lasting number.
    family : str
        Kind of event, see `otklik.models.incident_families`.
    gap_s : float
        How long the next report is waited for, smoothed, in seconds.
    evidence : float
        Logarithm of the odds that this is one event and no coincidence.
    n_independent : int
        Messages that no author sent before and that repeat no other's words.
    flagged_at : datetime or None
        Moment of the message that made it a mass incident.
    sense : float32 of shape (dim,) or None
        Sum of the vectors of its messages; None where none was encoded.
    """

    number: int
    family: str
    first_at: datetime
    last_at: datetime
    evidence: float
    gap_s: float = FIRST_GAP_S
    n_messages: int = 0
    n_independent: int = 0
    flagged_at: datetime | None = None
    topics: Counter[str] = field(default_factory=Counter)
    streets: Counter[str] = field(default_factory=Counter)
    houses: Counter[str] = field(default_factory=Counter)
    districts: Counter[str] = field(default_factory=Counter)
    assets: Counter[str] = field(default_factory=Counter)
    points: list[tuple[float, float]] = field(default_factory=list)
    authors: set[str] = field(default_factory=set)
    wordings: list[Wording] = field(default_factory=list)
    sense: Vector | None = None

    @classmethod
    def open(cls, signal: Signal, evidence: float) -> Self:
        """An event that one message tells of."""
        event = cls(signal.number, signal.family, signal.at, signal.at, evidence)
        event.add(signal, 0.0)
        return event

    @property
    def scope(self) -> Scope:
        """How far it reaches."""
        return scope_of(self.family)

    @property
    def closes_at(self) -> datetime:
        """When silence will have lasted so long that the event is over; no event lasts for ever."""
        wait_s = min(max(_PATIENCE * self.gap_s, _LEAST_OPEN_S), _MOST_OPEN_S)
        return min(self.last_at + timedelta(seconds=wait_s), self.first_at + _LASTS)

    @property
    def n_authors(self) -> int:
        """Authors that are known."""
        return len(self.authors)

    def gap_to(self, at: datetime) -> float:
        """Seconds between a moment and the event, 0 within it."""
        if at < self.first_at:
            return (self.first_at - at).total_seconds()
        return max(0.0, (at - self.last_at).total_seconds())

    def gap_between(self, other: Self) -> float:
        """Seconds between two events, 0 where they overlap."""
        if other.first_at > self.last_at:
            return (other.first_at - self.last_at).total_seconds()
        return max(0.0, (self.first_at - other.last_at).total_seconds())

    def is_independent(self, signal: Signal) -> bool:
        """Whether a message is another person's own word."""
        if signal.author is not None and signal.author in self.authors:
            return False
        anonymous = signal.author is None
        return not any(is_copy(signal.wording, one, anonymous=anonymous) for one in self.wordings)

    def add(self, signal: Signal, gain: float) -> bool:
        """Take a message in; evidence grows only where it is another person's own word.

        Returns
        -------
        bool
            Whether it is.
        """
        independent = self.is_independent(signal)
        if self.n_messages:
            self.gap_s += _FORGET * (self.gap_to(signal.at) - self.gap_s)
        self.first_at, self.last_at = min(self.first_at, signal.at), max(self.last_at, signal.at)
        self.n_messages += 1
        if independent:
            self.n_independent += 1
            self.evidence += gain
            if len(self.wordings) < _KEPT_WORDINGS:
                self.wordings.append(signal.wording)
        if signal.author is not None and len(self.authors) < _KEPT:
            self.authors.add(signal.author)
        self.topics[signal.topic] += 1
        for counter, value in (
            (self.streets, signal.street),
            (self.houses, signal.house),
            (self.districts, signal.place.district),
            (self.assets, signal.asset),
        ):
            if value:
                counter[value] += 1
        self._add_sense(signal.vector)
        point = signal.place.latitude, signal.place.longitude
        if point[0] is not None and point[1] is not None and len(self.points) < _KEPT:
            self.points.append((point[0], point[1]))
        return independent

    def _add_sense(self, vector: Vector | None) -> None:
        if vector is None:
            return
        if self.sense is None or self.sense.shape != vector.shape:
            self.sense = vector  # another encoder: the old vectors say nothing beside its own
        else:
            self.sense = self.sense + vector

    def absorb(self, other: Self) -> None:
        """Take in an event that turns out to be this one."""
        self.first_at = min(self.first_at, other.first_at)
        self.last_at = max(self.last_at, other.last_at)
        moments = [one for one in (self.flagged_at, other.flagged_at) if one]
        self.flagged_at = min(moments, default=None)
        self.n_messages += other.n_messages
        for wording in other.wordings:
            if not any(is_copy(wording, one, anonymous=False) for one in self.wordings):
                self.n_independent += 1
                if len(self.wordings) < _KEPT_WORDINGS:
                    self.wordings.append(wording)
        self.authors |= other.authors
        for name in ("topics", *_PLACES):
            getattr(self, name).update(getattr(other, name))
        self._add_sense(other.sense)
        self.points += other.points[: _KEPT - len(self.points)]

    def to_state(self) -> dict[str, Any]:
        """What the store keeps beside its columns, as JSON."""
        return {
            "gap_s": self.gap_s,
            "evidence": self.evidence,
            "topics": dict(self.topics),
            **{name: dict(getattr(self, name)) for name in _PLACES},
            "points": [list(point) for point in self.points],
            "authors": sorted(self.authors),
            "wordings": [sorted(wording) for wording in self.wordings],
            "n_independent": self.n_independent,
            "sense": None if self.sense is None else pack(self.sense),
        }

    @classmethod
    def from_state(cls, row: Mapping[str, Any]) -> Self:
        """An event from its columns and its `state`."""
        state = row["state"]
        return cls(
            number=row["number"],
            family=row["family"],
            first_at=row["first_at"],
            last_at=row["last_at"],
            evidence=state["evidence"],
            gap_s=state["gap_s"],
            n_messages=row["n_messages"],
            n_independent=state["n_independent"],
            flagged_at=row["flagged_at"],
            topics=Counter(state["topics"]),
            **{name: Counter(state[name]) for name in _PLACES},
            points=[(latitude, longitude) for latitude, longitude in state["points"]],
            authors=set(state["authors"]),
            wordings=[frozenset(wording) for wording in state["wordings"]],
            sense=unpack(state["sense"]) if state["sense"] else None,
        )


def pack(vector: Vector) -> str:
    """A vector as text: float32, little-endian, base 64."""
    return b64encode(np.ascontiguousarray(vector, "<f4").tobytes()).decode()


def unpack(packed: str) -> Vector:
    """The vector that was packed: float32 of shape (dim,)."""
    return np.frombuffer(b64decode(packed), "<f4").astype(np.float32)
