"""Who answers, who stands in, and by when: what a small file makes of messages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routing import DEADLINES, TAIL, TODAY, write

from otklik.datasets.errors import BadRoutes
from otklik.datasets.records import Kind
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.serving.route_check import load_routes
from otklik.serving.route_match import RowIndex, pick
from otklik.serving.route_rows import Case, Event, RouteRow, Stage

MOSCOW = ZoneInfo("Europe/Moscow")
POTHOLES = ("roads", "roads.potholes")
ROUTES = """\
routes = [
    {recipients = ["office"]},
    {groups = ["roads"], recipients = ["roads"]},
    {topics = ["roads.potholes"], recipients = ["roads", "housing"]},
    {topics = ["roads.potholes"], districts = ["Ахматовский"], recipients = ["housing", "roads"]},
    {groups = ["utilities"], sources = ["pos"], recipients = ["housing"]},
    {groups = ["sport"], recipients = ["housing"], valid_to = 2026-12-31},
    {groups = ["sport"], recipients = ["roads"], valid_from = 2027-01-01},
]
"""


def case(group, topic=None, district=None, source="im", on=TODAY, **more):
    return Case(group, topic, district, source, on, **more)


@pytest.fixture
def router(tmp_path):
    return load_routes(write(tmp_path, ROUTES), today=TODAY)


@pytest.mark.parametrize(
    ("asked", "recipients", "line"),
    [
        (case(*POTHOLES), ("roads", "housing"), 10),
        (case(*POTHOLES, "Ахматовский"), ("housing", "roads"), 11),
        (case(*POTHOLES, "Висаитовский"), ("roads", "housing"), 10),
        (case("roads", "roads.signs", "Ахматовский"), ("roads",), 9),
        (case("roads", None, "Ахматовский"), ("roads",), 9),  # only the group is known
        (case("utilities", "utilities.lifts"), ("office",), 8),
        (case("utilities", "utilities.lifts", source="pos"), ("housing",), 12),
        (case("utilities", "utilities.lifts", source="telegram"), ("office",), 8),
        (case("sport", on=date(2026, 12, 31)), ("housing",), 13),
        (case("sport", on=date(2027, 1, 1)), ("roads",), 14),
    ],
)
def test_the_most_specific_row_wins(router, asked, recipients, line):
    found = router.assign(asked)
    assert found.recipients == recipients
    assert found.row.line == line
    assert f"city.toml, строка {line}:" in found.reason


def test_absences_and_substitutes(tmp_path):
    tail = """\
[recipients]
office = {name = "Аппарат"}
housing = {name = "Департамент ЖКХ", substitute = "office"}

[recipients.roads]
name = "Дорожный департамент"
substitute = "housing"
absences = [{from = 2026-12-01, to = 2026-12-14}, {from = 2027-02-01, substitute = "office"}]

[calendars.city]
"""
    router = load_routes(write(tmp_path, ROUTES, tail=tail), today=TODAY)

    def who(day):
        return router.assign(case(*POTHOLES, on=date.fromisoformat(day)))

    assert who("2026-11-30").recipients == ("roads", "housing")
    away = who("2026-12-14")
    assert away.recipients == ("housing",)  # it takes part already
    assert away.substituted == (("roads", "housing"),)
    assert "Департамент ЖКХ замещает Дорожный департамент" in away.reason
    assert who("2026-12-15").recipients == ("roads", "housing")
    assert who("2029-01-01").recipients == ("office", "housing")


@pytest.mark.parametrize(
    "absences",
    [
        'office = {name = "Аппарат", substitute = "roads", absences = [{from = 2027-01-01}]}\n'
        'roads = {name = "Дороги", substitute = "office", absences = [{from = 2027-02-01}]}\n',
        'office = {name = "Аппарат"}\nroads = {name = "Дороги", absences = [{to = 2027-01-01}]}\n',
    ],
)
def test_somebody_must_stand_in(tmp_path, absences):
    tail = f"[recipients]\n{absences}housing = {{name = 'ЖКХ'}}\n[calendars.city]\n"
    with pytest.raises(BadRoutes, match="nobody stands in"):
        load_routes(write(tmp_path, ROUTES, tail=tail), today=TODAY)


def test_deadline_of_an_appeal_and_of_a_message(tmp_path):
    deadlines = (
        DEADLINES
        + """\
[[deadlines]]
kind = "сообщение"
sources = ["im"]
importance = [4, 5]
amount = 4
unit = "working_hours"
basis = "уточнить у заказчика"

