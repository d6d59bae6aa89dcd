"""The period that questions are ranked over: whole weeks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from otklik.datasets.dates import load_zone
from otklik.datasets.errors import BadWeek
from otklik.datasets.schema import MESSAGES
from otklik.datasets.settings import Settings
from otklik.datasets.store import Store
from otklik.pipelines.week import Week

USUAL = 8
"""Weeks of the period that is taken without being named."""


@dataclass(frozen=True, slots=True)
class VotePeriod:
    """Weeks from `first` to `last`, both included."""

    first: Week
    last: Week
    since: datetime
    until: datetime

    @property
    def words(self) -> str:
        """Its name for people."""
        if self.first == self.last:
            return self.first.name
        return f"{self.first.name} — {self.last.name}"

    @property
    def weeks(self) -> int:
        """How many weeks."""
        return (self.last.monday - self.first.monday).days // 7 + 1


def read_period(text: str | None, store: Store, settings: Settings) -> VotePeriod:
    """Read «2026-W40..2026-W44», or one week; None means the last weeks with messages.

    Raises
    ------
    BadWeek
        Another form, weeks in the wrong order, or an empty store.
    """
    zone = load_zone(settings.timezone)
    if text is None:
        with store.database.reading() as connection:
            latest = connection.scalar(select(func.max(MESSAGES.c.dated_at)))
        if latest is None:
            raise BadWeek("The store holds no messages yet. Import an export first.")
        last = Week.of(latest.astimezone(zone).date())
        first = last.back(USUAL - 1)
    else:
        weeks = Week.parse_span(text)
        first, last = weeks[0], weeks[-1]
    return VotePeriod(first, last, first.start(zone), last.stop(zone))
