"""Root causes: an excess at the places of one asset is found, what only looks like one is not."""

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from towns import START, STREETS, TOPICS, Town

from otklik.pipelines.cause_cells import count_cause_cells
from otklik.pipelines.cause_expected import expect_places
from otklik.pipelines.cause_places import find_place_sets
from otklik.pipelines.cause_scan import CauseScan
from otklik.pipelines.independent import independent
from otklik.pipelines.root_causes import find_causes
from otklik.pipelines.snapshot import snapshot_of_messages

PLANTED = ("Аварии на водопроводе", "Нет воды")
REACHED = STREETS[4:9]


@pytest.fixture(scope="module")
def town():
    made = Town(1)
    made.plant(PLANTED, REACHED, range(12, 20), 0.7)
    return made


def test_finds_the_cause_its_topics_streets_and_weeks(town):
    (cause,) = find_causes(town.snapshot())
    assert set(cause.topics) == set(PLANTED)
    assert cause.mechanism == "износ"
    assert cause.recipient == "Водоканал"
    named = {place.split("|")[0] for place in cause.places}
    assert named == {name.removeprefix("улица ").lower().replace("ё", "е") for name in REACHED}
    planted = [START + timedelta(weeks=week) for week in (12, 20)]
    assert abs((cause.starts - planted[0].date()).days) <= 14
    assert abs((cause.ends - planted[1].date()).days) <= 14
    assert cause.observed == len(cause.message_ids) > 2 * cause.expected


def test_order_of_messages_changes_nothing(town):
    shuffled = list(town.messages)
    Random(5).shuffle(shuffled)
    shuffled.sort(key=lambda one: one.posted_at.date())
    first = find_causes(town.snapshot())
    again = find_causes(snapshot_of_messages(shuffled))
    assert [(one.topics, one.places, one.starts, one.observed) for one in again] == [
        (one.topics, one.places, one.starts, one.observed) for one in first
    ]


def test_until_hides_what_comes_later(town):
    assert not find_causes(town.snapshot(), until=(START + timedelta(weeks=12)).date())


@pytest.mark.parametrize("seed", range(2, 6))
def test_an_ordinary_town_has_none(seed):
    assert find_causes(Town(seed).snapshot()) == []


def test_a_topic_that_rises_in_the_whole_city_is_none():
    made = Town(7)
    made.plant(PLANTED[:1], STREETS, range(12, 20), 0.6)
    assert find_causes(made.snapshot()) == []


def test_a_district_that_rises_in_all_topics_is_none():
    made = Town(8)
    made.plant(TOPICS, STREETS[:12], range(12, 18), 0.3, claims=0)
    assert find_causes(made.snapshot()) == []


def test_one_bad_house_is_none():
    made = Town(9)
    for week in range(10, 22):
        for house in ("5", "7"):
            for _ in range(2):
                made.write("Ямы", STREETS[3], week, house=house)
    assert find_causes(made.snapshot()) == []


def test_a_brigade_is_one_voice():
    made = Town(10)
    text = "Требуем немедленно вернуть воду в наш дом, сколько можно терпеть это безобразие!"
    before = len(made.messages)
    for number in range(25):
        made.write("Нет воды", STREETS[5], 14, house="9", hours=number, text=text)
    table = made.snapshot().table
    assert independent(table)[table["text"] == text].sum() <= 1
    assert len(table) == before + 25


def test_a_sudden_event_is_none():
    made = Town(11)
    for number in range(30):
        made.write("Нет воды", REACHED[number % 5], 14, hours=10 + number / 20)
    assert find_causes(made.snapshot()) == []


def test_evidence_is_small_where_there_is_no_cause():
    """Its mean is 1 at the most, so 20 times as much comes once in twenty towns."""
    found = []
    for seed in range(20, 26):
        table = Town(seed).snapshot().table
        nobody = snapshot_of_messages([]).answers.assign(cause_class="")
        cells = count_cause_cells(table[independent(table)], nobody[["message_id", "cause_class"]])
        scan = CauseScan(expect_places(cells), find_place_sets(cells))
        found += [one.log_evidence for one in scan.scan([(n,) for n in range(len(cells.topics))])]
    assert np.mean(np.exp(found)) < 1


def test_no_messages_no_causes():
    assert find_causes(snapshot_of_messages([])) == []
