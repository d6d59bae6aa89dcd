"""Passports: every sentence rests on messages, numbers agree with facts, and Russian is right."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from commands import run_json
from test_problem_run import save
from towns import STREETS, Town
from troubles import LAMPS, weekly

from otklik.datasets.errors import BadProblem
from otklik.datasets.ledger import Ledger
from otklik.datasets.store import Store
from otklik.pipelines.passport import HIGH, keep_passport, passport_of, render_text
from otklik.pipelines.passport_facts import Background, gather
from otklik.pipelines.passport_quotes import LONGEST, QUOTES, shorten
from otklik.pipelines.passport_sentences import tell_together
from otklik.pipelines.passport_subject import subject_of_cause
from otklik.pipelines.passport_wording import counted, genitive, some, times
from otklik.pipelines.problem_run import run_problems
from otklik.pipelines.root_causes import find_causes
from otklik.pipelines.snapshot import snapshot_of_store

PLANTED = ("Аварии на водопроводе", "Нет воды")
QUIET = timedelta(weeks=9)


@pytest.fixture(scope="module")
def snapshot():
    made = Town(1)
    made.plant(PLANTED, STREETS[4:9], range(12, 20), 0.7)
    return made.snapshot()


@pytest.fixture(scope="module")
def cause(snapshot):
    return find_causes(snapshot)[0]


@pytest.fixture(scope="module")
def passport(snapshot, cause):
    return passport_of(None, snapshot, cause, Background(snapshot))


def test_every_sentence_has_messages_of_the_snapshot(snapshot, passport):
    known = set(snapshot.table.index)
    assert all(one.message_ids and set(one.message_ids) <= known for one in passport.sentences)


def test_says_what_where_when_and_who(passport):
    text = passport.sentences[0].text
    assert all(f"«{topic}»" in text for topic in PLANTED)
    assert "Водоканал" in text
    assert "улица" in text
    assert text.endswith(".")


def test_numbers_are_those_of_the_facts(passport, cause):
    sizes = [one for one in passport.sentences if one.section == "размер"]
    assert f"независимых — {cause.observed} от" in sizes[0].text
    assert sizes[0].facts["voices"] == cause.observed
    assert sizes[1].facts["low"] > 1


def test_claims_of_both_sides_are_named_with_voices(passport):
    texts = [one.text for one in passport.sentences if one.section == "версии причины"]
    assert any("Жители называют причиной: износ" in text for text in texts)


def test_what_rises_in_its_streets_and_weeks_stands_beside_it(snapshot, cause):
    first, other = sorted(PLANTED)
    alone = replace(cause, topics=(first,))
    facts = gather(Background(snapshot), subject_of_cause(snapshot, alone))
    assert [pair.topic for pair in facts.together] == [other]
    (told,) = tell_together(facts)
    rows = snapshot.table.loc[list(told.message_ids)]
    assert set(rows["topic"]) == set(PLANTED)
    assert set(rows["street_key"]) <= set(cause.places)
    elsewhen = replace(alone, starts=alone.starts - QUIET, ends=alone.ends - QUIET)
    quiet = subject_of_cause(snapshot, replace(elsewhen, message_ids=_ids(snapshot, elsewhen)))
    assert gather(Background(snapshot), quiet).together == []


def _ids(snapshot, cause):
    return tuple(subject_of_cause(snapshot, cause).messages.index)


def test_confidence_is_high_only_where_a_cause_is_named(passport):
    silent = Town(3)
    silent.plant(PLANTED, STREETS[9:14], range(12, 20), 0.9, claims=0)
    plain = silent.snapshot()
    (found,) = find_causes(plain)
    assert found.mechanism is None
    assert passport.confidence == HIGH
    assert passport_of(None, plain, found).confidence != HIGH


def test_quotes_are_of_distinct_authors(snapshot, passport):
    quotes = [one for one in passport.sentences if one.section == "цитаты"]
    numbers = [one.message_ids[0] for one in quotes]
    assert len(quotes) == QUOTES
    assert snapshot.table.loc[numbers, "author"].nunique() == QUOTES


def test_text_has_every_section_once(passport):
    lines = render_text(passport).splitlines()
    heads = [line for line in lines if not line.startswith(" ")][1:]
    assert len(heads) == len(set(heads))
    assert heads[0] == "что происходит:"
    assert heads[-1] == "что проверить:"
    assert not re.search(r"\bNone\b|\bnan\b", "\n".join(lines))


def test_the_same_snapshot_gives_the_same_passport(snapshot, cause, passport):
    assert passport_of(None, snapshot, cause) == passport


def test_passports_of_a_problem_are_kept_one_beside_the_other(store):
    messages = [*weekly(range(8), "Садовая"), *weekly(range(3, 10), "Луговая", topic=LAMPS)]
    save(store, messages)
    run_problems(store, date(2025, 3, 31))
    snapshot = snapshot_of_store(store, vectors=False)
    first = passport_of(store, snapshot, 1)
    assert first.number == 1
    assert "улица Садовая" in first.sentences[0].text
    keep_passport(store, first)
    keep_passport(store, first)
    kept = Ledger(store.database).passports(1)
    assert len(kept) == 2
    assert [one.text for one in kept[0].sentences] == [one.text for one in first.sentences]
    with pytest.raises(BadProblem, match="99"):
        passport_of(store, snapshot, 99)


def test_a_cause_without_number_is_not_kept(passport):
    with pytest.raises(BadProblem, match="problems run"):
        keep_passport(None, passport)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "said"),
    [(1, "1 обращение"), (3, "3 обращения"), (5, "5 обращений"), (21, "21 обращение")],
)
def test_nouns_agree_with_numbers(amount, said):
    assert counted(amount, "обращение").replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [(1, "1 автора"), (2, "2 авторов"), (11, "11 авторов"), (21, "21 автора")],
)
def test_nouns_after_a_preposition_agree(amount, said):
    assert genitive(amount, "автор").replace("\u00a0", " ") == said


def test_other_wording():
    assert times(2.5, 1.8, 3.4).replace("\u00a0", " ") == "в 2,5 раза (1,8–3,4)"
    assert times(5, 2, 9).replace("\u00a0", " ") == "в 5 раз (2–9)"
    names = [f"улица {n}" for n in range(9)]
    assert some(names, "street_key").replace("\u00a0", " ").endswith("и ещё 5 улиц")
    assert len(shorten("слово " * 100)) <= LONGEST + 1


def test_command_keeps_passports_of_the_largest_problems(tmp_path):
    env = {"database_url": f"sqlite:///{tmp_path / 'store.db'}", "var": tmp_path}
    with Store(env["database_url"]) as store:
        save(store, [*weekly(range(8), "Садовая"), *weekly(range(4, 8), "Луговая", topic=LAMPS)])
        run_problems(store, date(2025, 3, 3))
    assert run_json("problems", "passports", "--most", "1", **env)["passports"] == 1
    shown = run_json("problems", "show", "1", **env)
    assert "улица Садовая" in shown["passport"][0]["text"]
