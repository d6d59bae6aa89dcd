"""The part of a routing file that says when people work: hours, days off, moved days."""

from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Strict(BaseModel):
    """A table of the file: unknown keys are errors, nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _parse_span(value: object) -> object:
    """«09:00-13:00» as two times of day."""
    if not isinstance(value, str):
        return value
    first, dash, last = value.partition("-")
    try:
        span = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError as error:
        raise ValueError(f"{value!r} is no span of hours; write it like '09:00-13:00'") from error
    if not dash or span[0] >= span[1]:
        raise ValueError(f"{value!r} ends before it begins; write it like '09:00-13:00'")
    return span


Span = Annotated[tuple[time, time], BeforeValidator(_parse_span)]
Spans = Annotated[tuple[Span, ...], Field(min_length=1)]


def _parse_yearly(value: object) -> object:
    """«03-23» as month and day."""
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(f"2000-{value}")
    except ValueError as error:
        raise ValueError(f"{value!r} is no day of the year; write it like '03-23'") from error
    return day.month, day.day


class DayOff(Strict):
    """A day off that the federal calendar does not know.

    Parameters
    ----------
    on : date or None
        One day of one year; or
    yearly : str or None
        «03-23»: the same day of every year.
    from_year, to_year : int or None
        Years of `yearly`, both inclusive.
    shifts : bool
        On a Saturday or Sunday the next working day is off instead (Labour Code, article 112).
    name, note : str
        For people.
    """

    on: date | None = None
    yearly: Annotated[tuple[int, int] | None, BeforeValidator(_parse_yearly)] = None
    from_year: int | None = None
    to_year: int | None = None
    shifts: bool = False
    name: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.on is None) == (self.yearly is None):
            raise ValueError('give either `on = 2027-03-23` or `yearly = "03-23"`')
        return self


class Moved(Strict):
    """A day off that is moved: `from` is worked (unless it is a holiday), `to` is off."""

    from_: date = Field(alias="from")
    to: date
    note: str = ""


class CalendarRules(Strict):
    """When the people of one calendar work.

    What stands here wins over the federal production calendar.

    Parameters
    ----------
    hours : tuple of (time, time)
        Spans of the working day, in order: «09:00-13:00», «14:00-18:00».
    hours_on : dict of str to spans
        Other hours of a weekday: `friday = ["09:00-13:00", "14:00-16:45"]`.
    short_by_minutes : int
        How much earlier a day before a holiday ends (Labour Code, article 95: an hour).
    days_off : tuple of DayOff
        Regional holidays.
    moved : tuple of Moved
        Days that an act moves and the library `holidays` does not know.
    working, short, full : tuple of date
        Single days that are worked; that end earlier; that do not, though before a holiday.
    """

    hours: Spans = ((time(9), time(13)), (time(14), time(18)))
    hours_on: dict[Weekday, Spans] = Field(default_factory=dict)
    short_by_minutes: int = Field(default=60, ge=0, le=240)
    days_off: tuple[DayOff, ...] = ()
    moved: tuple[Moved, ...] = ()
    working: tuple[date, ...] = ()
    short: tuple[date, ...] = ()
    full: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        for spans in (self.hours, *self.hours_on.values()):
            for (_, stop), (start, _) in pairwise(spans):
                if start < stop:
                    raise ValueError(f"hours overlap or are out of order: {start} before {stop}")
        off = {day.on for day in self.days_off} | {move.to for move in self.moved}
        worked = set(self.working) | {move.from_ for move in self.moved}
        for day in sorted(off & worked - {None}, key=str):
            raise ValueError(f"{day} is named both as worked and as off; remove one")
        for day in sorted(set(self.short) & set(self.full)):
            raise ValueError(f"{day} is named both short and full; remove one")
        return self
