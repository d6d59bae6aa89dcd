"""Every kind of mistake is planted in a routing file and found, with its lines."""

from datetime import date

import pytest
from routing import DEADLINES, HEAD, ROUTES, TODAY, faults, line_of, write

from otklik.datasets.errors import BadRoutes
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.serving.route_check import check_routes, load_routes
from otklik.serving.route_table import SHIPPED, find_routes


def test_a_sound_file_has_no_fault(tmp_path):
    path = write(tmp_path)
    assert faults(path) == []
    assert [one.kind for one in faults(path, "warning")] == ["to_confirm"]


def test_the_shipped_file_is_sound_and_says_what_is_to_be_confirmed():
    report = check_routes(SHIPPED / "grozny.toml", TODAY)
    assert report.errors == ()
    (told,) = report.faults
    assert told.kind == "to_confirm"
    assert "rows are marked «уточнить у заказчика»" in told.message


def inline(*rows):
    return "routes = [\n" + "".join(f"    {{{row}}},\n" for row in rows) + "]\n"


ALL = 'recipients = ["office"]'


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        (
            (ALL, 'groups = ["roads"], recipients = ["roads"]',
             'groups = ["sport", "roads"], recipients = ["housing"]'),
            "conflict",
            ("line 9 (roads) says roads, line 10 (sport, roads) says housing", "higher priority"),
        ),
        (
            (ALL, 'topics = ["roads.potholes"], recipients = ["roads"]',
             'groups = ["roads"], districts = ["Ахматовский"], recipients = ["housing"]'),
            "conflict",
            ("line 9", "line 10", "both fit roads.potholes × Ахматовский", "a row for both"),
        ),
        (
            (ALL, 'groups = ["roads"], recipients = ["roads"]',
             'groups = ["roads"], recipients = ["housing"]'),
            "conflict",
            ("for the same cases: remove one",),
        ),
        (
            (ALL, 'groups = ["roads"], recipients = ["roads"], valid_to = 2027-03-31',
             'groups = ["roads"], recipients = ["housing"], valid_from = 2027-03-01'),
            "overlap",
            ("roads × … to 2027-03-31", "2027-03-01 to …", "valid_to"),
        ),
        (
            (ALL, 'groups = ["roads"], recipients = ["roads"]',
             'groups = ["roads"], recipients = ["roads"]'),
            "unreachable",
            ("line 10 (roads) never decides: line 9 says the same",),
        ),
        (
            (ALL, 'groups = ["roads"], recipients = ["roads"], priority = 1',
             'topics = ["roads.potholes"], recipients = ["housing"]'),
            "unreachable",
            ("line 10 (roads.potholes) never decides: line 9 always wins",),
        ),
        (
            (ALL, 'topics = ["roads.pothole"], recipients = ["roads"]'),
            "unknown_topic",
            ("line 9", "is 'roads.potholes' meant?"),
        ),
        (
            (ALL, 'topics = ["Ямы во дворах"], recipients = ["roads"]'),
            "unknown_topic",
            ("write its code 'improvement.yard_potholes'",),
        ),
        (
            (ALL, 'topics = ["roads"], recipients = ["roads"]'),
            "unknown_topic",
            ("is a group of im-2026: write it under `groups`",),
        ),
        ((ALL, 'groups = ["road"], recipients = ["roads"]'), "unknown_group", ("'roads' meant?",)),
        ((ALL, 'groups = ["roads"], recipients = ["road"]'), "unknown_recipient", ("is 'roads'",)),
        (
            (ALL, 'districts = ["Ленинский"], recipients = ["roads"]'),
            "unknown_district",
            ("'Ленинский' is now 'Ахматовский': write that",),
        ),
        (
            (ALL, 'districts = ["Северный"], recipients = ["roads"]'),
            "unknown_district",
            ("no district of Грозный 'Северный'", "Висаитовский"),
        ),
        ((ALL, 'sources = ["vk"], recipients = ["roads"]'), "unknown_source", ("im, pos",)),
    ],
)  # fmt: skip
def test_one_mistake_among_routes(tmp_path, rows, kind, words):
    path = write(tmp_path, inline(*rows))
    (found,) = faults(path)
    assert found.kind == kind
    assert found.message.startswith("city.toml, line ")
    for word in words:
        assert word in found.message
    assert f"line {found.line}" in found.message
    with pytest.raises(BadRoutes, match=r"city\.toml, line"):
        load_routes(path, today=TODAY)


