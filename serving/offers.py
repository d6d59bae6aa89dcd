"""What the command that starts the service lends it: work that lies to the right of `serving`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otklik.datasets.errors import OtklikError


class Declined(OtklikError):
    """Lent work was not done; the message says why, for whoever asked.

    Parameters
    ----------
    message : str
    store : bool
        The database refused, not what was given.
    """

    def __init__(self, message: str, *, store: bool = False) -> None:
        super().__init__(message)
        self.store = store


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rows of a file.

    Parameters
    ----------
    counts : mapping
        `read`, `stored`, `changed`, `unchanged`, `rejected`, `duplicates`.
    reasons : mapping
        Rejected rows by reason.
    rejects : tuple of mappings
        The first of them, masked: `line`, `column`, `value`, `reason`.
    """

    counts: Mapping[str, int]
    reasons: Mapping[str, int] = field(default_factory=dict)
    rejects: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Promoted:
    """Who answers after a promotion, and the gates that were asked."""

    champion: str
    before: str | None
    bundle: str
    gates: tuple[Mapping[str, Any], ...] = ()


Import = Callable[[Path, str, bool], Awaitable[Imported]]
"""File, preset, whether to write nothing → what became of it; raises `Declined`."""
Promote = Callable[[int | None, str, str], Awaitable[Promoted]]
"""Version (the challenger without it), reason past closed gates, who → raises `Declined`."""
Mend = Callable[[], Awaitable[None]]
"""Bring the pages of the registry up to its history."""


@dataclass(frozen=True, slots=True)
class Offers:
    """Each is None where the service was started without it; then its route refuses."""

    bring_in: Import | None = None
    promote: Promote | None = None
    mend: Mend | None = None


NOTHING = Offers()
