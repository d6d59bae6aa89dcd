import pandas as pd
import pytest

from otklik.pipelines.week import Week
from otklik.pipelines.week_counts import count_topics, verdict

WEEK = Week.parse("2025-W20")


def messages(surge, *, author=lambda number: f"а{number}", copies=False):
    """Eight weeks of two messages a topic, then `surge` messages of one topic."""
    weeks = [WEEK.back(back).name for back in range(9, 0, -1)]
    rows = [(week, "Ямы", f"а{week}{n}", None) for week in weeks for n in range(2)]
    rows += [(week, "Свет", f"б{week}{n}", None) for week in [*weeks, WEEK.name] for n in range(2)]
    first = len(rows) + 1
    rows += [
        (WEEK.name, "Ямы", author(number), first if copies and number else None)
        for number in range(surge)
    ]
    table = pd.DataFrame(rows, columns=["week", "topic", "author", "duplicate_of"])
    table["duplicate_of"] = table["duplicate_of"].astype("Int64")
    return table.assign(group="Дороги", district="Северный")


def rise_of(table, bursts=None):
    found = count_topics(table, WEEK, bursts).set_index("topic")
    assert found.loc["Свет", "rise"] == 0
    return bool(found.loc["Ямы", "rise"])


def test_a_surge_of_many_is_a_rise_and_ordinary_weeks_are_not():
    assert rise_of(messages(20))
    assert not rise_of(messages(3))


def test_twenty_messages_of_two_authors_are_no_rise():
    assert not rise_of(messages(20, author=lambda number: f"а{number % 2}"))


def test_without_authors_copies_do_not_count_as_people():
    assert rise_of(messages(20, author=lambda _number: None))
    assert not rise_of(messages(20, author=lambda _number: None, copies=True))


def test_where_the_season_is_known_it_decides():
    columns = ["topic", "district", "flagged", "q"]
    usual = pd.DataFrame([("Ямы", None, 0, 0.9)], columns=columns)
    unusual = pd.DataFrame([("Ямы", None, 1, 0.01)], columns=columns)
    assert not rise_of(messages(20), usual)
    assert rise_of(messages(20), unusual)


@pytest.mark.parametrize(
    ("numbers", "word"),
    [
        ((20, 10, 5, 16), "above"),
        ((3, 10, 5, 16), "below"),
        ((10, 10, 5, 16), "within"),
        ((3, 0.2, 0, 1), "few"),
        ((3, float("nan"), float("nan"), float("nan")), None),
    ],
)
def test_verdicts(numbers, word):
    assert verdict(*numbers) == word