def test_a_conflict_names_both_lines(tmp_path):
    rows = ROUTES + "".join(
        f'[[routes]]\ngroups = ["roads"]\nrecipients = ["{name}"]\n'
        for name in ("roads", "housing")
    )
    path = write(tmp_path, rows)
    (found,) = faults(path)
    lines = [line_of(path, "[[routes]]", number) for number in (2, 3)]
    assert [found.line, found.other_line] == lines


def test_gaps_are_told_by_topic_and_territory(tmp_path):
    every = [code for code in _groups() if code not in ("roads", "sport")]
    rows = (
        f"groups = {every}, recipients = ['office']",
        'groups = ["sport"], districts = ["Ахматовский", "Висаитовский"], recipients = ["office"]',
        'topics = ["roads.potholes"], recipients = ["roads"]',
        'topics = ["roads.signs"], sources = ["im"], recipients = ["roads"]',
    )
    told = "\n".join(one.message for one in faults(write(tmp_path, inline(*rows))))
    assert "group sport (" in told
    assert "district Байсангуровский, Шейх-Мансуровский;" in told
    assert "topic roads.signs, source pos;" in told
    assert "group roads (roads.guardrails, roads.speed_bumps, " in told
    assert "and 20 more)" in told
    assert told.count("\n") == 2


def test_what_only_an_unknown_district_lacks_is_a_warning(tmp_path):
    four = '["Ахматовский", "Байсангуровский", "Висаитовский", "Шейх-Мансуровский"]'
    every = [code for code in _groups() if code != "sport"]
    rows = (
        f"groups = {every}, recipients = ['office']",
        f'groups = ["sport"], districts = {four}, recipients = ["office"]',
    )
    path = write(tmp_path, inline(*rows))
    assert faults(path) == []
    (told,) = [one for one in faults(path, "warning") if one.kind == "gap"]
    assert "no known district" in told.message
    found = load_routes(path, today=TODAY)
    assert found is not None


def test_a_gap_that_opens_later_is_a_warning_and_one_that_is_over_nothing(tmp_path):
    path = write(tmp_path, inline(f"{ALL}, valid_from = 2026-01-01, valid_to = 2026-12-31"))
    assert faults(path) == []
    told = [one.message for one in faults(path, "warning") if one.kind == "gap"]
    assert len(told) == 26
    assert all("from 2027-01-01" in message for message in told)
    assert len(faults(path, today=date(2027, 1, 1))) == 26


def _groups():
    return [group.code for group in load_rubricator("im-2026").groups]


MESSAGE = 'kind = "сообщение"\namount = 24\nunit = "hours"\nbasis = "приказ"\n'


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        (MESSAGE.replace("24", "8"), "conflict", ("24 hours from received", "8 hours")),
        (
            MESSAGE.replace("24", "4") + 'sources = ["im"]\n[[deadlines]]\n'
            + MESSAGE.replace("24", "8") + "importance = [5]\n",
            "conflict",
            ("importance 5", "both fit", "im", "a row for both"),
        ),
        (MESSAGE.replace("24", "4") + 'basis = ""\ngroups = ["roads"]\n', "no_basis",
         ("without legal basis", "уточнить у заказчика")),
        (MESSAGE + 'topics = ["roads.hole"]\n', "unknown_topic", ("roads.hole",)),
        (MESSAGE + 'groups = ["roads"]\ncalendar = "duty"\n', "unknown_calendar", ("'duty'",)),
    ],
)  # fmt: skip
def test_one_mistake_among_deadlines(tmp_path, more, kind, words):
    if 'basis = ""' in more:
        more = more.replace('basis = "приказ"\n', "")
    path = write(tmp_path, deadlines=f"{DEADLINES}[[deadlines]]\n{more}")
    (found,) = faults(path)
    assert found.kind == kind
    for word in words:
        assert word in found.message


