"""The messages of a week as they are stored: moments with the offsets of the city's zone."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from weeks import make_week

from otklik.pipelines.week_messages import messages_of


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Europe/Berlin", "America/St_Johns", "UTC"])
def test_moments_are_written_in_the_zone_of_the_city(zone):
    given = replace(make_week(messages=300, parts=False), zone=ZoneInfo(zone))
    stored = messages_of(given).set_index("id")
    table = given.snapshot.table.loc[stored.index]
    for name, column in (("at", "dated_at"), ("answered_at", "answered_at")):
        for moment, text in zip(table[column], stored[name], strict=True):
            if pd.isna(text):
                # Not answered, or not by the week's end.
                assert pd.isna(moment) or moment >= pd.Timestamp(given.week.stop(given.zone))
            else:
                assert text == moment.tz_convert(given.zone).isoformat(timespec="seconds")
