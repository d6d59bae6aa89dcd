"""What is proposed for labelling, and in which order."""

import pytest
from labelling import TEXTS, fill, predict

from otklik.datasets.labelling import Judged, Labelling
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.training.queue import HEADS, MARGIN, RARE, REPEATS, propose

RUBRICATOR = load_rubricator("im-2026")
PLENTY = {topic.code: 100 for topic in RUBRICATOR.topics}


def judge(number, *ranked, duplicate_of=None, **more):
    return Judged(
        number, "im", str(number), TEXTS[number], duplicate_of, predict(number, *ranked, **more)
    )


def proposed(judged, labelled=PLENTY, done=frozenset(), **options):
    return propose(judged, labelled, done, RUBRICATOR, **options)


SURE = judge(1, ("improvement.manholes", 0.9), ("roads.potholes", 0.05))
DOUBTFUL = judge(2, ("utilities.no_water", 0.4), ("utilities.water_accidents", 0.38))
TWIN = judge(3, ("improvement.yard_potholes", 0.6), ("roads.potholes", 0.3))
OTHER_TWIN = judge(4, ("roads.potholes", 0.55), ("improvement.yard_potholes", 0.4))
APART = judge(5, ("sport.clubs", 0.7), ("youth.other", 0.2), group="education")


def ids(proposals):
    return [item.judged.message_id for item in proposals]


def test_the_doubtful_come_first():
    found = proposed([SURE, DOUBTFUL])
    assert ids(found) == [2, 1]
    assert found[0].reason == MARGIN
    assert found[0].margin == pytest.approx(0.02)


def test_heads_that_disagree_raise_doubt():
    found = proposed([SURE, APART])
    assert ids(found) == [5, 1]
    assert found[0].reason == HEADS


def test_of_near_repeats_one_is_proposed_and_a_quarrel_is_told():
    found = proposed([SURE, TWIN, OTHER_TWIN])
    assert ids(found) == [4, 1]
    assert found[0].reason == REPEATS


def test_rare_topics_get_every_second_place():
    labelled = {**PLENTY, "improvement.manholes": 4}
    found = proposed([SURE, DOUBTFUL, APART], labelled, quota=5)
    assert [(item.judged.message_id, item.reason) for item in found] == [
        (1, RARE),
        (5, HEADS),
        (2, MARGIN),
    ]
    assert found[0].topic == "improvement.manholes"
    assert MARGIN in {item.reason for item in proposed([SURE], labelled, quota=4)}


def test_labelled_repeated_and_foreign_messages_are_passed_by():
    foreign = judge(6, ("improvement.fountains", 0.5))
    object.__setattr__(foreign.prediction, "rubricator", "spb-2021")
    repeated = judge(6, ("improvement.fountains", 0.5), duplicate_of=1)
    assert ids(proposed([SURE, DOUBTFUL, foreign, repeated], done={2})) == [1]
    assert proposed([]) == []


def test_order_of_messages_does_not_matter_and_limit_holds():
    judged = [SURE, DOUBTFUL, TWIN, OTHER_TWIN, APART]
    for labelled in (PLENTY, {}):
        found = proposed(judged, labelled)
        assert found == proposed(judged[::-1], labelled)
        assert len(set(ids(found))) == len(found)
        assert proposed(judged, labelled, limit=2) == found[:2]


def test_the_store_gives_the_latest_prediction_of_every_message(store):
    by_number = fill(store)
    store.add_predictions(
        [
            predict(by_number[1], ("roads.potholes", 0.9)),
            predict(by_number[3], ("roads.potholes", 0.8)),
            predict(by_number[1], ("improvement.manholes", 0.7), version="m2"),
        ]
    )
    for batch_size in (1, 2, 1000):
        found = list(Labelling(store.database).judged(batch_size=batch_size))
        assert [item.message_id for item in found] == [by_number[1], by_number[3]]
        assert found[0].prediction.model_version == "m2"
        assert found[0].text == TEXTS[1]
