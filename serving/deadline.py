"""When an answer is due: hours, working hours, working days, calendar days.

The rules, where the law leaves a choice (docs/decisions/0011-routing.md):

- days begin in the zone of the calendar, and the day of the event itself is not counted;
- a term in days is over when the last day's work is, not at midnight;
- calendar days that end on a day off end on the working day **before** it, so that the answer is in
  time by every reading of 59-ФЗ; where that would be the day of the event or earlier, on the first
  working day after;
- hours run day and night; working hours only while people work.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from otklik.serving.work_calendar import DAY, WorkCalendar


class Unit(StrEnum):
    """What the amount of a term counts."""

    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


class DayOffRule(StrEnum):
    """Where a term in calendar days ends whose last day is not worked."""

    PREVIOUS = "previous"
    NEXT = "next"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Term:
    """How long something may take.

    Parameters
    ----------
    amount : int
        Positive, of `unit`.
    on_day_off : DayOffRule
        Only for calendar days.
    """

    amount: int
    unit: Unit
    on_day_off: DayOffRule = DayOffRule.PREVIOUS


def due(start: datetime, term: Term, calendar: WorkCalendar) -> datetime:
    """Last moment that is in time, in the zone of the calendar; always after `start`.

    Parameters
    ----------
    start : datetime
        Of the event that sets the clock going; with time zone.

    Raises
    ------
    ValueError
        `start` carries no time zone, or the amount is not positive.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> from otklik.serving.calendar_rules import CalendarRules
    >>> moscow = ZoneInfo("Europe/Moscow")
    >>> friday_evening = datetime(2026, 6, 5, 21, 40, tzinfo=moscow)
    >>> term = Term(9, Unit.WORKING_HOURS)
    >>> due(friday_evening, term, WorkCalendar(CalendarRules(), moscow)).isoformat()
    '2026-06-09T10:00:00+03:00'
    """
    if start.tzinfo is None:
        raise ValueError(f"{start.isoformat()} has no time zone: a term cannot be counted from it")
    if term.amount <= 0:
        raise ValueError(f"a term of {term.amount} {term.unit}: the amount must be positive")
    match term.unit:
        case Unit.HOURS:
            # By way of UTC: in a zone with summer time a local day may have 23 hours.
            end = start.astimezone(UTC) + timedelta(hours=term.amount)
        case Unit.WORKING_HOURS:
            end = calendar.add_working_time(start, timedelta(hours=term.amount))
        case Unit.WORKING_DAYS:
            day = calendar.add_working_days(calendar.local_date(start), term.amount)
            end = _end_of(day, calendar)
        case Unit.CALENDAR_DAYS:
            end = _end_of(_last_day(calendar.local_date(start), term, calendar), calendar)
    return end.astimezone(calendar.zone)


def _last_day(begun: date, term: Term, calendar: WorkCalendar) -> date:
    last = begun + term.amount * DAY
    if term.on_day_off is DayOffRule.KEEP or calendar.is_working(last):
        return last
    if term.on_day_off is DayOffRule.PREVIOUS:
        before = calendar.previous_working(last)
        if before > begun:
            return before
    return calendar.next_working(last)


def _end_of(day: date, calendar: WorkCalendar) -> datetime:
    closing = calendar.closing(day)
    return closing or datetime.combine(day, time(23, 59, 59), tzinfo=calendar.zone)
