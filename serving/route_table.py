"""A routing file: recipients, calendars, who answers what, and by when."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator

from otklik.datasets.dates import load_zone
from otklik.datasets.errors import BadRoutes, BadSettings, NoRoutes
from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.settings import load_settings
from otklik.serving.calendar_rules import CalendarRules, Strict
from otklik.serving.route_rows import DeadlineRow, Names, RouteRow
from otklik.serving.toml_lines import TomlLines
from otklik.serving.work_calendar import WorkCalendar

# Beside this folder in a checkout, `otklik/config` in an installed package.
SHIPPED = Path(__file__).parents[1] / "config"
OWN = Path("config")


class Absence(Strict):
    """Days on which a recipient does not answer, both inclusive."""

    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    substitute: str | None = None
    note: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.from_ is None and self.to is None:
            raise ValueError("an absence needs `from`, `to` or both")
        if self.from_ and self.to and self.to < self.from_:
            raise ValueError(f"an absence from {self.from_} to {self.to} ends before it begins")
        return self

    def covers(self, on: date) -> bool:
        """Whether that day is one of them."""
        return (self.from_ or on) <= on <= (self.to or on)


class Recipient(Strict):
    """Who answers.

    Parameters
    ----------
    name : str
        Official name.
    external : bool
        Not of the city: an appeal is forwarded, not answered.
    substitute : str or None
        Code of who stands in during an absence that names nobody else.
    absences : tuple of Absence
        An abolished body is absent from its last day on, without `to`.
    note : str
        For people.
    """

    name: Annotated[str, Field(min_length=2)]
    external: bool = False
    substitute: str | None = None
    absences: tuple[Absence, ...] = ()
    note: str = ""


class RouteTable(Strict):
    """The whole file.

    Parameters
    ----------
    name : str
        Short name.
    city : str
        Gazetteer whose districts rows may name: a shipped one or a path.
    rubricator : str
        Version whose topics and groups rows may name.
    timezone : str
        IANA zone of days and working hours.
    calendar : str
        Calendar that counts where a deadline names none.
    sources : tuple of str
        Systems that rows may name.
    recipients, calendars : dict
        By code.
    routes, deadlines : tuple of rows
        In the order of the file; the order decides nothing.
    """

    name: Annotated[str, Field(min_length=1)]
    city: str
    rubricator: str
    timezone: str = "Europe/Moscow"
    calendar: str
    sources: Names
    recipients: dict[str, Recipient]
    calendars: dict[str, CalendarRules]
    routes: tuple[RouteRow, ...]
    deadlines: tuple[DeadlineRow, ...]

    @field_validator("timezone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        try:
            load_zone(name)
        except BadSettings as error:
            raise ValueError(str(error)) from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """Zone of days and working hours."""
        return load_zone(self.timezone)

    def work_calendars(self) -> dict[str, WorkCalendar]:
        """Calendars by code, ready to count with."""
        return {code: WorkCalendar(rules, self.zone) for code, rules in self.calendars.items()}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one value of the file."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class RouteFile:
    """A file as read: the table, or what is wrong with its form.

    Parameters
    ----------
    path : Path
        The file.
    lines : TomlLines
        Where everything stands.
    table : RouteTable or None
        None where there are complaints.
    complaints : tuple of Complaint
        Every value that is refused, in the order of lines.
    """

    path: Path
    lines: TomlLines
    table: RouteTable | None
    complaints: tuple[Complaint, ...] = ()


def find_routes(given: Path | None = None) -> Path:
    """The routing file: the given one, else the city's in `config/`, else the shipped one.

    Raises
    ------
    NoRoutes
        There is none for the city of the settings.
    """
    if given is not None:
        return given
    name = f"{load_gazetteer(load_settings().city).name}.toml"
    for folder in (OWN, SHIPPED):
        if (folder / name).is_file():
            return folder / name
    raise NoRoutes(
        f"No routing file for the city: neither {OWN / name} here nor a shipped {name}. "
        f"Write {OWN / name} (config/grozny.toml is an example) or name another file."
    )


def read_routes(path: Path) -> RouteFile:
    """Read a routing file; rows know their lines. What the rows mean is checked elsewhere.

    Raises
    ------
    BadRoutes
        Not there, not TOML, not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise BadRoutes(f"No routing file {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadRoutes(f"{path.name} is not UTF-8: {error}. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadRoutes(f"{path.name} is not valid TOML: {error}.") from error
    lines = TomlLines(text)
    try:
        table = RouteTable.model_validate(content)
    except ValidationError as error:
        found = [_complaint(lines, one) for one in error.errors(include_url=False)]
        return RouteFile(path, lines, None, tuple(sorted(found, key=lambda one: one.line)))
    for kind, rows in (("routes", table.routes), ("deadlines", table.deadlines)):
        for index, row in enumerate(rows):
            row.place(index, lines.of((kind, index)))
    return RouteFile(path, lines, table)


def _complaint(lines: TomlLines, error: Any) -> Complaint:  # noqa: ANN401 - pydantic's ErrorDetails
    loc, message = error["loc"], error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "unknown key; correct its name or remove it"
    elif error["type"] == "missing":
        message = "this key is missing; add it"
    key = ".".join(map(str, loc)) or "the whole"
    shown = error["type"] not in ("missing", "value_error") or not isinstance(error["input"], dict)
    given = (
        f" (given: {error['input']!r:.80})" if loc and shown and error["type"] != "missing" else ""
    )
    return Complaint(lines.of(loc), f"{key}: {message}{given}")
