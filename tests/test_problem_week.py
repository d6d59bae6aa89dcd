"""Problems keep their numbers from week to week, whatever order their messages come in."""

import random
from collections import Counter
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from troubles import HATCHES, LAMPS, MONDAY, weekly, write

from otklik.datasets.ledger import Change
from otklik.datasets.problem_book import ProblemBook, Status
from otklik.pipelines.problem_cells import asset_key, build_window
from otklik.pipelines.problem_mentions import named_cells
from otklik.pipelines.problem_week import work_week
from otklik.pipelines.snapshot import snapshot_of_messages
from otklik.pipelines.week import Week

ZONE = ZoneInfo("Europe/Moscow")
FIRST = Week.of(MONDAY.date())


def work(messages, weeks, vectors=None, cluster=None):
    """Work through weeks; return the book and all entries."""
    snapshot = snapshot_of_messages(messages, vectors)
    book, entries = ProblemBook(), []
    for week in range(weeks):
        found = work_week(snapshot, book, FIRST.back(-week), ZONE, cluster=cluster)
        for entry in found:
            book.apply(entry)
        entries += found
    return book, entries


def changes(entries, *without):
    return [(one.change, one.number) for one in entries if one.change not in (*without, "grown")]


def numbers_of(book, messages):
    """Number of every message under its name in the source."""
    return {
        one.external_id: book.holders.get(position, 0) for position, one in enumerate(messages, 1)
    }


def test_trouble_keeps_its_number_while_it_lasts():
    book, entries = work(weekly(range(10), "Садовая"), 10)
    assert changes(entries) == [(Change.BORN, 1)]
    assert book.problems[1].status is Status.OPEN
    assert len(book.problems[1].message_ids) == 30
    assert book.problems[1].name == "Канализационные люки: улица Садовая"


def test_streets_and_topics_are_problems_of_their_own():
    messages = [
        *weekly(range(3), "Садовая"),
        *weekly(range(3), "Луговая"),
        *weekly(range(3), "Садовая", topic=LAMPS),
    ]
    book, _ = work(messages, 3)
    assert Counter(len(one.message_ids) for one in book.problems.values()) == {9: 3}


def test_one_author_makes_no_problem():
    messages = weekly(range(8), "Садовая", author="один житель")
    assert work(messages, 8)[0].problems == {}


def test_silence_closes_and_new_messages_open_again():
    messages = weekly([*range(3), *range(9, 12)], "Садовая")
    book, entries = work(messages, 12)
    assert changes(entries) == [(Change.BORN, 1), (Change.CLOSED, 1), (Change.REOPENED, 1)]
    assert {one.week for one in entries if one.change is Change.CLOSED} == {"2025-W08"}
    assert book.problems[1].status is Status.OPEN


def test_one_message_does_not_open_a_closed_problem():
    messages = [*weekly(range(3), "Садовая"), write(9, "Садовая")]
    assert changes(work(messages, 10)[1]) == [(Change.BORN, 1), (Change.CLOSED, 1)]


def test_streets_named_together_become_one_problem():
    messages = [
        *weekly(range(4), "Садовая", house="3"),
        *weekly(range(4), "Луговая", house="8"),
        *weekly(range(4, 8), "Садовая", also="Луговой", house="3"),
        *weekly(range(4, 8), "Луговая", also="Садовой", house="12"),
    ]
    book, entries = work(messages, 8)
    merged = [one for one in entries if one.change is Change.MERGED]
    assert [(one.number, one.other, one.week) for one in merged] == [(2, 1, "2025-W06")]
    assert len(book.problems[1].message_ids) == 48
    assert book.live(2) == 1


def test_problem_splits_when_its_streets_are_named_apart():
    messages = [
        *weekly(range(5), "Садовая", also="Луговой", house="3"),
        *weekly(range(5), "Луговая", also="Садовой", house="8"),
        *weekly(range(5, 9), "Садовая", house="3"),
        *weekly(range(5, 9), "Луговая", house="40"),
    ]
    book, entries = work(messages, 9)
    (split,) = [one for one in entries if one.change is Change.SPLIT]
    assert (split.number, split.other) == (2, 1)
    assert split.week in ("2025-W07", "2025-W08")
    apart = {f"улица {street}" for street in ("Луговая",)}
    streets = {messages[one - 1].place.street for one in book.problems[2].message_ids}
    assert streets == apart
    # what named both stays where it was
    assert len(book.problems[1].message_ids) == 30 + 12
    assert len(book.problems[2].message_ids) == 12


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_of_messages_changes_nothing(seed):
    messages = [
        *weekly(range(6), "Садовая"),
        *weekly(range(2, 9), "Луговая", also="Садовой"),
        *weekly(range(1, 9, 2), "", district="Озёрный"),
        *weekly(range(8), "Речная", topic=LAMPS, per_week=2),
    ]
    shuffled = random.Random(seed).sample(messages, len(messages))
    book, entries = work(messages, 9)
    other, others = work(shuffled, 9)
    assert numbers_of(book, messages) == numbers_of(other, shuffled)
    assert [(e.change, e.number, e.reason) for e in entries] == [
        (e.change, e.number, e.reason) for e in others
    ]


