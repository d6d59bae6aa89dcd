"""Planned works: what a text says of them, how a calendar is read, what it explains."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from otklik.datasets.errors import BadFile
from otklik.datasets.planned_works import Work, read_works, save_works, works_between
from otklik.datasets.records import Place
from otklik.models.incident_signal import Signal
from otklik.models.planned import said_planned, say_until, work_of_signal

ZONE = ZoneInfo("Europe/Moscow")
AT = datetime(2026, 6, 9, 12, 0, tzinfo=ZONE)
WORK = Work(
    code="В-1",
    topic="utilities.no_water",
    asset=None,
    district="Заводской",
    streets=("садовая|улица",),
    starts=datetime(2026, 6, 9, 9, 0, tzinfo=ZONE),
    ends=datetime(2026, 6, 11, 18, 0, tzinfo=ZONE),
    notice="Замена задвижки",
)


@pytest.mark.parametrize(
    ("text", "said", "until"),
    [
        ("Соседи, это плановое отключение до 11 июня", True, "2026-06-11T23:59"),
        ("Да плановые ремонтные работы, до 18:00 обещали", True, "2026-06-09T18:00"),
        ("плановое отключение воды до 11.06", True, "2026-06-11T23:59"),
        ("Плановые работы до 9 часов", True, "2026-06-10T09:00"),
        ("запланированное отключение, терпите", True, None),
        ("Это плановое отключение до 3 марта", True, "2027-03-03T23:59"),
        ("Плановое отключение до 31 июня", True, None),
        ("Нет воды, говорят до 11 июня", False, None),
        ("Планово никто ничего не делает", False, None),
    ],
)
def test_a_text_may_call_an_outage_planned(text, said, until):
    found = said_planned(text, AT, ZONE)
    assert (found is not None) is said
    if found:
        given = found.until.isoformat(timespec="minutes")[:16] if found.until else None
        assert given == until
        assert text[found.start : found.stop].lower().startswith(("план", "заплан"))


def signal(topic="utilities.no_water", *, text="Нет воды", at=AT, **place):
    return Signal(1, at, {topic: 1.0}, Place(**place), "a", text)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"street": "улица Садовая"}, True),
        ({"topic": "utilities.water_accidents", "street": "улица Садовая"}, True),
        ({"topic": "energy.power_outage", "street": "улица Садовая"}, False),
        ({"street": "улица Речная"}, False),
        ({"district": "Заводской"}, False),
        ({"street": "улица Садовая", "at": AT - timedelta(days=1)}, False),
        ({"street": "улица Садовая", "at": AT + timedelta(days=3)}, False),
    ],
)
def test_a_work_explains_its_kind_place_and_time(given, fits):
    assert (work_of_signal(signal(**given), [WORK], ZONE) is WORK) is fits


def test_of_two_works_the_one_that_ends_as_said():
    other = Work(**{name: getattr(WORK, name) for name in Work.__slots__} | {"code": "В-2"})
    early = Work(
        **{name: getattr(WORK, name) for name in Work.__slots__}
        | {"code": "В-0", "ends": AT + timedelta(hours=3)}
    )
    told = signal(text="это плановое отключение до 11 июня", street="улица Садовая")
    assert work_of_signal(told, [early, other], ZONE).code == "В-2"
    assert say_until(WORK, ZONE) == "плановые работы до 11 июня, 18:00"


CSV = """Номер;Тема;Улицы;Начало;Окончание;Описание
В-1;utilities.no_water;ул. Садовая; 09.06.2026 09:00;11.06.2026 18:00;Замена задвижки
В-2;;улица Садовая, улица Речная;10.06.2026 09:00;10.06.2026 12:00;
"""
TOML = """
[[work]]
code = "В-1"
topic = "utilities.no_water"
streets = ["ул. Садовая", "Садовая улица"]
district = "Заводской"
starts = 2026-06-09T09:00:00
ends = 2026-06-11T18:00:00+03:00
notice = "Замена задвижки"
"""


def test_a_calendar_is_read_from_a_table_or_toml_and_kept(store, tmp_path):
    table, toml = tmp_path / "works.csv", tmp_path / "works.toml"
    table.write_text(CSV, encoding="utf-8")
    toml.write_text(TOML, encoding="utf-8")
    read = read_works(table, ZONE)
    assert [work.code for work in read] == ["В-1", "В-2"]
    assert read[0].streets == WORK.streets
    assert read_works(toml, ZONE) == [WORK]
    for works in (read, [WORK], [WORK]):
        with store.database.writing() as connection:
            save_works(connection, works)
    with store.database.reading() as connection:
        assert works_between(connection, AT, AT) == [WORK]
        assert works_between(connection, AT + timedelta(days=9), AT + timedelta(days=10)) == []
        both = works_between(connection, AT, AT + timedelta(days=1))
    assert [work.code for work in both] == ["В-1", "В-2"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "код,начало\nВ-1,09.06.2026\n", "row 2: nothing under 'ends' or 'окончание'"),
        ("a.csv", "код,начало,окончание\nВ-1,09.06.2026,08.06.2026\n", "ends 2026-06-08"),
        ("a.csv", "код,начало,окончание\nВ-1,вчера,08.06.2026\n", "'вчера' is not a date"),
        ("a.toml", "work = 3", "holds no"),
        ("a.toml", "[[work", "is not TOML"),
        ("a.toml", TOML + TOML, "'В-1' stands twice"),
        ("b.toml", None, "cannot be read"),
    ],
)
def test_a_calendar_that_cannot_be_read_says_where(tmp_path, name, content, told):
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BadFile, match=told):
        read_works(path, ZONE)


def test_moments_of_a_calendar_are_utc_aware(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("code,starts,ends\n1,2026-06-09 09:00,2026-06-09T09:00:00Z\n", encoding="utf-8")
    (work,) = read_works(path, ZONE)
    assert work.starts == datetime(2026, 6, 9, 6, 0, tzinfo=UTC)
