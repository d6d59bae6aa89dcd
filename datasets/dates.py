"""Moments of time as exports write them: text in many forms, Excel serial numbers."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from otklik.datasets.errors import BadRow, BadSettings

FORMATS = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d.%m.%y %H:%M",
    "%d.%m.%y",
    "%Y-%m-%d %H:%M:%S %z",
)
"""Tried after ISO 8601, in this order; day before month, as everywhere in Russia."""

FIRST_YEAR, LAST_YEAR = 1990, 2100

_EXCEL_EPOCH = datetime(1899, 12, 30)
# Five digits: days from 1954 to 2119.
_EXCEL_SERIAL = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")
_DAY_FIRST = re.compile(r"^(\d{1,2})[/-](\d{1,2})[/-](\d{2,4})")
_NOISE = re.compile(r"\s*(?:г\.|\b[Вв]\b|,)\s*|\s+")


def parse_moment(text: str, zone: tzinfo, formats: Iterable[str] = ()) -> datetime:
    """Read a moment; one that names no zone is taken to be in `zone`.

    «24.12.2025 20:06», «24.12.2025 г. в 20:06», «2025-12-24T20:06:02+03:00» and the Excel serial
    number «46015.8376» are read alike. A date alone is its midnight.

    Parameters
    ----------
    text : str
        As it stands in the file.
    zone : tzinfo
        Of moments that carry none.
    formats : iterable of str
        `strptime` formats that are tried first.

    Raises
    ------
    BadRow
        None of the forms fits.
    """
    cleaned = text.strip().removeprefix("'")
    moment = (
        _with_formats(cleaned, formats)
        or _iso(cleaned)
        or _excel(cleaned)
        or _with_formats(_plain(cleaned), FORMATS)
    )
    if moment is None:
        raise BadRow(
            "not a date that otklik can read; expected like «24.12.2025 20:06» or "
            "«2025-12-24 20:06:02», other forms go to date_formats of the mapping",
            value=text,
        )
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadRow(f"a date outside {FIRST_YEAR}-{LAST_YEAR}", value=text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def load_zone(name: str) -> ZoneInfo:
    """Zone by its IANA name.

    Raises
    ------
    BadSettings
        No such zone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise BadSettings(
            f"No time zone {name!r}; expected an IANA name such as 'Europe/Moscow'."
        ) from error


def _plain(text: str) -> str:
    """«24/12/2025 г., в 20:06» as «24.12.2025 20:06»."""
    return _DAY_FIRST.sub(r"\1.\2.\3", _NOISE.sub(" ", text).strip())


def _with_formats(text: str, formats: Iterable[str]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _iso(text: str) -> datetime | None:
    # Without a dash it may be a plain number, and fromisoformat takes «20251224» for a date.
    if "-" not in text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _excel(text: str) -> datetime | None:
    if not _EXCEL_SERIAL.fullmatch(text):
        return None
    moment = _EXCEL_EPOCH + timedelta(days=float(text.replace(",", ".")))
    # A float of days is exact to some microseconds: 20:06:01.999996 was 20:06:02.
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
