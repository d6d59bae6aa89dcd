"""Small routing files for tests."""

from datetime import date
from pathlib import Path

from otklik.serving.route_check import check_routes

TODAY = date(2026, 11, 25)

HEAD = """\
name = "test"
city = "grozny"
rubricator = "im-2026"
calendar = "city"
sources = ["im", "pos"]
"""
ROUTES = """\
[[routes]]
recipients = ["office"]
"""
DEADLINES = """\
[[deadlines]]
kind = "сообщение"
amount = 24
unit = "hours"
basis = "уточнить у заказчика"

[[deadlines]]
kind = "обращение"
amount = 30
unit = "calendar_days"
starts = "registered"
basis = "59-ФЗ от 02.05.2006, ст. 12 ч. 1"
"""
TAIL = """\
[recipients]
office = {name = "Аппарат"}
roads = {name = "Дорожный департамент"}
housing = {name = "Департамент ЖКХ"}

[calendars.city]
"""


def write(folder, routes=ROUTES, deadlines=DEADLINES, head=HEAD, tail=TAIL):
    path = Path(folder) / "city.toml"
    path.write_text("\n".join([head, routes, deadlines, tail]), encoding="utf-8")
    return path


def line_of(path, text, nth=1):
    """Number of the nth line that holds `text`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if text in line][nth - 1]


def faults(path, severity="error", today=TODAY):
    return [one for one in check_routes(path, today).faults if one.severity == severity]
