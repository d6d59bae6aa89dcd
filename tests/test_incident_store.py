"""Incidents in the store: live linking survives a restart, a replay is the same every time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from intakes import make_intake

from otklik.datasets.incidents import forget_unproven, incident_of, linked, read_incidents
from otklik.datasets.planned_works import Work, save_works
from otklik.datasets.records import Label, Place, Prediction, SourceLabel
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.store import Store
from otklik.datasets.store_vectors import save_vectors
from otklik.models.incident_book import link_messages
from otklik.models.planned import work_of_incident
from otklik.pipelines.incident_signals import signals_of
from otklik.pipelines.mass_incidents import Heard, known_at, replay

START = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
POWER = load_rubricator("im-2026").topic("energy.power_outage")
SAID = (
    SourceLabel("group", POWER.group.name, "im-2026"),
    SourceLabel("topic", POWER.name, "im-2026"),
)
LIGHT = "improvement.lighting"


def intake(number, minutes, *, street="Мира", labels=SAID, **fields):
    return make_intake(
        number,
        text=f"Свет пропал, причина неизвестна, квитанция {number}",
        posted_at=START + timedelta(minutes=minutes),
        author=f"a{number}",
        place=Place(district="Заводской", street=street),
        labels=labels,
        **fields,
    )


MORNING = [intake(n, n) for n in range(1, 7)]
EVENING = [intake(n, 700 + n, street="Ленина") for n in range(11, 16)]
ALONE = [intake(21, 300, street="Победы")]
EVERY = [*MORNING, *ALONE, *EVENING]


def fill(store, intakes):
    store.save(intakes, run_id=store.begin_import("a", "im", "0"))


def listed(store, **period):
    with store.database.reading() as connection:
        return read_incidents(connection, **period)


def test_a_message_that_comes_twice_in_a_group_is_linked_once(store):
    """Two callers send two versions of one message at the same moment."""
    fill(store, MORNING)
    signals = list(signals_of(store))
    link_messages(store.database, [*signals, *signals[:3]])
    assert [one.messages for one in listed(store)] == [tuple(range(1, 7))]


def test_messages_are_linked_as_they_come_and_it_survives_a_restart(store_url):
    for one in EVERY:
        with Store(store_url) as store:
            fill(store, [one])
            signals = list(signals_of(store))
            link_messages(store.database, signals[-1:])
            link_messages(store.database, signals)
    with Store(store_url) as store:
        first, second = listed(store)
        assert first.messages == tuple(range(1, 7))
        assert (first.number, first.topic, first.streets) == (1, POWER.code, ("мира|улица",))
        assert first.flagged_at <= START + timedelta(minutes=4)
        assert second.messages == tuple(range(8, 13))
        with store.database.reading() as connection:
            assert incident_of(connection, 3).number == 1
            assert incident_of(connection, 7) is None
        live = listed(store)
        replay(store)
        assert listed(store) == live


def test_a_replay_is_the_same_every_time_and_in_any_order(store_url):
    with Store(store_url) as store:
        fill(store, EVERY)
        done = replay(store)
        assert (done.messages, done.incidents) == (12, 2)
        once = listed(store)
        assert replay(store) == done
        assert listed(store) == once
        noon = START + timedelta(hours=5)
        assert replay(store, since=noon).incidents == 1
        assert replay(store, until=noon).incidents == 1
        assert listed(store) == once
        assert [one.number for one in listed(store, since=noon)] == [once[1].number]
        assert listed(store, until=noon) == once[:1]


def test_a_replay_in_the_midst_of_an_incident_leaves_it_whole(store):
    fill(store, EVERY)
    replay(store)
    whole = listed(store)
    midst = START + timedelta(minutes=3, seconds=30)
    replay(store, until=midst)
    assert listed(store) == whole
    replay(store, since=midst)
    assert listed(store) == whole


def test_the_service_goes_on_from_a_replay(store):
    fill(store, MORNING[:4])
    replay(store)
    fill(store, MORNING[4:])
    link_messages(store.database, list(signals_of(store)))
    (one,) = listed(store)
    assert one.messages == tuple(range(1, 7))


def test_a_person_goes_before_the_source_and_the_source_before_a_model(store):
    nothing = ()
    fill(store, [intake(1, 1), intake(2, 2, labels=nothing), intake(3, 3, labels=nothing)])
    heads = {"im_2026": ((LIGHT, 0.6), (POWER.code, 0.3), ("sport.clubs", 0.05), ("x", 0.01))}
    made = Prediction(0, "m", "im-2026", heads, (LIGHT,), "review", "", 1.0, START)
    values = {name: getattr(made, name) for name in Prediction.__slots__}
    store.add_predictions([Prediction(**{**values, "message_id": n}) for n in (1, 2)])
    store.add_labels([Label(3, "topic", None, LIGHT, "im-2026", "r", START)])
    topics = [dict(signal.topics) for signal in signals_of(store)]
    assert topics[0] == {POWER.code: 1.0}
    assert list(topics[1]) == [LIGHT, POWER.code, "sport.clubs"]
    assert topics[2] == {LIGHT: 1.0}


@pytest.mark.parametrize(("street", "fits"), [("мира|улица", True), ("ленина|улица", False)])
def test_an_incident_meets_the_planned_work_behind_it(store, street, fits):
    fill(store, MORNING)
    replay(store)
    hour = timedelta(hours=1)
    work = Work("Э-1", POWER.code, None, None, (street,), START - hour, START + hour, "")
    with store.database.writing() as connection:
        save_works(connection, [work])
    (one,) = listed(store)
    assert (work_of_incident(one, [work]) == work) is fits


def test_messages_without_a_topic_open_nothing(store):
    fill(store, [intake(n, n, labels=()) for n in range(1, 6)])
    link_messages(store.database, list(signals_of(store)))
    replay(store)
    assert listed(store) == []


def test_events_that_came_to_nothing_are_forgotten(store):
    fill(store, EVERY)
    link_messages(store.database, list(signals_of(store)))
    before = listed(store)
    with store.database.writing() as connection:
        forget_unproven(connection, datetime.now(UTC) + timedelta(minutes=1))
        assert linked(connection, range(1, 13)) == {*range(1, 7), *range(8, 13)}
    assert listed(store) == before


def test_vectors_in_the_store_are_used(store):
    fill(store, MORNING)
    vectors = np.eye(6, 4, dtype=np.float32)
    save_vectors(store.database, "e", range(1, 7), [1] * 6, vectors)
    signals = list(signals_of(store))
    assert np.array_equal(signals[2].vector, vectors[2])


def test_pieces_that_became_one_are_one_in_the_store(store):
    north, south = "Северный", "Южный"
    pieces = [
        replace(one, place=Place(district=north if n % 3 else south, street=f"Улица {n}"))
        for n, one in enumerate(intake(n, n / 2) for n in range(1, 13))
    ]
    fill(store, pieces)
    for signal in signals_of(store):
        link_messages(store.database, [signal])
    (one,) = listed(store)
    assert one.number == one.messages[0] == 1
    assert one.n_messages == len(one.messages) == 12


def test_what_a_period_knew_does_not_change_with_what_came_after(store):
    """Nor with what was read beside it, nor with what the store has made of it since."""
    fill(store, EVERY)
    noon, hour = START + timedelta(hours=5), timedelta(hours=1)
    alone = known_at(Heard.of(store, START - hour, noon), START - hour, noon)
    replay(store)
    more = Heard.of(store, START - hour, noon + timedelta(days=30))
    again = known_at(more, START - hour, noon)
    assert alone.by_event() == again.by_event() == {1: [1, 2, 3, 4, 5, 6]}
    assert list(known_at(more, noon, noon + timedelta(days=1)).by_event()) == [8]
