import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.datasets.errors import BadWeek
from otklik.pipelines.week import Week


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("2021-W06", "8–14 февраля 2021 года"),
        ("2021w6", "8–14 февраля 2021 года"),
        ("2020-W53", "28 декабря 2020 года – 3 января 2021 года"),
        ("2021-W13", "29 марта – 4 апреля 2021 года"),
    ],
)
def test_days_in_russian(name, days):
    assert Week.parse(name).days == days


@pytest.mark.parametrize("name", ["", "2021", "2021-06", "неделя 6", "2021-W54", "2021-W00"])
def test_another_form_is_refused(name):
    with pytest.raises(BadWeek):
        Week.parse(name)


@given(st.dates())
def test_names_come_back(day):
    week = Week.of(day)
    assert week.monday <= day <= week.sunday
    assert Week.parse(week.name) == week


def test_names_sort_as_weeks_do():
    names = [Week.parse("2021-W06").back(back).name for back in range(60, -1, -1)]
    assert names == sorted(names)
    assert "2020-W53" in names


def test_weeks_from_one_to_another():
    assert [one.name for one in Week.parse_span("2020-W52..2021-W02")] == [
        "2020-W52", "2020-W53", "2021-W01", "2021-W02"
    ]  # fmt: skip
    assert Week.parse_span("2021-W06") == [Week.parse("2021-W06")]
    with pytest.raises(BadWeek, match="ends before it begins"):
        Week.parse_span("2021-W06..2021-W05")
    with pytest.raises(BadWeek, match="more than 520"):
        Week.parse_span("1991-W06..2021-W05")
