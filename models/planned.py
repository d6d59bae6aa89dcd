"""Planned works behind what people report, and texts that themselves call an outage planned."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from otklik.datasets.incidents import Incident
from otklik.datasets.planned_works import Work
from otklik.models.incident_families import family_of
from otklik.models.incident_signal import Signal

_SLACK = timedelta(hours=1)
"""Works begin early and end late."""
_PLANNED = re.compile(
    r"\b(?:планов(?:ое|ого|ом|ые|ых|ым|ая|ой)|запланированн\w+)\s+"
    r"(?:\w+\s+){0,2}?(?:отключени\w*|работ\w*|ремонт\w*|перекрыти\w*|обслуживани\w*)",
    re.IGNORECASE,
)
_MONTHS = (
    *("январ", "феврал", "март", "апрел", "ма", "июн", "июл"),
    *("август", "сентябр", "октябр", "ноябр", "декабр"),
)
_UNTIL = re.compile(
    r"\bдо\s+(?:(?P<day>\d{1,2})(?:-?го)?\s+"
    rf"(?P<month>{'|'.join(_MONTHS)})[а-яё]{{1,2}}\b"
    r"|(?P<date>\d{1,2})\.(?P<number>\d{1,2})(?:\.\d{2,4})?"
    r"|(?P<hour>\d{1,2})(?:[:.-](?P<minute>\d{2})|\s*(?:час\w*|ч\b)))",
    re.IGNORECASE,
)
_REACH = 60
"""Characters within which the end is told behind «плановое отключение»."""
_GENITIVE = (
    *("января", "февраля", "марта", "апреля", "мая", "июня", "июля"),
    *("августа", "сентября", "октября", "ноября", "декабря"),
)


@dataclass(frozen=True, slots=True)
class SaidPlanned:
    """What a text claims: characters from `start` to `stop`, and the end, if it names one."""

    start: int
    stop: int
    until: datetime | None


def said_planned(text: str, at: datetime, zone: tzinfo) -> SaidPlanned | None:
    """Find «плановое отключение до 11 июня».

    A claim, not a fact: whether it is so, the calendar of works tells.

    Parameters
    ----------
    at : datetime
        When it was written: the next such day or hour is meant.
    zone : tzinfo
        Of the city.
    """
    planned = _PLANNED.search(text)
    if planned is None:
        return None
    until = _UNTIL.search(text, planned.end(), planned.end() + _REACH)
    if until is None:
        return SaidPlanned(planned.start(), planned.end(), None)
    return SaidPlanned(planned.start(), until.end(), _moment(until, at.astimezone(zone)))


def work_of_incident(incident: Incident, works: Iterable[Work]) -> Work | None:
    """Planned work that explains an incident: of its kind, its place and its time."""
    fit = (
        work
        for work in works
        if _fits(
            work,
            incident.family,
            incident.streets,
            incident.districts,
            incident.assets,
            incident.first_at,
        )
    )
    return next(fit, None)


def work_of_signal(signal: Signal, works: Iterable[Work], zone: tzinfo) -> Work | None:
    """Planned work that one message tells of; of several the one that ends when it says."""
    place = signal.place
    street, district, asset = (
        (name,) if name else () for name in (signal.street, place.district, signal.asset)
    )
    fit = [work for work in works if _fits(work, signal.family, street, district, asset, signal.at)]
    said = said_planned(signal.text, signal.at, zone)
    if said and said.until:
        day = said.until.date()
        fit.sort(key=lambda work: work.ends.astimezone(zone).date() != day)
    return fit[0] if fit else None


def say_until(work: Work, zone: tzinfo) -> str:
    """«плановые работы до 11 июня, 18:00»."""
    ends = work.ends.astimezone(zone)
    return f"плановые работы до {ends.day} {_GENITIVE[ends.month - 1]}, {ends:%H:%M}"


def _fits(
    work: Work,
    family: str,
    streets: Collection[str],
    districts: Collection[str],
    assets: Collection[str],
    at: datetime,
) -> bool:
    if work.topic and family_of(work.topic).name != family:
        return False
    if not work.starts - _SLACK <= at <= work.ends + _SLACK:
        return False
    if work.asset and work.asset.lower() in assets:
        return True
    if work.streets:
        return not set(work.streets).isdisjoint(streets)
    return work.district in districts if work.district else not work.asset


def _moment(found: re.Match[str], at: datetime) -> datetime | None:
    day, hour = found["day"] or found["date"], found["hour"]
    if hour is not None:
        if int(hour) > 23 or int(found["minute"] or 0) > 59:
            return None
        until = datetime.combine(at.date(), time(int(hour), int(found["minute"] or 0)), at.tzinfo)
        return until if until > at else until + timedelta(days=1)
    month = int(found["number"]) if found["number"] else _month(found["month"].lower())
    for year in (at.year, at.year + 1):
        try:
            until = datetime(year, month, int(day), 23, 59, tzinfo=at.tzinfo)
        except ValueError:
            return None
        if until >= at:
            return until
    return None


def _month(stem: str) -> int:
    return _MONTHS.index(stem) + 1
