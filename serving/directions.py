"""Where a message goes and by when: the place in which routing is plugged in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from otklik.datasets.records import Place


@dataclass(frozen=True, slots=True)
class Directed:
    """What is known of a message when its recipient is sought.

    Parameters
    ----------
    source, kind : str or None
        Where it came in and how it was filed.
    rubricator, topic, group : str
        Version, and codes of the likeliest topic and group.
    place : Place
        As resolved.
    importance : int
        1 to 5.
    received_at : datetime
        With a time zone: the clock starts here.
    """

    source: str | None
    kind: str | None
    rubricator: str
    topic: str
    group: str
    place: Place
    importance: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Direction:
    """Recipients, the first one leading, why, and the deadline with its legal basis."""

    recipients: tuple[str, ...] = ()
    deadline: datetime | None = None
    basis: str | None = None
    reason: str | None = None


class Directs(Protocol):
    """Finds recipients and deadlines; called in worker threads, so it must be safe to share."""

    def direct(self, message: Directed) -> Direction:
        """Recipients and deadline of one message."""
        ...


class NoDirections:
    """Names nobody and no deadline: what answers while no routing is set up."""

    def direct(self, message: Directed) -> Direction:
        """Nobody."""
        return Direction()
