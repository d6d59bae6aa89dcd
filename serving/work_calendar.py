"""Which days and hours are worked: the production calendar of Russia and what a city changes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from otklik.serving.calendar_rules import WEEKDAYS, CalendarRules

DAY = timedelta(days=1)
SATURDAY = 5
_MOVED_FROM = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")
# Nobody waits longer; a calendar in which nothing is worked must not hang the service.
MAX_DAYS = 40 * 366


@dataclass(frozen=True, slots=True)
class _Year:
    holidays: frozenset[date]
    off: frozenset[date]
    worked: frozenset[date]
    # Worked weekends by the day off that they were exchanged for.
    exchanged: dict[date, date]


class WorkCalendar:
    """Working days and hours of one group of people.

    Parameters
    ----------
    rules : CalendarRules
        Hours, and what differs from the federal production calendar.
    zone : tzinfo
        Zone of the hours, and of what is called a day.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> calendar = WorkCalendar(CalendarRules(), ZoneInfo("Europe/Moscow"))
    >>> calendar.is_working(date(2025, 11, 1))  # a Saturday, worked for Monday the 3rd
    True
    """

    def __init__(self, rules: CalendarRules, zone: tzinfo) -> None:
        self.rules = rules
        self.zone = zone
        self._federal_years: dict[int, _Year] = {}
        self._own_off: dict[int, frozenset[date]] = {}
        self._worked = frozenset(rules.working)
        self._moved_off = frozenset(move.to for move in rules.moved)
        self._moved_worked = frozenset(move.from_ for move in rules.moved)

    def is_working(self, day: date) -> bool:
        """Whether the day is worked; single days of the rules win over yearly and federal ones."""
        if day in self._worked:
            return True
        if day in self._moved_off or day in self._days_off(day.year):
            return False
        return self._without_own(day)

    def is_short(self, day: date) -> bool:
        """Whether a working day ends earlier: the next one is a holiday.

        A Saturday that is worked for a short Monday is short itself, as 01.11.2025 was.
        """
        if not self.is_working(day) or day in self.rules.full:
            return False
        if day in self.rules.short:
            return True
        meant = self._federal(day.year).exchanged.get(day, day)
        return meant + DAY in self._federal((meant + DAY).year).holidays

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """Working spans of the day as moments in UTC, in order; none on a day off."""
        if not self.is_working(day):
            return []
        hours = self.rules.hours_on.get(WEEKDAYS[day.weekday()], self.rules.hours)  # type: ignore[call-overload]
        spans = [(self._moment(day, start), self._moment(day, stop)) for start, stop in hours]
        if self.is_short(day):
            closing = spans[-1][1] - timedelta(minutes=self.rules.short_by_minutes)
            spans = [(start, min(stop, closing)) for start, stop in spans if start < closing]
        return spans

    def closing(self, day: date) -> datetime | None:
        """When the working day ends, in UTC; None on a day off."""
        spans = self.spans(day)
        return spans[-1][1] if spans else None

    def local_date(self, moment: datetime) -> date:
        """Day of a moment in the calendar's zone: 22:30 UTC is tomorrow in Moscow."""
        return moment.astimezone(self.zone).date()

    def next_working(self, day: date) -> date:
        """First working day after `day`."""
        return next(found for found in _days(day, DAY) if self.is_working(found))

    def previous_working(self, day: date) -> date:
        """Last working day before `day`."""
        return next(found for found in _days(day, -DAY) if self.is_working(found))

    def add_working_days(self, day: date, amount: int) -> date:
        """The `amount`-th working day after `day`, which itself is not counted."""
        for _ in range(amount):
            day = self.next_working(day)
        return day

    def add_working_time(self, moment: datetime, amount: timedelta) -> datetime:
        """When `amount` of working time will have passed; in UTC.

        Nothing passes at night, in the break and on days off: what comes on Friday evening starts
        on Monday morning. Time that ends with the working day ends then, not the next morning.

        Parameters
        ----------
        moment : datetime
            With time zone.
        amount : timedelta
            Positive.
        """
        begun = moment.astimezone(UTC)
        for day in _days(self.local_date(moment) - DAY, DAY):
            for start, stop in self.spans(day):
                passed = stop - max(start, begun)
                if passed >= amount:
                    return max(start, begun) + amount
                amount -= max(passed, timedelta())
        raise AssertionError("unreachable: _days raises first")

    def working_time(self, start: datetime, stop: datetime) -> timedelta:
        """Working time between two moments; nothing where `stop` is not after `start`."""
        total = timedelta()
        day = self.local_date(start)
        while day <= self.local_date(stop):
            for opened, closed in self.spans(day):
                total += max(min(closed, stop) - max(opened, start), timedelta())
            day += DAY
        return total

    def _moment(self, day: date, at: object) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)  # type: ignore[arg-type]

    def _without_own(self, day: date) -> bool:
        """Whether the day is worked by the federal calendar and the moved days."""
        federal = self._federal(day.year)
        if day in federal.worked or (day in self._moved_worked and day not in federal.holidays):
            return True
        return day.weekday() < SATURDAY and day not in federal.off

    def _days_off(self, year: int) -> frozenset[date]:
        found = self._own_off.get(year)
        if found is None:
            found = self._own_off[year] = frozenset(self._own_days_off(year))
        return found

    def _own_days_off(self, year: int) -> Iterator[date]:
        shifting: list[date] = []
        taken: set[date] = set()
        for rule in self.rules.days_off:
            day = rule.on
            if rule.yearly is not None:
                if not (rule.from_year or year) <= year <= (rule.to_year or year):
                    continue
                try:
                    day = date(year, *rule.yearly)
                except ValueError:  # 29 February
                    continue
            if day is None or day.year != year:
                continue
            taken.add(day)
            if rule.shifts and day.weekday() >= SATURDAY:
                shifting.append(day)
        for day in sorted(shifting):
            free = (later for later in _days(day, DAY) if later not in self._moved_off)
            taken.add(next(d for d in free if d not in taken and self._without_own(d)))
        yield from taken

    def _federal(self, year: int) -> _Year:
        found = self._federal_years.get(year)
        if found is None:
            found = self._federal_years[year] = _federal_year(year)
        return found


def known_through() -> int:
    """Last year whose moved days the installed library `holidays` knows."""
    from holidays.countries.russia import RussiaStaticHolidays

    return max(RussiaStaticHolidays.special_public_holidays)


def _federal_year(year: int) -> _Year:
    import holidays

    days = holidays.country_holidays("RU", years=year, language="ru")
    plain = holidays.country_holidays("RU", years=year, language="ru", observed=False)
    worked = frozenset(days.weekend_workdays)
    exchanged = {}
    moved = set()
    for day, name in days.items():
        if origin := _MOVED_FROM.search(name):
            moved.add(day)
            came = date(int(origin[3]), int(origin[2]), int(origin[1]))
            if came in worked:
                exchanged[came] = day
    return _Year(frozenset(plain) - moved, frozenset(days), worked, exchanged)


def _days(day: date, step: timedelta) -> Iterator[date]:
    """Days after (before) `day`.

    Raises
    ------
    OverflowError
        Forty years without an end: no day of the calendar is worked.
    """
    for _ in range(MAX_DAYS):
        day += step
        yield day
    raise OverflowError(f"no end within {MAX_DAYS} days: the calendar has no working day")
