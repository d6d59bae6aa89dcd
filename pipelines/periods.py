"""Weeks or days that end with a given day, and what the calendar says of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from otklik.datasets.errors import BadSettings
from otklik.serving.calendar_rules import CalendarRules
from otklik.serving.work_calendar import WorkCalendar

Floats = npt.NDArray[np.float64]

ZONE = "Europe/Moscow"
DAYS_IN = {"week": 7, "day": 1}
_EPOCH = date(1970, 1, 1)
_WORKDAYS = 5


@dataclass(frozen=True, slots=True)
class Periods:
    """Consecutive periods of one length, the last of which ends the day before `until`.

    Parameters
    ----------
    until : date
        First day that is no longer counted, in local time.
    n : int
        How many periods.
    unit : str
        "week" (any seven days, so that a run on a Wednesday sees whole weeks) or "day".
    zone : str
        IANA name of the zone in which days begin.
    """

    until: date
    n: int
    unit: str = "week"
    zone: str = ZONE

    def __post_init__(self) -> None:
        """Check the unit.

        Raises
        ------
        BadSettings
            Neither "week" nor "day".
        """
        if self.unit not in DAYS_IN:
            raise BadSettings(f'unit is {self.unit!r}; expected "week" or "day".')

    @property
    def days(self) -> int:
        """Days in a period."""
        return DAYS_IN[self.unit]

    def start(self, number: int) -> date:
        """First day of a period, counted from 0."""
        return self.until - timedelta(days=self.days * (self.n - number))

    def dates(self) -> Iterator[date]:
        """Every day of all periods."""
        first = self.start(0)
        return (first + timedelta(days=number) for number in range(self.days * self.n))

    def place(self, moments: "pd.Series[pd.Timestamp]") -> npt.NDArray[np.int64]:
        """Number of the period of each moment, -1 outside and where there is none.

        Parameters
        ----------
        moments : Series of datetime64[ns, UTC], shape (n,)
        """
        local = moments.dt.tz_convert(self.zone).dt.tz_localize(None)
        known = local.notna().to_numpy()
        days = np.full(len(local), -1, np.int64)
        stamps = local[known].to_numpy().astype("datetime64[D]").astype(np.int64)
        days[known] = (stamps - (self.start(0) - _EPOCH).days) // self.days
        days[(days < 0) | (days >= self.n)] = -1
        return days

    def off_days(self) -> Floats:
        """Mondays to Fridays that are not worked, as a share of the period, shape (n,)."""
        calendar = WorkCalendar(CalendarRules(), ZoneInfo(self.zone))
        off = [day.weekday() < _WORKDAYS and not calendar.is_working(day) for day in self.dates()]
        found: Floats = np.array(off, dtype=np.float64).reshape(self.n, self.days).mean(axis=1)
        return found

    def weekdays(self) -> npt.NDArray[np.int64]:
        """Weekday of the first day of each period, Monday is 0, shape (n,)."""
        return (self.start(0).weekday() + self.days * np.arange(self.n)) % 7

    def years(self) -> Floats:
        """Middle of each period in years before `until`: negative, shape (n,)."""
        middles: Floats = np.arange(self.n, dtype=np.float64) + 0.5 - self.n
        return middles * (self.days / 365.25)


def periods_of(
    moments: "pd.Series[pd.Timestamp]",
    until: date | None = None,
    *,
    unit: str = "week",
    zone: str = ZONE,
    most: int | None = None,
) -> Periods:
    """As many whole periods as lie between the first message and `until`.

    Parameters
    ----------
    until : date or None
        The day after the last message where None.
    most : int or None
        No more periods than this, the latest.

    Raises
    ------
    BadSettings
        Neither "week" nor "day".
    """
    local = moments.dropna().dt.tz_convert(zone)
    if until is None:
        until = local.max().date() + timedelta(days=1) if len(local) else _EPOCH
    none = Periods(until, 0, unit, zone)
    if not len(local):
        return none
    n = max(0, (until - local.min().date()).days // none.days)
    return Periods(until, n if most is None else min(n, most), unit, zone)