[[deadlines]]
kind = "сообщение"
stage = "final"
amount = 7
unit = "working_days"
starts = "interim"
basis = "уточнить у заказчика"
"""
    )
    router = load_routes(write(tmp_path, ROUTES, deadlines), today=TODAY)
    friday = datetime(2026, 6, 5, 21, 40, tzinfo=MOSCOW)
    monday = datetime(2026, 6, 8, 11, 0, tzinfo=MOSCOW)
    received = {Event.RECEIVED: friday}

    def found(asked, moments=received, stage=Stage.ANSWER):
        deadline = router.deadline(asked, moments, stage)
        return deadline and deadline.due.isoformat(timespec="minutes")

    plain, grave = case(*POTHOLES, importance=3), case(*POTHOLES, importance=5)
    assert found(plain) == "2026-06-06T21:40+03:00"
    assert found(grave) == "2026-06-08T13:00+03:00"
    appeal = case(*POTHOLES, source="pos", kind=Kind.APPEAL, importance=5)
    registered = {Event.RECEIVED: friday, Event.REGISTERED: monday}
    assert found(appeal, registered) == "2026-07-08T18:00+03:00"
    # Not registered yet: counted from the receipt, never later.
    assert found(appeal) == "2026-07-03T18:00+03:00"
    assert router.deadline(appeal, received).started is Event.RECEIVED
    assert router.deadline(appeal, received).row.basis.startswith("59-ФЗ")
    # The clock of the final answer starts with the interim one.
    assert found(plain, stage=Stage.FINAL) is None
    answered = {Event.RECEIVED: friday, Event.INTERIM: monday}
    assert [one.stage for one in router.deadlines(plain, answered)] == [Stage.ANSWER, Stage.FINAL]
    assert found(plain, answered, Stage.FINAL) == "2026-06-18T18:00+03:00"
    assert found(plain, stage=Stage.FORWARD) is None


def test_calendar_of_a_row(tmp_path):
    tail = TAIL + '[calendars.duty]\nhours = ["00:00-23:00"]\n'
    deadlines = DEADLINES.replace(
        '24\nunit = "hours"', '4\nunit = "working_hours"\ncalendar = "duty"'
    )
    router = load_routes(write(tmp_path, deadlines=deadlines, tail=tail), today=TODAY)
    moments = {Event.RECEIVED: datetime(2026, 6, 4, 21, 0, tzinfo=MOSCOW)}
    assert router.deadline(case("roads"), moments).due.isoformat() == "2026-06-05T02:00:00+03:00"


GROUPS = ["roads", "sport"]
TOPICS = ["roads.potholes", "roads.signs", "sport.other"]
DISTRICTS = ["Ахматовский", "Висаитовский"]


def some(names):
    return st.lists(st.sampled_from(names), unique=True, max_size=2).map(tuple)


@st.composite
def tables(draw):
    found = []
    for number in range(draw(st.integers(1, 7))):
        topics = draw(some(TOPICS))
        row = RouteRow(
            topics=topics,
            groups=() if topics else draw(some(GROUPS)),
            districts=draw(some(DISTRICTS)),
            sources=draw(some(["im", "pos"])),
            priority=draw(st.integers(0, 1)),
            recipients=(draw(st.sampled_from(["office", "roads", "housing"])),),
        )
        row.place(number, number + 1)
        found.append(row)
    return found


CASES = st.builds(
    case,
    st.just("roads"),
    st.sampled_from([None, "roads.potholes", "roads.signs"]),
    st.sampled_from([None, *DISTRICTS]),
    st.sampled_from(["im", "pos", "letter"]),
)


@settings(max_examples=80, deadline=None)
@given(tables(), CASES, st.randoms())
def test_the_order_of_rows_decides_nothing(rows, asked, random):
    shuffled = random.sample(rows, len(rows))
    first, second = pick(rows, asked), pick(shuffled, asked)
    assert (first.row and first.row.value) == (second.row and second.row.value)
    assert {row.number for row in first.rivals} == {row.number for row in second.rivals}


@settings(max_examples=80, deadline=None)
@given(tables(), CASES)
def test_what_is_picked_matches_and_nothing_beats_it(rows, asked):
    picked = pick(rows, asked)
    matching = [row for row in rows if row.matches(asked)]
    assert (picked.row is None and not picked.rivals) == (not matching)
    for row in [picked.row] if picked.row else picked.rivals:
        assert row in matching
        assert row.priority == max(other.priority for other in matching)
        better = (other for other in matching if other.priority == row.priority)
        assert not any(other.beats(row) and not row.beats(other) for other in better)
    indexed = pick(RowIndex(rows).of(asked.group, asked.topic), asked)
    assert (indexed.row and indexed.row.value) == (picked.row and picked.row.value)
    assert {row.number for row in indexed.rivals} == {row.number for row in picked.rivals}


def test_every_topic_of_the_shipped_file_has_recipient_and_deadline():
    router = load_routes(today=TODAY)
    moments = {Event.RECEIVED: datetime(2026, 11, 25, 12, 0, tzinfo=MOSCOW)}
    rubricator = load_rubricator("im-2026")
    districts = [None, "Ахматовский", "Байсангуровский", "Висаитовский", "Шейх-Мансуровский"]
    asked = [(group.code, None) for group in rubricator.groups]
    asked += [(topic.group.code, topic.code) for topic in rubricator.topics]
    for group, topic in asked:
        for district in districts:
            for source, kind in (
                ("im", Kind.MESSAGE),
                ("pos", Kind.MESSAGE),
                ("letter", Kind.APPEAL),
            ):
                one = case(group, topic, district, source, kind=kind)
                assert router.assign(one).recipients
                assert router.deadline(one, moments).row.basis
    yard = case("improvement", "improvement.yard_snow", "Висаитовский")
    assert router.assign(yard).recipients == ("visaitovsky", "improvement")
