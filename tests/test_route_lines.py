"""Lines of rows and keys in a TOML file."""

import tomllib

import pytest

from otklik.serving.toml_lines import TomlLines

TEXT = '''\
name = "a # [[routes]]"
text = """
[[routes]]
x = [{
"""
routes = [  # {not a row}
    {topics = ["a", "b"], note = "}]"},
    {groups = ["c"],
     note = "two lines"}, {groups = ["d"]},
]

[recipients]
office = {name = "Аппарат", absences = [{from = 2027-01-01}]}
housing = {name = "ЖКХ"}

[[deadlines]]
kind = "x"
amount = 3

[[deadlines]]
kind = "y"

[calendars.city]
hours = ["09:00-13:00"]
days_off = [
    {yearly = "03-23"},
]
'''


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("name",), 1),
        (("routes",), 6),
        (("routes", 0), 7),
        (("routes", 0, "topics", 1), 7),
        (("routes", 1), 8),
        (("routes", 2), 9),
        (("recipients", "office", "absences", 0, "from"), 13),
        (("recipients", "housing"), 14),
        (("deadlines", 0, "amount"), 18),
        (("deadlines", 0, "unit"), 16),
        (("deadlines", 1), 20),
        (("deadlines", 1, "kind"), 21),
        (("calendars", "city", "hours"), 24),
        (("calendars", "city", "days_off", 0), 26),
        (("nowhere",), 1),
    ],
)
def test_lines(loc, line):
    tomllib.loads(TEXT.replace('{groups = ["c"],\n     note', '{groups = ["c"], note'))
    assert TomlLines(TEXT).of(loc) == line
