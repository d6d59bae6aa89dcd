import numpy as np
import pandas as pd
import pytest

from otklik.pipelines.cooccurrence import find_pairs, rising_beside
from otklik.pipelines.topic_rises import STEP_DAYS, STEPS, find_rises

START = pd.Timestamp("2026-01-05", tz="UTC")
N_TOPICS, N_STREETS, DAYS = 14, 16, 364
WATER, HOLES = "тема 00", "тема 01"
RISE = range(140, 182)


def rows(
    chance: np.random.Generator, topic: int, street: int, days: range, n: int
) -> list[tuple[str, str, pd.Timestamp]]:
    return [
        (f"тема {topic:02}", f"улица {street:02}", START + pd.Timedelta(days=float(day)))
        for day in chance.uniform(days.start, days.stop, n)
    ]


def table_of(found: list[tuple[str, str, pd.Timestamp]]) -> pd.DataFrame:
    table = pd.DataFrame(found, columns=["topic", "street_key", "dated_at"])
    table["dated_at"] = table["dated_at"].astype("datetime64[ns, UTC]")
    names = [f"сообщение {number}" for number in range(1, len(table) + 1)]
    table = table.assign(
        text=names, author=names, external_id=names, group=None, recipient=None, duplicate_of=None
    )
    table.index = pd.Index(range(1, len(table) + 1), name="id")
    return table


def city(seed: int, *, rise: int = 0, streets: range = range(4)) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    found = []
    for topic in range(N_TOPICS):
        for street in range(N_STREETS):
            found += rows(chance, topic, street, range(DAYS), chance.poisson(9))
    for topic in (0, 1):
        for street in streets:
            found += rows(chance, topic, street, RISE, rise)
    return table_of(found)


def test_topics_that_rise_together_are_found_with_place_and_time() -> None:
    (pair,) = find_pairs(city(1, rise=8))
    assert {pair.leader, pair.topic} == {WATER, HOLES}
    assert set(pair.places) >= {f"улица {street:02}" for street in range(4)}
    assert pair.starts < START + pd.Timedelta(days=RISE.stop)
    assert pair.ends > START + pd.Timedelta(days=RISE.start)
    assert pair.count > pair.expected
    assert pair.low < pair.ratio < pair.high
    assert pair.low > 1.5
    assert pair.p <= pair.q <= 0.1


def test_ids_are_messages_of_both_topics_there_and_then() -> None:
    table = city(1, rise=8)
    (pair,) = find_pairs(table)
    own = table.loc[list(pair.message_ids)]
    assert set(own["topic"]) == {WATER, HOLES}
    assert set(own["street_key"]) <= set(pair.places)
    assert own["dated_at"].between(pair.starts, pair.ends).all()


@pytest.mark.parametrize("seed", range(2, 7))
def test_nothing_rises_together_by_chance(seed: int) -> None:
    assert find_pairs(city(seed)) == []


def test_two_troubles_of_one_street_prove_nothing() -> None:
    assert find_pairs(city(8, rise=30, streets=range(1))) == []


def test_one_author_and_copies_prove_nothing() -> None:
    table = city(9, rise=12)
    planted = table.index > len(city(9))
    assert find_pairs(table.assign(author=table["author"].where(~planted, "один"))) == []
    assert find_pairs(table.assign(text=table["text"].where(~planted, "одно и то же"))) == []


def test_a_known_trouble_is_asked_with_fewer_tests() -> None:
    rises = find_rises(city(10, rise=5), "street_key")
    assert rises is not None
    middle = START + pd.Timedelta(days=(RISE.start + RISE.stop) / 2)
    places = [f"улица {street:02}" for street in range(4)]
    found = rising_beside(rises, WATER, places, middle)
    assert [pair.topic for pair in found] == [HOLES]
    assert rising_beside(rises, WATER, places, middle - pd.Timedelta(days=100)) == []
    assert rising_beside(rises, "нет такой темы", places, middle) == []
    assert rising_beside(rises, WATER, places[:1], middle) == []


def test_the_order_of_messages_changes_nothing() -> None:
    table = city(1, rise=8)
    (one,), (other,) = find_pairs(table), find_pairs(table.iloc[::-1])
    assert (one.leader, one.topic, one.message_ids, one.q) == (
        other.leader,
        other.topic,
        other.message_ids,
        other.q,
    )


def test_too_short_a_time_gives_nothing() -> None:
    table = city(1, rise=8)
    days = STEP_DAYS * STEPS
    assert find_pairs(table[table["dated_at"] < START + pd.Timedelta(days=days)]) == []
    assert find_pairs(table.iloc[:0]) == []