def test_every_way_of_filing_needs_a_term(tmp_path):
    only_messages = DEADLINES.split("\n\n")[0] + "\n"
    found = faults(write(tmp_path, deadlines=only_messages))
    assert {one.kind for one in found} == {"gap"}
    assert all("no deadline of the answer to «обращение»" in one.message for one in found)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('unit = "hours"', 'unit = "day"', ("deadlines.0.unit", "'working_days'", "'day'")),
        ("amount = 24", "amount = 0", ("deadlines.0.amount", "greater than 0", "given: 0")),
        ("amount = 24", "amount = 1.5", ("deadlines.0.amount", "1.5")),
        ('kind = "сообщение"', 'kind = "письмо"', ("deadlines.0.kind", "'обращение'", "'письмо'")),
        ("amount = 24", "amount = 24\nimportance = [6]", ("deadlines.0.importance.0", "given: 6")),
        ("amount = 24", "amont = 24", ("deadlines.0.amont: unknown key",)),
        (
            "[calendars.city]",
            '[calendars.city]\nhours = ["18:00-09:00"]',
            ("ends before it begins",),
        ),
        ("[calendars.city]", '[calendars.city]\nhours = ["9-18"]', ("'09:00-13:00'", "'9-18'")),
        (
            "[calendars.city]",
            '[calendars.city]\nhours = ["09:00-13:00", "12:00-18:00"]',
            ("overlap",),
        ),
        (
            "[calendars.city]",
            "[calendars.city]\nworking = [2027-01-09]\ndays_off = [{on = 2027-01-09}]",
            ("2027-01-09 is named both as worked and as off",),
        ),
        ("[calendars.city]", "[calendars.city]\ndays_off = [{name = 'x'}]", ("either `on",)),
        ('recipients = ["office"]', "recipients = []", ("routes.0.recipients", "at least 1")),
        (
            'recipients = ["office"]',
            'recipients = ["office"]\nvalid_from = 2027-01-02\nvalid_to = 2027-01-01',
            ("never in force",),
        ),
        (
            'recipients = ["office"]',
            'recipients = ["office"]\ntopics = ["roads.signs"]\ngroups = ["roads"]',
            ("not both",),
        ),
        ('name = "test"', 'name = "test"\ntimezone = "Moscow"', ("timezone", "IANA")),
    ],
)
def test_a_wrong_value_is_told_with_line_key_and_value(tmp_path, old, new, words):
    path = write(tmp_path)
    text = path.read_text(encoding="utf-8").replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    found = faults(path)
    assert {one.kind for one in found} == {"schema"}
    for word in words:
        assert any(word in one.message for one in found), [one.message for one in found]
    near = line_of(path, new.splitlines()[0])
    assert any(abs(one.line - near) <= 2 for one in found)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ('"im-2026"', '"im-2030"', "unknown_rubricator"),
        ('"grozny"', '"atlantis"', "unknown_city"),
        ('calendar = "city"', 'calendar = "town"', "unknown_calendar"),
    ],
)
def test_wrong_names_in_the_head(tmp_path, old, new, kind):
    path = write(tmp_path, head=HEAD.replace(old, new))
    (found,) = faults(path)
    assert found.kind == kind
    assert found.line == line_of(path, new)


def test_moved_days_that_nobody_knows_yet_are_a_warning(tmp_path):
    path = write(tmp_path)
    kinds = [one.kind for one in faults(path, "warning", today=date(2040, 5, 1))]
    assert "calendar_year" in kinds


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(BadRoutes, match="No routing file"):
        check_routes(tmp_path / "none.toml", TODAY)
    path = tmp_path / "broken.toml"
    path.write_text("routes = [", encoding="utf-8")
    with pytest.raises(BadRoutes, match="not valid TOML"):
        check_routes(path, TODAY)
    path.write_bytes("name = 'Грозный'".encode("cp1251"))
    with pytest.raises(BadRoutes, match="not UTF-8"):
        check_routes(path, TODAY)


def test_a_file_in_the_current_folder_comes_before_the_shipped_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_routes() == SHIPPED / "grozny.toml"
    own = tmp_path / "config" / "grozny.toml"
    own.parent.mkdir()
    own.write_text("", encoding="utf-8")
    assert find_routes().resolve() == own
    assert find_routes(tmp_path / "x.toml") == tmp_path / "x.toml"
