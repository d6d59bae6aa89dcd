"""Weeks of problems in the store: one transaction each, proven against the ledger every time."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from commands import OTKLIK
from intakes import digest
from killing import kill_midway
from sqlalchemy import text, update
from troubles import LAMPS, MONDAY, weekly, write

from otklik.datasets.errors import BadProblem, LedgerMismatch
from otklik.datasets.ledger import Change
from otklik.datasets.problem_book import Status
from otklik.datasets.problem_store import ProblemStore, WeekDone
from otklik.datasets.records import Place
from otklik.datasets.schema_problems import PROBLEM_STATES
from otklik.datasets.store import Intake, Store
from otklik.datasets.street_key import street_key
from otklik.pipelines import problem_ledger as ledger
from otklik.pipelines.problem_run import run_problems

BY = ledger.Decision("координатор", "так решили", MONDAY)
END = date(2025, 3, 31)
LATER = timedelta(days=9)


def save(store, messages):
    """Store messages as an import would, with the places that they give."""
    intakes = [
        Intake(
            message=one,
            place=Place(
                settlement=one.place.settlement,
                district=one.place.district,
                street=one.place.street,
                street_key=street_key(one.place.street) if one.place.street else None,
                house=one.place.house,
                asset=one.place.asset,
            ),
            text_key=digest(one.text),
            source_hash=digest(repr(one)),
        )
        for one in messages
    ]
    store.save(intakes, run_id=store.begin_import("a.csv", "im", "0"))


def told(store):
    """The ledger without what may differ between two runs of the same."""
    return [
        (one.number, one.change, one.week, one.message_ids, one.other, one.reason, one.details)
        for one in ProblemStore(store.database).entries()
    ]


def troubles():
    return [
        *weekly(range(8), "Садовая"),
        *weekly(range(3, 10), "Луговая", topic=LAMPS),
        *weekly([*range(2), *range(8, 11)], "Речная"),
    ]


@pytest.fixture
def problems(store):
    return ProblemStore(store.database)


def test_run_goes_on_from_the_last_week_and_repeats_nothing(store, problems):
    save(store, troubles())
    first = run_problems(store, date(2025, 2, 10))
    assert [one.week for one in first] == [f"2025-W{week:02}" for week in range(2, 7)]
    rest = run_problems(store, END)
    assert rest[0].week == "2025-W07"
    before = told(store)
    assert run_problems(store, END) == []
    assert told(store) == before
    assert problems.proven().problems == problems.book().problems
    assert [one.number for one in problems.book().problems.values()] == [1, 2, 3]


def test_weeks_in_one_run_or_in_many_are_the_same(store, tmp_path):
    messages = troubles()
    save(store, messages)
    for day in (13, 20, 27):
        run_problems(store, date(2025, 1, day))
    run_problems(store, END)
    with Store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        save(other, messages)
        run_problems(other, END)
        assert told(other) == told(store)


def test_order_of_import_changes_nothing(store, tmp_path):
    messages = troubles()
    messages += [
        replace(one, external_id=f"копия {one.external_id}", posted_at=one.posted_at + LATER)
        for one in messages[::4]
    ]
    save(store, messages)
    run_problems(store, END)
    shuffled = random.Random(5).sample(messages, len(messages))
    with Store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        save(other, shuffled)
        run_problems(other, END)
        assert numbers(other) == numbers(store)
    assert set(numbers(store).values()) == {1, 2, 3}


def numbers(store):
    """Number of every message by its name in the source."""
    held = ProblemStore(store.database).proven().holders
    return {one.message.external_id: held.get(one.id, 0) for one in store.stored()}


def test_unfinished_week_waits(store):
    save(store, weekly(range(2), "Садовая"))
    assert [one.week for one in run_problems(store, date(2025, 1, 19))] == ["2025-W02"]


def test_late_messages_enter_with_the_next_week(store, problems):
    save(store, weekly(range(2), "Садовая"))
    run_problems(store, date(2025, 1, 20))
    save(store, [*weekly([1], "Садовая", per_week=1), *weekly([2], "Садовая", per_week=1)])
    run_problems(store, date(2025, 1, 27))
    assert len(problems.proven().problems[1].message_ids) == 8


def test_silent_change_fails_loudly(store, problems):
    save(store, weekly(range(3), "Садовая"))
    run_problems(store, date(2025, 1, 20))
    with store.database.writing() as connection:
        connection.execute(update(PROBLEM_STATES).values(name="иначе"))
    with pytest.raises(LedgerMismatch, match="Problem 1 was changed without an entry: name is"):
        run_problems(store, END)


def test_moved_message_fails_loudly(store, problems):
    save(store, [*weekly(range(3), "Садовая"), *weekly(range(3), "Луговая")])
    run_problems(store, date(2025, 1, 27))
    with store.database.writing() as connection:
        connection.execute(text("UPDATE problem_members SET number = 2 WHERE message_id = 1"))
    with pytest.raises(LedgerMismatch, match="1 messages differ, the first is 1"):
        problems.proven()


def test_week_worked_out_on_an_older_state_is_refused(store, problems):
    save(store, weekly(range(3), "Садовая"))
    run_problems(store, date(2025, 1, 20))
    book, n_before = problems.book(), problems.count()
    ledger.rename_problem(store, 1, "Люк на Садовой", BY)
    with pytest.raises(LedgerMismatch, match="changed problems meanwhile"):
        problems.finish_week(WeekDone("2025-W04", 0, 0, {}), [], book, n_before)
    assert problems.last_week() == "2025-W03"


def test_given_name_stays(store, problems):
    save(store, weekly(range(9), "Садовая"))
    run_problems(store, date(2025, 2, 3))
    ledger.rename_problem(store, 1, " Люк на Садовой ", BY)
    run_problems(store, END)
    assert problems.proven().problems[1].name == "Люк на Садовой"
    assert problems.book().problems[1].named_by == "координатор"


def test_merged_pair_stays_merged(store, problems):
    save(store, [*weekly(range(9), "Садовая"), *weekly(range(9), "Луговая")])
    run_problems(store, date(2025, 2, 3))
    ledger.merge_problems(store, 2, 1, BY)
    run_problems(store, END)
    book = problems.proven()
    assert sorted(book.problems) == [1, 2]
    assert len(book.problems[1].message_ids) == 54
    assert book.problems[2].merged_into == 1


def test_split_stays_split_in_one_street(store, problems):
    save(
        store,
        [
            *weekly(range(9), "Садовая", house="3", text="люк у третьего дома провалился"),
            *weekly(range(9), "Садовая", house="40", text="яма у сорокового дома глубокая"),
        ],
    )
    run_problems(store, date(2025, 2, 3))
    far = [one.id for one in store.stored() if one.place.house == "40"]
    inside = sorted(problems.book().problems[1].message_ids & set(far))
    assert ledger.split_problem(store, 1, inside, BY, name="Яма у дома 40") == 2
    run_problems(store, END)
    book = problems.proven()
    assert sorted(book.problems) == [1, 2]
    assert book.problems[2].message_ids == set(far)
    assert book.problems[2].name == "Яма у дома 40"


def test_parted_problems_are_not_joined_by_what_names_both(store, problems):
    save(
        store,
        [
            *weekly(range(4), "Садовая", also="Луговой", house="3"),
            *weekly(range(4), "Луговая", also="Садовой", house="8"),
            *weekly(range(4, 9), "Садовая", also="Луговой", house="3"),
            *weekly(range(4, 9), "Луговая", also="Садовой", house="8"),
        ],
    )
    run_problems(store, date(2025, 2, 3))
    street = {one.id: one.place.street for one in store.stored()}
    inside = problems.book().problems[1].message_ids
    ledger.split_problem(store, 1, [i for i in inside if street[i] == "улица Луговая"], BY)
    run_problems(store, END)
    book = problems.proven()
    assert {number: one.merged_into for number, one in book.problems.items()} == {1: None, 2: None}
    for number, name in ((1, "улица Садовая"), (2, "улица Луговая")):
        assert {street[one] for one in book.problems[number].message_ids} == {name}


def test_closed_by_a_person_opens_only_for_new_messages(store, problems):
    save(store, [*weekly(range(3), "Садовая"), *weekly([5], "Садовая")])
    run_problems(store, date(2025, 2, 3))
    ledger.close_problem(store, 1, BY)
    run_problems(store, date(2025, 2, 10))
    assert problems.book().problems[1].status is Status.CLOSED
    run_problems(store, date(2025, 2, 17))
    assert problems.proven().problems[1].status is Status.OPEN
    ledger.close_problem(store, 1, BY)
    ledger.reopen_problem(store, 1, BY)
    by_people = [one.change for one in problems.entries(1) if one.role == "координатор"]
    assert by_people == [Change.CLOSED, Change.CLOSED, Change.REOPENED]


@pytest.mark.parametrize(
    ("decide", "says"),
    [
        (lambda s: ledger.rename_problem(s, 9, "а", BY), "There is no problem 9; numbers go up"),
        (lambda s: ledger.rename_problem(s, 1, "  ", BY), "the new name is empty"),
        (lambda s: ledger.merge_problems(s, 1, 1, BY), "cannot be merged into itself"),
        (lambda s: ledger.split_problem(s, 1, [999], BY), "Message 999 is not of problem 1"),
        (lambda s: ledger.split_problem(s, 1, [], BY), "not none and not all"),
        (lambda s: ledger.reopen_problem(s, 1, BY), "Problem 1 is open, not closed"),
    ],
)
def test_impossible_decisions_are_refused(store, problems, decide, says):
    save(store, weekly(range(2), "Садовая"))
    run_problems(store, date(2025, 1, 20))
    before = problems.entries()
    with pytest.raises(BadProblem, match=says):
        decide(store)
    assert problems.entries() == before


def test_merged_problem_points_to_where_it_goes_on(store):
    save(store, [*weekly(range(2), "Садовая"), *weekly(range(2), "Луговая")])
    run_problems(store, date(2025, 1, 20))
    ledger.merge_problems(store, 2, 1, BY)
    with pytest.raises(BadProblem, match="Problem 2 goes on as problem 1"):
        ledger.close_problem(store, 2, BY)


def test_no_messages_are_no_weeks(store):
    assert run_problems(store, END) == []


@pytest.mark.slow
def test_killed_run_goes_on_and_ends_the_same(store_url, tmp_path):
    streets = ("Садовая", "Луговая", "Речная", "Мельничная")
    messages = [one for street in streets for one in weekly(range(40), street, per_week=2)]
    messages += [write(week, "Горная", hour=week % 5) for week in range(40)]
    with Store(store_url) as store:
        save(store, messages)
        problems = ProblemStore(store.database)
        command = [*OTKLIK, "problems", "run", "--until", "2025-12-01", "--engine", "none"]
        env = {"OTKLIK_DATABASE_URL": store_url, "OTKLIK_VAR": str(tmp_path)}
        for kill in range(3):
            last = problems.last_week()
            kill_midway(
                command,
                begun=lambda last=last: problems.last_week() != last,
                delay_s=0.02 * kill,
                env=env,
            )
            problems.proven()
        run_problems(store, date(2025, 12, 1))
        with Store(f"sqlite:///{tmp_path / 'whole.db'}") as whole:
            save(whole, messages)
            run_problems(whole, date(2025, 12, 1))
            assert [row[:4] for row in told(whole)] == [row[:4] for row in told(store)]