def test_replay_of_the_entries_is_the_state():
    messages = [
        *weekly(range(4), "Садовая"),
        *weekly(range(4), "Луговая"),
        *weekly(range(4, 8), "Луговая", also="Садовой"),
    ]
    book, entries = work(messages, 12)
    replayed = ProblemBook.replay(entries)
    assert replayed.problems == book.problems
    assert replayed.holders == book.holders


def test_numbers_are_never_used_twice():
    messages = [
        message
        for start in range(0, 24, 6)
        for street in ("Садовая", "Луговая")
        for message in weekly(range(start, start + 2), street, topic=f"тема {start}")
    ]
    book, entries = work(messages, 30)
    founded = [one.number for one in entries if one.change in (Change.BORN, Change.SPLIT)]
    assert founded == sorted(set(founded)) == list(range(1, 9))
    assert {one.status for one in book.problems.values()} == {Status.CLOSED}


def test_clusters_tell_troubles_of_a_district_apart_and_keep_their_numbers():
    messages = weekly(range(6), "", topic=HATCHES, per_week=6)
    kinds = np.arange(len(messages)) % 2
    rng = np.random.default_rng(3)
    vectors = np.eye(2, 8, dtype=np.float32)[kinds] + rng.normal(0, 0.1, (len(messages), 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def cluster(some, _groups, _beliefs):
        # another number for each cluster in every window
        return (some[:, 0] > 0).astype(np.int64) + len(some) % 3

    book, entries = work(messages, 6, vectors, cluster)
    assert changes(entries) == [(Change.BORN, 1), (Change.BORN, 2)]
    for number in (1, 2):
        assert len({kinds[one - 1] for one in book.problems[number].message_ids}) == 1
    assert len(book.holders) == len(messages)


def test_copies_count_for_nothing_and_lie_where_their_originals_do():
    messages = weekly(range(1), "Садовая", per_week=4)
    snapshot = snapshot_of_messages(messages)
    snapshot.table.loc[3, "duplicate_of"] = 1
    snapshot.table.loc[3, "street_key"] = None
    window = build_window(snapshot, FIRST.start(ZONE), FIRST.stop(ZONE), None)
    assert window.people(range(4)) == 3
    assert len(set(window.cells)) == 1


def test_object_without_a_name_is_no_place():
    assert asset_key("двор") is None
    assert asset_key("Маршрутка № 8") == asset_key("автобус № 8") == "маршрут № 8"
    assert asset_key("Молодёжный парк") == asset_key("Молодежный парк")


def test_object_is_meant_where_its_neighbours_name_it():
    messages = [
        *weekly(range(1), "Садовая", per_week=4, asset="школа № 5"),
        write(0, "Садовая", hour=5),
    ]
    book, _ = work(messages, 1)
    assert len(book.problems[1].message_ids) == 5
    assert book.problems[1].asset == "школа № 5"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("в Школьном и на Кленовой темно", {"a"}),
        ("НА КЛЕНОВОЙ УЛИЦЕ ТЕМНО", {"a"}),
        ("клён у школы темнеет", set()),
        ("на мира темно", {"c"}),
        ("мирная жизнь", set()),
    ],
)
def test_streets_are_known_in_any_case(text, named):
    streets = {"кленовая|улица": "a", "школьный|переулок": "b", "мира|улица": "c"}
    assert named_cells([text], ["b"], streets) == [frozenset(named)]


def test_same_words_about_another_street_are_no_copy():
    messages = [write(0, street) for street in ("Садовая", "Садовая", "Луговая", "")]
    snapshot = snapshot_of_messages(messages)
    for original in (1, 4):
        # whichever was stored first, the earliest is the original
        snapshot.table["duplicate_of"] = original
        snapshot.table.loc[original, "duplicate_of"] = None
        window = build_window(snapshot, FIRST.start(ZONE), FIRST.stop(ZONE), None)
        assert window.counted.tolist() == [True, False, True, False]
        assert window.cells[3] == window.cells[0]
