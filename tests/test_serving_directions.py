"""Recipients and deadlines in answers come from the routing file, or not at all."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from otklik.datasets.records import Place
from otklik.serving.directions import Directed, NoDirections
from otklik.serving.route_check import load_routes
from otklik.serving.table_directions import TableDirections

ROUTES = Path(__file__).parents[1] / "config" / "grozny.toml"
WATER = Directed(
    source="pos",
    kind="обращение",
    rubricator="im-2026",
    topic="utilities.no_water",
    group="utilities",
    place=Place(),
    importance=4,
    received_at=datetime(2026, 3, 16, 7, 0, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def directs():
    return TableDirections(load_routes(ROUTES, today=date(2026, 3, 16)))


def test_recipients_reason_and_deadline(directs):
    found = directs.direct(WATER)
    assert found.recipients == ("water", "housing")
    assert found.reason.startswith("grozny.toml, строка ")
    assert found.deadline > WATER.received_at
    assert found.basis


def test_the_district_decides_where_the_file_says_so(directs):
    yard = replace(WATER, topic="improvement.yard_potholes", group="improvement")
    somewhere = directs.direct(yard).recipients
    here = directs.direct(replace(yard, place=Place(district="Ахматовский"))).recipients
    assert here != somewhere
    assert here[0] == "akhmatovsky"


def test_no_deadline_where_nobody_knows_how_it_was_filed(directs):
    found = directs.direct(replace(WATER, kind=None))
    assert found.recipients
    assert found.deadline is None


def test_topics_of_another_rubricator_go_nowhere(directs):
    found = directs.direct(replace(WATER, rubricator="spb-2021"))
    assert found.recipients == ()
    assert "spb-2021" in found.reason
    assert NoDirections().direct(WATER).recipients == ()
