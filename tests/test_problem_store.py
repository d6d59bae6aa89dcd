"""Entries and the state beside them: in order, all or none, read whole or in part."""

from datetime import timedelta

import pytest
from intakes import START, make_intake

from otklik.datasets.errors import LedgerMismatch
from otklik.datasets.ledger import Change, Entry
from otklik.datasets.problem_book import Status
from otklik.datasets.problem_store import ProblemStore

LATER = START + timedelta(days=7)
BY = "координатор"


@pytest.fixture
def problems(store):
    """Problem 1 of messages 1 and 2, problem 2 of messages 3 to 5."""
    intakes = [make_intake(number) for number in range(1, 9)]
    store.save(intakes, run_id=store.begin_import("a.csv", "im", "0"))
    found = ProblemStore(store.database)
    found.enter([born(1, (1, 2), "прорыв трубы"), born(2, (3, 4, 5), "нет воды")])
    return found


def born(number, message_ids, name):
    details = {"name": name, "topic": name}
    return Entry(number, Change.BORN, START, message_ids, role=BY, details=details)


def test_history_tells_every_change_in_order(problems):
    changes = [
        Entry(1, Change.GROWN, LATER, (6, 7), role=BY),
        Entry(1, Change.MERGED, LATER, (1, 2, 6, 7), other=2, reason="одна труба", role=BY),
    ]
    problems.enter(changes)
    assert problems.entries(1) == [born(1, (1, 2), "прорыв трубы"), *changes]
    assert problems.book().live(1) == 2


def test_entries_are_all_kept_or_none(problems):
    before = problems.book()
    with pytest.raises(LedgerMismatch, match="there is no problem 99"):
        problems.enter(
            [Entry(1, Change.CLOSED, LATER, role=BY), Entry(99, Change.CLOSED, LATER, role=BY)]
        )
    assert problems.count() == 2
    assert problems.proven().problems == before.problems


def test_one_problem_is_what_the_whole_book_says_of_it(problems):
    book = problems.book()
    assert [problems.problem(number) for number in (1, 2)] == list(book.problems.values())
    assert problems.problem(3) is None


def test_the_largest_come_first_and_only_of_one_status(problems):
    problems.enter([born(3, (6, 7), "не вывезен мусор"), born(4, (8,), "яма")])
    problems.enter([Entry(4, Change.CLOSED, LATER, role=BY)])
    lines, total = problems.largest(10)
    assert [(one.number, one.n_messages) for one in lines] == [(2, 3), (1, 2), (3, 2)]
    assert total == 3
    assert problems.largest(1) == (lines[:1], 3)
    assert [one.name for one in problems.largest(10, Status.CLOSED)[0]] == ["яма"]
    first = problems.book().problems[2]
    assert (lines[0].first_at, lines[0].last_at) == (first.first_at, first.last_at)
