import pandas as pd
import pytest

from otklik.pipelines.week import Week
from otklik.pipelines.week_counts import count_topics, indicators, scoped, verdict

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


def test_what_one_writer_copies_is_no_rise():
    """Each week brings two voices; this week one of them sends his text twenty times."""
    table = messages(22, author=lambda _number: None)
    mine = table.index[(table["topic"] == "Ямы") & (table["week"] == WEEK.name)]
    assert rise_of(table)
    table.loc[mine[3:], "duplicate_of"] = mine[0] + 1
    assert not rise_of(table)


@pytest.mark.parametrize("known", [True, False])
def test_terms_and_answers_that_nobody_knows_are_missing_not_none(known):
    table = messages(6).assign(due_week=None, answered_week=None, late=None, overdue=0)
    table["due_at"] = table["answered_at"] = "2025-05-13T00:00:00+03:00" if known else None
    found = indicators(scoped(table), WEEK).set_index(["scope", "name"])["observed"]
    assert found["", "received"] == 8
    names = ("due", "late", "overdue", "waiting", "waited")
    assert [pd.isna(found["", name]) for name in names] == [not known] * len(names)


def test_who_waits_at_the_end_of_a_week_and_waited_before_it():
    table = messages(2).assign(due_at=None, due_week=None, late=None, overdue=0)
    table["answered_at"], table["answered_week"] = None, None
    old = table.index[table["week"] < WEEK.name]
    table.loc[old, ["answered_at", "answered_week"]] = ["2025-05-01", "2025-W18"]
    table.loc[old[:3], ["answered_at", "answered_week"]] = ["2025-05-13", WEEK.name]
    table.loc[old[3:5], ["answered_at", "answered_week"]] = None
    found = indicators(scoped(table), WEEK).set_index(["scope", "name"])["observed"]
    assert found["", "waited"] == 5
    assert found["", "waiting"] == 2 + 4
