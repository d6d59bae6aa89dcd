"""Terms: the production calendar, nights, weekends, moved days, zones, 59-ФЗ."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.serving.calendar_rules import CalendarRules
from otklik.serving.deadline import DayOffRule, Term, Unit, due
from otklik.serving.work_calendar import DAY, WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
USUAL = WorkCalendar(CalendarRules(), MOSCOW)
GROZNY = WorkCalendar(
    CalendarRules.model_validate(
        {
            "hours_on": {"friday": ["09:00-13:00", "14:00-16:45"]},
            "days_off": [
                {"yearly": "03-23", "shifts": True, "name": "День Конституции ЧР"},
                {"on": date(2026, 5, 27), "name": "Курбан-байрам"},
            ],
            "moved": [{"from": date(2026, 8, 15), "to": date(2026, 8, 17)}],
            "working": [date(2026, 9, 5)],
            "short": [date(2026, 9, 4)],
            "full": [date(2026, 11, 3)],
        }
    ),
    MOSCOW,
)


def at(text, zone=MOSCOW):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def days_of(year):
    return [date(year, 1, 1) + number * DAY for number in range(366 if year % 4 == 0 else 365)]


def hours_of(calendar, year):
    spans = (span for day in days_of(year) for span in calendar.spans(day))
    return sum((stop - start for start, stop in spans), timedelta()) / timedelta(hours=1)


# Working days and hours of a 40-hour week, as the official production calendars count them.
@pytest.mark.parametrize(
    ("year", "days", "hours"),
    [
        (2018, 247, 1970), (2019, 247, 1970), (2021, 247, 1972), (2022, 247, 1973),
        (2023, 247, 1973), (2024, 248, 1979), (2025, 247, 1972), (2026, 247, 1972),
    ],
)  # fmt: skip
def test_year_has_the_official_number_of_days_and_hours(year, days, hours):
    assert sum(map(USUAL.is_working, days_of(year))) == days
    assert hours_of(USUAL, year) == hours


@pytest.mark.parametrize(
    ("day", "working", "short"),
    [
        ("2024-12-28", True, False),  # a Saturday worked for Monday the 30th
        ("2024-12-30", False, False),
        ("2025-11-01", True, True),  # a Saturday worked for a Monday before a holiday
        ("2025-11-03", False, False),
        ("2026-01-09", False, False),  # moved from Saturday the 3rd
        ("2026-03-09", False, False),  # the holiday was a Sunday
        ("2026-03-06", True, False),  # a Friday before Sunday the 8th is whole
        ("2026-04-30", True, True),
        ("2026-12-31", False, False),
    ],
)
def test_moved_and_short_days_of_the_federal_calendar(day, working, short):
    found = date.fromisoformat(day)
    assert (USUAL.is_working(found), USUAL.is_short(found)) == (working, short)


@pytest.mark.parametrize(
    ("day", "working", "short"),
    [
        ("2026-03-23", False, False),  # a regional holiday
        ("2024-03-25", False, False),  # it was a Saturday: Monday is off
        ("2024-03-26", True, False),
        ("2026-05-27", False, False),
        ("2027-05-27", True, False),  # only that year
        ("2026-08-15", True, False),  # a Saturday worked for Monday
        ("2026-08-17", False, False),
        ("2026-09-05", True, False),
        ("2026-09-04", True, True),
        ("2026-11-03", True, False),  # before a holiday, yet whole
    ],
)
def test_what_the_city_changes_wins(day, working, short):
    found = date.fromisoformat(day)
    assert (GROZNY.is_working(found), GROZNY.is_short(found)) == (working, short)


def test_hours_of_a_weekday_and_of_a_short_day():
    friday, short_friday = date(2026, 6, 5), date(2026, 9, 4)
    assert GROZNY.closing(friday) == at("2026-06-05T16:45")
    assert GROZNY.closing(short_friday) == at("2026-09-04T15:45")
    assert GROZNY.closing(date(2026, 6, 6)) is None


# Nine working hours, a break from 13 to 14, days from 9 to 18.
@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-06-02T09:00", 8, "2026-06-02T18:00"),  # ends with the day, not next morning
        ("2026-06-02T09:00", 9, "2026-06-03T10:00"),
        ("2026-06-02T12:30", 1, "2026-06-02T14:30"),  # over the break
        ("2026-06-02T13:20", 1, "2026-06-02T15:00"),  # came in the break
        ("2026-06-02T03:00", 4, "2026-06-02T13:00"),  # at night
        ("2026-06-02T23:30", 4, "2026-06-03T13:00"),
        ("2026-06-05T21:40", 9, "2026-06-09T10:00"),  # on Friday evening
        ("2026-06-06T12:00", 4, "2026-06-08T13:00"),  # on Saturday
        ("2026-06-11T16:30", 1, "2026-06-15T09:30"),  # a short Thursday, a holiday, a weekend
        ("2025-10-31T17:00", 2, "2025-11-01T10:00"),  # the Saturday is worked
        ("2025-11-01T16:00", 2, "2025-11-05T10:00"),  # and short; then four days off
        ("2025-12-30T17:00", 2, "2026-01-12T10:00"),
    ],
)
def test_working_hours(start, hours, end):
    assert due(at(start), Term(hours, Unit.WORKING_HOURS), USUAL) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-06-01T10:00", 1, "2026-06-02T18:00"),
        ("2026-06-05T10:00", 1, "2026-06-08T18:00"),
        ("2026-06-06T10:00", 1, "2026-06-08T18:00"),  # Saturday and Friday: both Monday
        ("2026-06-08T10:00", 7, "2026-06-18T18:00"),  # over the 12th
        ("2026-04-29T10:00", 1, "2026-04-30T17:00"),  # a short day
        ("2025-10-31T10:00", 1, "2025-11-01T17:00"),
        ("2025-12-29T10:00", 2, "2026-01-12T18:00"),
    ],
)
def test_working_days(start, days, end):
    assert due(at(start), Term(days, Unit.WORKING_DAYS), USUAL) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "rule", "end"),
    [
        ("2026-06-01T10:00", 30, "previous", "2026-07-01T18:00"),
        # The 30th day is a Sunday.
        ("2026-06-05T10:00", 30, "previous", "2026-07-03T18:00"),
        ("2026-06-05T10:00", 30, "next", "2026-07-06T18:00"),
        ("2026-06-05T10:00", 30, "keep", "2026-07-05T23:59:59"),
        # In the New Year holidays.
        ("2025-12-05T10:00", 30, "previous", "2025-12-30T18:00"),
        ("2025-12-05T10:00", 30, "next", "2026-01-12T18:00"),
        # The worked Saturday is as good as any day.
        ("2025-10-02T10:00", 30, "previous", "2025-11-01T17:00"),
        # Three days within which nobody works: the first working day after, not the day it came.
        ("2025-12-30T19:30", 3, "previous", "2026-01-12T18:00"),
        ("2026-06-12T10:00", 1, "previous", "2026-06-15T18:00"),
    ],
)
def test_calendar_days(start, days, rule, end):
    term = Term(days, Unit.CALENDAR_DAYS, DayOffRule(rule))
    assert due(at(start), term, USUAL) == at(end)


def test_a_day_begins_in_the_zone_of_the_city():
    term = Term(1, Unit.WORKING_DAYS)
    late = datetime(2026, 6, 1, 20, 59, tzinfo=UTC)
    assert due(late, term, USUAL).date() == date(2026, 6, 2)
    assert due(late + timedelta(minutes=1), term, USUAL).date() == date(2026, 6, 3)
    same = late.astimezone(ZoneInfo("Asia/Vladivostok"))
    assert due(same, term, USUAL) == due(late, term, USUAL)


def test_hours_are_hours_where_the_clock_is_put_forward():
    berlin = ZoneInfo("Europe/Berlin")
    night = datetime(2026, 3, 28, 20, 0, tzinfo=berlin)
    end = due(night, Term(24, Unit.HOURS), WorkCalendar(CalendarRules(), berlin))
    assert end.isoformat() == "2026-03-29T21:00:00+02:00"


@pytest.mark.parametrize("unit", Unit)
def test_what_cannot_be_counted_is_refused(unit):
    with pytest.raises(ValueError, match="no time zone"):
        due(datetime(2026, 6, 1, 9, 0), Term(1, unit), USUAL)
    with pytest.raises(ValueError, match="must be positive"):
        due(at("2026-06-01T09:00"), Term(0, unit), USUAL)


def test_a_calendar_without_working_days_does_not_hang():
    idle = WorkCalendar(CalendarRules(), MOSCOW)
    idle.is_working = lambda day: False
    with pytest.raises(OverflowError, match="no working day"):
        due(at("2026-06-01T09:00"), Term(1, Unit.WORKING_DAYS), idle)


MOMENTS = st.datetimes(
    datetime(2024, 1, 1), datetime(2027, 9, 1), timezones=st.sampled_from([MOSCOW, UTC])
)
CALENDARS = st.sampled_from([USUAL, GROZNY])
TERMS = st.builds(Term, st.integers(1, 40), st.sampled_from(Unit), st.sampled_from(DayOffRule))
QUICK = settings(max_examples=80, deadline=None)


@QUICK
@given(MOMENTS, TERMS, CALENDARS)
def test_a_deadline_is_after_its_start_and_has_the_zone_of_the_city(start, term, calendar):
    end = due(start, term, calendar)
    assert end > start
    assert end.tzinfo is MOSCOW


@QUICK
@given(MOMENTS, MOMENTS, TERMS, CALENDARS)
def test_what_comes_later_is_never_due_earlier(one, other, term, calendar):
    first, second = sorted((one, other))
    assert due(first, term, calendar) <= due(second, term, calendar)


@QUICK
@given(MOMENTS, TERMS, CALENDARS)
def test_a_longer_term_never_ends_earlier(start, term, calendar):
    longer = Term(term.amount + 1, term.unit, term.on_day_off)
    assert due(start, term, calendar) <= due(start, longer, calendar)


@QUICK
@given(MOMENTS, st.integers(1, 40), CALENDARS)
def test_working_hours_are_exactly_what_is_worked_till_then(start, hours, calendar):
    end = due(start, Term(hours, Unit.WORKING_HOURS), calendar)
    assert calendar.working_time(start, end) == timedelta(hours=hours)
    opened, closed = next(span for span in calendar.spans(end.date()) if span[0] < end <= span[1])
    assert opened < end <= closed


@QUICK
@given(MOMENTS, st.integers(1, 20), st.integers(1, 20), CALENDARS)
def test_working_hours_add_up(start, first, second, calendar):
    whole = due(start, Term(first + second, Unit.WORKING_HOURS), calendar)
    halfway = due(start, Term(first, Unit.WORKING_HOURS), calendar)
    assert due(halfway, Term(second, Unit.WORKING_HOURS), calendar) == whole


@QUICK
@given(MOMENTS, st.integers(1, 40), CALENDARS)
def test_working_days_lie_between(start, amount, calendar):
    begun = calendar.local_date(start)
    last = due(start, Term(amount, Unit.WORKING_DAYS), calendar).date()
    between = [begun + number * DAY for number in range(1, (last - begun).days + 1)]
    assert sum(map(calendar.is_working, between)) == amount
    assert calendar.is_working(last)


@QUICK
@given(MOMENTS, st.integers(1, 60), CALENDARS)
def test_calendar_days_end_on_a_working_day_next_to_the_last(start, amount, calendar):
    begun = calendar.local_date(start)
    last = begun + amount * DAY
    before, kept, after = (
        due(start, Term(amount, Unit.CALENDAR_DAYS, rule), calendar).date()
        for rule in (DayOffRule.PREVIOUS, DayOffRule.KEEP, DayOffRule.NEXT)
    )
    assert kept == last
    assert calendar.is_working(before)
    assert calendar.is_working(after)
    assert after >= last
    if before > last:  # nothing is worked within the term
        assert not any(calendar.is_working(begun + n * DAY) for n in range(1, amount + 1))
    else:
        assert before > begun
