"""What the weekly work reads by itself: answers and vectors, and deadlines of what people get."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from intakes import make_intake
from registering import TEST, open_tiny, write_tiny
from sqlalchemy import select

from otklik.datasets.records import Kind, Place
from otklik.datasets.review_intake import Outcome
from otklik.datasets.review_queue import ReviewQueue
from otklik.datasets.schema_review import AUTOMATIC
from otklik.models.classifier import Classifier
from otklik.pipelines.understand import StoreReader, understand
from otklik.serving.directions import Directed
from otklik.serving.route_check import load_routes
from otklik.serving.table_directions import TableDirections

ROUTES = Path(__file__).parents[1] / "config" / "grozny.toml"
NOW = datetime(2026, 3, 20, tzinfo=UTC)
POSTED = datetime(2026, 3, 16, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    predictor = open_tiny(write_tiny(tmp_path_factory.mktemp("tiny") / "default"))
    return StoreReader(Classifier(predictor, alpha=0.001), "tiny")


@pytest.fixture(scope="module")
def directs():
    return TableDirections(load_routes(ROUTES, today=date(2026, 3, 16)))


def fill(store):
    run = store.begin_import("a", "im", "0")
    place = Place(district="Ахматовский")
    intakes = [
        make_intake(n, text=text, kind=Kind.APPEAL, posted_at=POSTED, place=place)
        for n, (text, _, _) in enumerate(TEST[:20], 1)
    ]
    store.save(intakes, run_id=run)


def test_what_is_left_to_people_is_due_by_the_routing_file(store, reader, directs):
    fill(store)
    assert understand(store, reader, directs=directs) == 20
    waiting = ReviewQueue(store.database).page(NOW, limit=100)
    assert waiting
    for one in waiting:
        heads = store.predictions(one.message_id)[-1].heads
        asked = Directed(
            source="im",
            kind="обращение",
            rubricator="im-2026",
            topic=heads["im_2026"][0][0],
            group=heads["im_2026_group"][0][0],
            place=Place(district="Ахматовский"),
            importance=2,
            received_at=POSTED,
        )
        urgent = directs.direct(replace(asked, importance=5)).deadline
        assert urgent is not None
        assert POSTED < one.due_at <= directs.direct(replace(asked, importance=1)).deadline
    assert understand(store, reader, directs=directs) == 0


def test_without_a_routing_file_nothing_is_due(store, reader):
    fill(store)
    understand(store, reader)
    assert {one.due_at for one in ReviewQueue(store.database).page(NOW, limit=100)} == {None}


def test_what_went_out_before_stays_as_it_is(store, reader, directs):
    fill(store)
    understand(store, reader)
    first = store.predictions(1)[-1]
    sent = Outcome(axis="topic", code="roads.signs")
    store.add_predictions([replace(first, decision="auto")], {1: sent})
    store.add_predictions([replace(first, decision="review")], {1: Outcome(NOW, acted=False)})
    with store.database.reading() as connection:
        assert connection.scalars(select(AUTOMATIC.c.code)).all() == ["roads.signs"]
    waiting = ReviewQueue(store.database).page(NOW, limit=100)
    assert [one.due_at for one in waiting if one.message_id == 1] == [NOW]
