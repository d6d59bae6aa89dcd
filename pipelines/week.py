"""One ISO week: its name, its borders in the city's zone, the weeks before it."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Self

from otklik.datasets.errors import BadWeek

MOST_WEEKS = 520
_NAME = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_MONTHS = [
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
]
DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week from Monday to Sunday.

    Parameters
    ----------
    monday : date
        Its first day.
    """

    monday: date

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read «2021-W06».

        Raises
        ------
        BadWeek
            Another form, or a year that has no such week.
        """
        found = _NAME.fullmatch(text.strip())
        if found is None:
            raise BadWeek(f"{text!r} is not a week. Write year and ISO week, as in 2021-W06.")
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1))
        except ValueError:
            raise BadWeek(f"The year {found[1]} has no week {found[2]}.") from None

    @classmethod
    def of(cls, day: date) -> Self:
        """The week that holds a day."""
        return cls(day - timedelta(days=day.weekday()))

    @property
    def name(self) -> str:
        """«2021-W06»."""
        year, number, _ = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=DAYS - 1)

    @property
    def days(self) -> str:
        """Its days in Russian: «8–14 февраля 2021 года»."""
        first, last = self.monday, self.sunday
        end = f"{last.day} {_MONTHS[last.month - 1]} {last.year} года"
        if first.month == last.month:
            return f"{first.day}–{end}"
        year = f" {first.year} года" if first.year != last.year else ""
        return f"{first.day} {_MONTHS[first.month - 1]}{year} – {end}"

    @classmethod
    def parse_span(cls, text: str) -> list[Self]:
        """Read «2021-W06», or «2020-W43..2021-W06» as every week from the first to the last.

        Raises
        ------
        BadWeek
            As `parse`; the last week is before the first, or there are more than ten years.
        """
        before, dots, after = text.partition("..")
        first, last = cls.parse(before), cls.parse(after if dots else before)
        count = (last.monday - first.monday).days // DAYS + 1
        if count < 1:
            raise BadWeek(f"{text!r} ends before it begins. Write the earlier week first.")
        if count > MOST_WEEKS:
            raise BadWeek(f"{text!r} are {count} weeks, more than {MOST_WEEKS}. Ask for fewer.")
        return [first.back(-number) for number in range(count)]

    def start(self, zone: tzinfo) -> datetime:
        """Its first moment."""
        return datetime.combine(self.monday, time(), tzinfo=zone)

    def stop(self, zone: tzinfo) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.monday + timedelta(days=DAYS), time(), tzinfo=zone)

    def back(self, weeks: int) -> Self:
        """The week so many weeks earlier."""
        return type(self)(self.monday - timedelta(days=DAYS * weeks))
