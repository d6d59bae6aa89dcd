"""Problems keep their numbers, and their story cannot be rewritten."""

from datetime import timedelta

import pytest
from intakes import START
from sqlalchemy import text

from otklik.datasets.errors import StoreError
from otklik.datasets.ledger import Change, Entry, Ledger, Passport, Problem, Sentence


@pytest.fixture
def ledger(store):
    return Ledger(store.database)


def test_numbers_follow_each_other(ledger):
    first = ledger.open_problem("прорыв трубы", [1, 2], START, place_key="ленина|улица")
    second = ledger.open_problem("не вывезен мусор", [3], START, recipient="УК")
    assert first == Problem(1, "прорыв трубы", "ленина|улица", None)
    assert second == Problem(2, "не вывезен мусор", None, "УК")
    assert ledger.problems() == [first, second]


def test_history_tells_every_change_in_order(ledger):
    number = ledger.open_problem("прорыв трубы", [1, 2], START).number
    other = ledger.open_problem("нет воды", [5], START).number
    later = START + timedelta(days=7)
    changes = [
        Entry(number, Change.GROWN, later, (3, 4)),
        Entry(number, Change.MERGED, later, other=other, reason="одна и та же труба"),
        Entry(number, Change.CLOSED, later),
    ]
    ledger.enter(changes)
    assert ledger.history(number) == [Entry(number, Change.BORN, START, (1, 2)), *changes]


def test_entries_are_all_kept_or_none(ledger):
    number = ledger.open_problem("прорыв трубы", [1], START).number
    with pytest.raises(StoreError):
        ledger.enter([Entry(number, Change.CLOSED, START), Entry(99, Change.CLOSED, START)])
    assert [entry.change for entry in ledger.history(number)] == [Change.BORN]


def test_passports_stand_beside_each_other(ledger):
    number = ledger.open_problem("прорыв трубы", [1], START).number
    passports = [
        Passport(number, (Sentence("Труба 1978 года", (1, 2)),), START),
        Passport(number, (Sentence("Трубу заменили", (3,)),), START + timedelta(days=7)),
    ]
    for passport in passports:
        ledger.add_passport(passport)
    assert ledger.passports(number) == passports


def test_sentence_without_messages_is_refused(ledger):
    number = ledger.open_problem("прорыв трубы", [1], START).number
    with pytest.raises(StoreError, match="no message proves 'Так говорят'"):
        ledger.add_passport(Passport(number, (Sentence("Так говорят", ()),), START))


@pytest.mark.parametrize("table", ["problem_events", "passports"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET number = number", "DELETE FROM {}"])
def test_database_refuses_to_rewrite_the_story(store, ledger, table, statement):
    number = ledger.open_problem("прорыв трубы", [1], START).number
    ledger.add_passport(Passport(number, (), START))
    with (
        pytest.raises(StoreError, match=f"{table} is append-only"),
        store.database.writing() as connection,
    ):
        connection.execute(text(statement.format(table)))
