"""The calendar of planned works: read from a CSV or TOML file, kept in the store."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from otklik.datasets.dates import parse_moment
from otklik.datasets.errors import BadFile, BadRow
from otklik.datasets.schema_incidents import PLANNED_WORKS
from otklik.datasets.store_bulk import upsert
from otklik.datasets.street_key import street_key
from otklik.datasets.tables import read_table

FIELDS = {
    "code": ("code", "номер", "код"),
    "topic": ("topic", "тема", "код темы"),
    "asset": ("asset", "объект"),
    "district": ("district", "район"),
    "streets": ("streets", "улицы"),
    "starts": ("starts", "начало"),
    "ends": ("ends", "окончание"),
    "notice": ("notice", "объявление", "описание"),
}
"""Columns of a table of works under any of these headers; the case of letters does not matter."""
NEEDED = ("code", "starts", "ends")


@dataclass(frozen=True, slots=True)
class Work:
    """A planned work.

    Parameters
    ----------
    code : str
        Names it for ever: the same code again replaces what was known.
    topic : str or None
        Code of `im-2026` that people would write under; None fits any.
    asset, district : str or None
    streets : tuple of str
        Keys («садовая|улица»); none means the whole district or city.
    starts, ends : datetime
        With time zone.
    notice : str
        As announced.
    """

    code: str
    topic: str | None
    asset: str | None
    district: str | None
    streets: tuple[str, ...]
    starts: datetime
    ends: datetime
    notice: str


def read_works(path: Path, zone: tzinfo) -> list[Work]:
    """Read a calendar.

    A table (CSV or .xlsx) has the columns of `FIELDS`, streets divided by «;». A TOML file has
    one `[[work]]` for each, with the English names and a list of streets.

    Raises
    ------
    BadFile
        Not readable, a column is missing, a moment cannot be read, or a work ends before it
        starts; the message names the row.
    """
    if path.suffix.lower() == ".toml":
        rows: Iterable[tuple[int, Mapping[str, Any]]] = enumerate(_toml(path), 1)
    else:
        rows = ((row.line, row.values) for row in read_table(path).rows)
    works = [_work(path, line, _named(cells), zone) for line, cells in rows]
    codes = [work.code for work in works]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise BadFile(f"{path.name}: the code {twice[0]!r} stands twice; give each work its own.")
    return works


def save_works(connection: Connection, works: Iterable[Work]) -> None:
    """Keep works; one of a known code replaces it."""
    now = datetime.now(UTC)
    rows = [{**asdict(work), "streets": list(work.streets), "stored_at": now} for work in works]
    if rows:
        changed = [column.name for column in PLANNED_WORKS.c if column.name != "code"]
        connection.execute(upsert(connection, PLANNED_WORKS, ("code",), changed), rows)


def works_between(connection: Connection, since: datetime, until: datetime) -> list[Work]:
    """Works under way at some moment of a span of time, in the order of their beginning."""
    query = select(PLANNED_WORKS).where(
        PLANNED_WORKS.c.starts <= until, PLANNED_WORKS.c.ends >= since
    )
    found = []
    for row in connection.execute(query.order_by(PLANNED_WORKS.c.starts, PLANNED_WORKS.c.code)):
        values = {name: getattr(row, name) for name in Work.__slots__}
        found.append(Work(**{**values, "streets": tuple(row.streets)}))
    return found


def _toml(path: Path) -> list[Mapping[str, Any]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} is not TOML in UTF-8: {error}.") from error
    works = content.get("work")
    if not isinstance(works, list):
        raise BadFile(f"{path.name} holds no [[work]]; give each planned work one.")
    return works


def _named(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells under our names."""
    known = {header: name for name, headers in FIELDS.items() for header in headers}
    named = {known.get(str(header).strip().lower()): value for header, value in cells.items()}
    return {name: value for name, value in named.items() if name and value not in ("", None)}


def _work(path: Path, line: int, given: Mapping[str, Any], zone: tzinfo) -> Work:
    where = f"{path.name}, row {line}"
    missing = [name for name in NEEDED if name not in given]
    if missing:
        raise BadFile(
            f"{where}: nothing under {' or '.join(map(repr, FIELDS[missing[0]]))}; every work "
            "needs a code, a beginning and an end."
        )
    starts, ends = (_moment(where, given[name], zone) for name in ("starts", "ends"))
    if ends <= starts:
        raise BadFile(f"{where}: ends {ends} but starts {starts}; correct one of them.")
    streets = given.get("streets", ())
    names = streets.split(";") if isinstance(streets, str) else streets
    return Work(
        code=str(given["code"]),
        topic=given.get("topic"),
        asset=given.get("asset"),
        district=given.get("district"),
        streets=tuple(dict.fromkeys(key for name in names if (key := street_key(str(name))))),
        starts=starts,
        ends=ends,
        notice=str(given.get("notice", "")),
    )


def _moment(where: str, given: object, zone: tzinfo) -> datetime:
    try:
        found = given if isinstance(given, datetime) else parse_moment(str(given), zone)
    except BadRow as error:
        raise BadFile(f"{where}: {given!r} is {error.reason}.") from error
    return found if found.tzinfo else found.replace(tzinfo=zone)
