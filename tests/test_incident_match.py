"""Messages of one event become one incident; other houses, plants and copies do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from otklik.datasets.records import Place
from otklik.models.incident_event import Event
from otklik.models.incident_families import families, family_of, scope_of
from otklik.models.incident_rates import Rates
from otklik.models.incident_signal import Signal, is_copy
from otklik.models.mass_incident import Matcher

START = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
WATER, POWER, HOLE, BUS = (
    "utilities.no_water",
    "energy.power_outage",
    "roads.potholes",
    "transport.timetable",
)
TOLD = (
    "Воды нет с утра, что случилось",
    "Кран сухой, диспетчер не отвечает уже час",
    "Опять сидим без воды, предупреждать надо",
    "Когда дадут воду, в доме маленькие дети",
    "У соседей тоже ни капли, звоните в водоканал",
    "Отключили посреди стирки и молчат",
)


def signal(number, minutes, topic=WATER, *, text=None, author=None, topics=None, **place):
    place.setdefault("district", "Заводской")
    return Signal(
        number,
        START + timedelta(minutes=minutes),
        topics or {topic: 1.0},
        Place(**place),
        f"a{number}" if author is None else author or None,
        f"{TOLD[number % len(TOLD)]} {number}" if text is None else text,
    )


def known_rates(a_week=20.0, topics=(WATER, POWER, HOLE, BUS)):
    """A month of ordinary messages, so many of each topic a week."""
    rates = Rates()
    for topic in topics:
        for number in range(round(a_week * 4)):
            rates.count(topic, START - timedelta(days=28) + timedelta(days=7) * number / a_week)
    return rates


def take(signals, rates=None):
    """Event of each message, and the numbers of the messages that flagged one."""
    matcher = Matcher(rates or known_rates())
    done = [matcher.take(one) for one in signals]
    flagged = [one.number for one, linked in zip(signals, done, strict=True) if linked.flags]
    return [linked.event for linked in done], flagged


def test_an_outage_is_flagged_by_the_fourth_message_across_streets():
    streets = ("Мира", "Ленина", "Мира", "Победы", "Ленина")
    events, flagged = take([signal(n, 2 * n, street=one) for n, one in enumerate(streets, 1)])
    assert len({event.number for event in events}) == 1
    assert flagged
    assert flagged[0] <= 4
    assert events[0].flagged_at == START + timedelta(minutes=2 * flagged[0])
    assert events[0].number == 1


@pytest.mark.parametrize(
    ("topic", "one", "other"),
    [
        (HOLE, {"street": "Мира", "house": "5"}, {"street": "Мира", "house": "70"}),
        (HOLE, {"street": "Мира"}, {"street": "Ленина"}),
        (POWER, {"asset": "подстанция ТП-4"}, {"asset": "подстанция ТП-9"}),
        (BUS, {"asset": "маршрут № 5"}, {"asset": "маршрут № 7"}),
    ],
)
def test_other_houses_streets_plants_and_routes_stay_apart(topic, one, other):
    signals = [signal(n, n, topic, **(one if n % 2 else other)) for n in range(1, 13)]
    events, flagged = take(signals)
    assert {event.number for event in events[::2]} == {1}
    assert {event.number for event in events[1::2]} == {2}
    assert len(flagged) == 2


def test_a_school_named_on_the_way_does_not_part_an_outage():
    places = [{"asset": "школа № 3"}, {"asset": "школа № 8"}, {"street": "Мира"}]
    events, _ = take([signal(n, n, POWER, **places[n % 3]) for n in range(1, 7)])
    assert {event.number for event in events} == {1}


def test_one_author_or_one_wording_is_no_incident():
    alone = [signal(n, n, street="Мира", author="x") for n in range(1, 9)]
    assert take(alone)[1] == []
    text = "Третий день нет воды на улице Мира, примите меры, сколько можно терпеть такое"
    brigade = [signal(n, n, street="Мира", text=text) for n in range(1, 9)]
    events, flagged = take(brigade)
    assert flagged == []
    assert (events[0].n_messages, events[0].n_independent) == (8, 1)


def test_short_words_are_alike_without_copying():
    people = [signal(n, n, POWER, street="Мира", text="нет света") for n in range(1, 6)]
    assert take(people)[1]
    nobody = [signal(n, n, POWER, street="Мира", text="нет света", author="") for n in range(1, 6)]
    assert take(nobody)[1] == []
    words = [frozenset(range(20)), frozenset(range(19)), frozenset(range(10))]
    assert is_copy(words[0], words[1], anonymous=False)
    assert not is_copy(words[0], words[2], anonymous=False)


def test_messages_hours_apart_are_no_incident_and_silence_ends_one():
    slow = [signal(n, 180 * n, street="Мира") for n in range(1, 7)]
    events, flagged = take(slow)
    assert flagged == []
    assert len({event.number for event in events}) == 6
    twice = [signal(n, n, street="Мира") for n in range(1, 6)]
    twice += [signal(n, 1440 + n, street="Мира") for n in range(11, 16)]
    events, flagged = take(twice)
    assert [event.number for event in events[4:6]] == [1, 11]
    assert len(flagged) == 2
    assert events[0].closes_at < twice[5].at


def test_what_comes_often_anyway_takes_more_proof():
    crowd = [signal(n, 6 * n, street=f"Улица {n}") for n in range(1, 6)]
    assert take(crowd, known_rates(5.0))[1]
    assert take(crowd, known_rates(2000.0, (WATER,)))[1] == []


def test_pieces_of_one_event_are_joined_under_the_first_number():
    north, south = {"district": "Северный"}, {"district": "Южный"}
    signals = [signal(1, 0, **north), signal(2, 0.5, **south), signal(3, 1, **north)]
    signals += [signal(n, n / 2, **(south if n % 2 else north)) for n in range(4, 10)]
    matcher = Matcher(known_rates(60.0))
    done = [matcher.take(one) for one in signals]
    assert done[-1].event.n_messages == 9
    assert done[-1].event.number == min(done[0].event.number, done[1].event.number)


def test_topics_of_one_family_are_one_event_and_uncertain_topics_too():
    topics = [{WATER: 0.6, "utilities.water_accidents": 0.4}, {"utilities.water_accidents": 0.9}]
    events, flagged = take([signal(n, n, topics=topics[n % 2], street="Мира") for n in range(1, 7)])
    assert {event.number for event in events} == {1}
    assert flagged
    assert events[0].family == "water"


def test_a_message_that_comes_late_joins_where_it_belongs():
    signals = [signal(n, n, street="Мира") for n in (1, 2, 4, 5)]
    events, _ = take([*signals, signal(3, 3, street="Мира")])
    assert events[-1].n_messages == 5
    assert events[-1].last_at == START + timedelta(minutes=5)


def test_an_event_survives_the_store():
    matcher = Matcher(known_rates())
    for n in range(1, 4):
        event = matcher.take(signal(n, n, street="Мира", latitude=43.3, longitude=45.7)).event
    row = {name: getattr(event, name) for name in ("number", "family", "first_at", "last_at")}
    row |= {"n_messages": 3, "flagged_at": event.flagged_at, "state": event.to_state()}
    assert Event.from_state(row) == event


def test_likeness_of_texts_counts_where_they_are_encoded():
    def gain(vector):
        matcher = Matcher(known_rates())
        matcher.take(replace(signal(1, 0, street="Мира"), vector=np.eye(4, dtype="float32")[0]))
        return matcher.take(replace(signal(2, 1, street="Мира"), vector=vector)).gain

    like, other = np.eye(4, dtype="float32")[:2]
    assert gain(other) < gain(None) < gain(like)
    assert gain(np.ones(8, "float32")) == gain(None)


def test_what_texts_say_survives_the_store():
    matcher = Matcher(known_rates())
    for n in range(1, 4):
        told = replace(signal(n, n, street="Мира"), vector=np.full(3, n / 10, "float32"))
        event = matcher.take(told).event
    row = {"number": 1, "family": "water", "first_at": event.first_at, "last_at": event.last_at}
    again = Event.from_state(
        row | {"n_messages": 3, "flagged_at": event.flagged_at, "state": event.to_state()}
    )
    assert np.array_equal(again.sense, event.sense)
    assert again.to_state() == event.to_state()


def test_coordinates_near_and_far():
    def told(latitude):
        return [
            signal(n, n, latitude=43.3 + (latitude if n % 2 else 0), longitude=45.7, district=None)
            for n in range(1, 9)
        ]

    assert len({event.number for event in take(told(0.001))[0]}) == 1
    assert len({event.number for event in take(told(0.3), known_rates(1000.0))[0]}) > 1


def test_families_name_real_topics_once():
    from otklik.datasets.rubricator_versions import load_rubricator

    codes = {topic.code for topic in load_rubricator("im-2026").topics}
    named = [topic for family in families() for topic in family.topics]
    assert codes.issuperset(named)
    assert len(named) == len(set(named))
    assert family_of("sport.clubs").name == "sport.clubs"
    assert scope_of("sport.clubs") == "point"
