from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.datasets.dates import load_zone, parse_moment
from otklik.datasets.errors import BadRow, BadSettings

MOSCOW = ZoneInfo("Europe/Moscow")
EVENING = datetime(2025, 12, 24, 20, 6, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    "text",
    [
        "24.12.2025 20:06",
        "24.12.2025 20:06:00",
        "24.12.2025, 20:06",
        "24.12.2025 г. 20:06",
        "24.12.2025 г., в 20:06",
        "24.12.2025 в 20:06",
        "24.12.25 20:06",
        "24/12/2025 20:06",
        "24-12-2025 20:06",
        "2025-12-24 20:06:00",
        "2025-12-24T20:06:00",
        "2025-12-24T20:06:00+03:00",
        "2025-12-24 17:06:00 +0000",
        "2025-12-24T17:06:00Z",
        "'2025-12-24 20:06:00",
        "  24.12.2025\u00a020:06 ",
        "46015.8375",
        "46015,8375",
    ],
)
def test_one_moment_in_many_spellings(text):
    assert parse_moment(text, MOSCOW) == EVENING


def test_a_date_alone_is_its_midnight():
    midnight = EVENING.replace(hour=0, minute=0)
    for text in ("24.12.2025", "2025-12-24", "46015"):
        assert parse_moment(text, MOSCOW) == midnight


def test_a_zone_in_the_text_wins():
    moment = parse_moment("2025-12-24T20:06:00+06:00", MOSCOW)
    assert moment.utcoffset() == timedelta(hours=6)


def test_own_formats_come_first():
    assert parse_moment("12.24.2025", MOSCOW, ["%m.%d.%Y"]).day == 24


@pytest.mark.parametrize(
    "text",
    [
        "вчера",
        "",
        "32.01.2025",
        "717475",
        "20251224",
        "12.2025",
        "2025",
        "0001-01-01",
        "01.01.1900",
    ],
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(BadRow) as caught:
        parse_moment(text, MOSCOW)
    assert caught.value.value == text


def test_unknown_zone():
    with pytest.raises(BadSettings, match="Europe/Grozny"):
        load_zone("Europe/Grozny")


seconds = st.datetimes(datetime(1991, 1, 1), datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(seconds, st.sampled_from(["%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]))
def test_written_and_read_again(moment, form):
    assert parse_moment(moment.strftime(form), UTC).replace(tzinfo=None) == moment


@given(seconds)
def test_excel_serial_numbers_are_exact_to_the_second(moment):
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    assert parse_moment(repr(serial), UTC).replace(tzinfo=None) == moment
