"""Passports stand beside each other, and the story of a problem cannot be rewritten."""

from datetime import timedelta

import pytest
from intakes import START, make_intake
from sqlalchemy import text

from otklik.datasets.errors import StoreError
from otklik.datasets.ledger import Change, Entry, Ledger, Passport, Sentence
from otklik.datasets.problem_store import ProblemStore


@pytest.fixture
def ledger(store):
    """The passports of a store with one problem, number 1."""
    store.save([make_intake(1)], run_id=store.begin_import("a.csv", "im", "0"))
    ProblemStore(store.database).enter([Entry(1, Change.BORN, START, (1,), role="координатор")])
    return Ledger(store.database)


def test_passports_stand_beside_each_other(ledger):
    passports = [
        Passport(1, (Sentence("Труба 1978 года", (1, 2)),), START),
        Passport(1, (Sentence("Трубу заменили", (3,)),), START + timedelta(days=7)),
    ]
    for passport in passports:
        ledger.add_passport(passport)
    assert ledger.passports(1) == passports


def test_sentence_without_messages_is_refused(ledger):
    with pytest.raises(StoreError, match="no message proves 'Так говорят'"):
        ledger.add_passport(Passport(1, (Sentence("Так говорят", ()),), START))


@pytest.mark.parametrize("table", ["problem_events", "passports"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET number = number", "DELETE FROM {}"])
def test_database_refuses_to_rewrite_the_story(store, ledger, table, statement):
    ledger.add_passport(Passport(1, (), START))
    with (
        pytest.raises(StoreError, match=f"{table} is append-only"),
        store.database.writing() as connection,
    ):
        connection.execute(text(statement.format(table)))
