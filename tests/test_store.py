"""The store gives back what it was given, once, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intakes import START, make_intake
from sqlalchemy import text

from otklik.datasets.errors import StoreError
from otklik.datasets.records import (
    GivenAnswer,
    GivenStatus,
    Kind,
    Label,
    Message,
    Place,
    Prediction,
    SourceLabel,
)
from otklik.datasets.schema import APPEND_ONLY, storable
from otklik.datasets.store import Saved, Store

MOSCOW = timezone(timedelta(hours=3))


@pytest.fixture
def run_id(store):
    return store.begin_import("export.xlsx", "im", "abc")


def test_full_message_comes_back_equal(store, run_id):
    intake = make_intake(
        author="9f8e",
        reply_to="000000",
        received_at=datetime(2025, 3, 1, 12, 30, tzinfo=MOSCOW),
        kind=Kind.APPEAL,
        place=Place(street="Ленина", street_key="ленина|улица", latitude=43.3, longitude=45.7),
        labels=(SourceLabel("topic", "Отсутствие воды", "im-2026"), SourceLabel("recipient", "УК")),
        answers=(GivenAnswer("Воду дали", START, "Водоканал"), GivenAnswer("Проверим", None)),
        statuses=(GivenStatus("В работе", START), GivenStatus("Закрыто")),
        raw={"Текст": "нет воды", "Ё": "да\nнет"},
    )
    intake = replace(intake, mask_spans=(("ФИО", 3, 8),))
    store.save([intake], run_id=run_id)
    stored = store.find("im", "000001")
    assert stored is not None
    assert stored.message == intake.message
    assert stored.place == intake.place
    assert stored.mask_spans == intake.mask_spans
    assert (stored.version, stored.run_id, stored.duplicate_of) == (1, run_id, None)


def test_place_as_given_is_kept_beside_the_resolved_one(store, run_id):
    intake = make_intake()
    given = replace(intake.message, place=Place(municipality="городской округ Грозный"))
    store.save([replace(intake, message=given)], run_id=run_id)
    stored = store.find("im", "000001")
    assert stored.message.place == given.place
    assert stored.place == intake.place


def test_times_come_back_aware_and_in_utc(store, run_id):
    posted_at = datetime(2025, 3, 1, 1, 30, 15, 250_000, tzinfo=MOSCOW)
    store.save([make_intake(posted_at=posted_at)], run_id=run_id)
    found = store.find("im", "000001").message.posted_at
    assert found == posted_at
    assert found.tzinfo is UTC


def test_time_without_zone_is_refused_and_nothing_is_stored(store, run_id):
    batch = [make_intake(1), make_intake(2, posted_at=datetime(2025, 3, 1))]
    with pytest.raises(StoreError, match="no zone"):
        store.save(batch, run_id=run_id)
    assert store.count() == 0


def test_saving_again_changes_nothing(store, run_id):
    batch = [make_intake(number) for number in range(1, 8)]
    assert store.save(batch, run_id=run_id) == Saved(stored=7)
    before = list(store.stored())
    assert store.save(batch, run_id=store.begin_import("again", "im", "abc")) == Saved(unchanged=7)
    assert list(store.stored()) == before


def test_changed_row_becomes_a_new_version_and_the_old_one_stays(store, run_id):
    store.save([make_intake(1, text="Нет воды")], run_id=run_id)
    later = store.begin_import("later.xlsx", "im", "def")
    changed = make_intake(1, text="Нет воды и света")
    assert store.save([changed], run_id=later) == Saved(changed=1)
    message_id = store.find("im", "000001").id
    versions = store.versions(message_id)
    assert [(one.version, one.message.text) for one in versions] == [
        (1, "Нет воды"),
        (2, "Нет воды и света"),
    ]
    assert [one.run_id for one in versions] == [run_id, later]
    assert [message.text for message in store.messages()] == ["Нет воды и света"]


def test_better_masking_of_the_same_row_is_no_change(store, run_id):
    first = make_intake(1, text="Звонил [ТЕЛЕФОН], Иванов")
    store.save([first], run_id=run_id)
    masked = replace(first.message, text="Звонил [ТЕЛЕФОН], [ФИО]")
    assert store.save([replace(first, message=masked)], run_id=run_id) == Saved(unchanged=1)


def test_there_and_back_again_makes_three_versions(store, run_id):
    for text_ in ("а", "б", "а"):
        store.save([make_intake(1, text=text_)], run_id=run_id)
    assert [one.message.text for one in store.versions(1)] == ["а", "б", "а"]


def test_second_row_of_one_key_in_a_batch_is_a_change_of_the_first(store, run_id):
    batch = [make_intake(1, text="а"), make_intake(2), make_intake(1, text="б"), make_intake(2)]
    assert store.save(batch, run_id=run_id) == Saved(stored=2, changed=1, unchanged=1)
    assert store.find("im", "000001").message.text == "б"


def test_one_row_given_twice_in_a_batch_counts_twice(store, run_id):
    intake = make_intake(1)
    assert store.save([intake, intake], run_id=run_id) == Saved(stored=1, unchanged=1)


def test_empty_batch(store, run_id):
    assert store.save([], run_id=run_id) == Saved()


def test_same_external_id_in_two_sources_is_two_messages(store, run_id):
    batch = [make_intake(1), make_intake(1, source="pos")]
    assert store.save(batch, run_id=run_id) == Saved(stored=2, duplicates=1)


def test_received_at_is_the_moment_of_the_first_import(store, run_id):
    store.save([make_intake(1, text="а", posted_at=None)], run_id=run_id)
    first = store.find("im", "000001").message.received_at
    store.save([make_intake(1, text="б", posted_at=None)], run_id=run_id)
    assert store.find("im", "000001").message.received_at == first
    assert store.count(since=first, until=first + timedelta(microseconds=1)) == 1


def test_exact_duplicates_point_to_the_earliest(store, run_id):
    saved = store.save(
        [make_intake(1, text="Яма"), make_intake(2, text="Яма"), make_intake(3)], run_id=run_id
    )
    assert saved == Saved(stored=3, duplicates=1)
    assert store.save([make_intake(4, text="Яма")], run_id=run_id).duplicates == 1
    assert [one.duplicate_of for one in store.stored()] == [None, 1, None, 1]
    assert store.count(unique=True) == 2


def test_texts_without_words_duplicate_nothing(store, run_id):
    batch = [make_intake(number, text="😡", text_key="") for number in (1, 2)]
    assert store.save(batch, run_id=run_id) == Saved(stored=2)


def test_duplicates_are_linked_anew_when_the_first_one_changes(store, run_id):
    store.save([make_intake(number, text="Яма") for number in (1, 2, 3)], run_id=run_id)
    store.save([make_intake(1, text="Яму заделали")], run_id=run_id)
    assert [one.duplicate_of for one in store.stored()] == [None, None, 2]


def test_what_the_source_says_is_kept_once_and_the_current_is_told_from_the_past(store, run_id):
    first = make_intake(
        labels=(SourceLabel("topic", "Вода"),),
        answers=(GivenAnswer("Проверим", START),),
        statuses=(GivenStatus("В работе", START),),
    )
    second = make_intake(
        labels=(SourceLabel("topic", "Свет"),),
        answers=(GivenAnswer("Проверим", START), GivenAnswer("Сделано", START)),
        statuses=(GivenStatus("В работе", START),) * 2,
    )
    for intake in (first, second, second):
        store.save([intake], run_id=run_id)
    current = store.find("im", "000001").message
    assert current.labels == second.message.labels
    assert [answer.text for answer in current.answers] == ["Проверим", "Сделано"]
    assert store.answers(1) == list(second.message.answers)
    assert store.statuses(1) == [GivenStatus("В работе", START)]


def test_filters_restrict_stream_and_count_alike(store, run_id):
    store.save([make_intake(number) for number in range(1, 6)], run_id=run_id)
    store.save(
        [make_intake(6, source="pos", kind=Kind.APPEAL, place=Place(district="Шейх-Мансуровский"))],
        run_id=run_id,
    )
    for filters, ids in (
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"source": "pos"}, [6]),
        ({"kind": Kind.MESSAGE}, [1, 2, 3, 4, 5]),
        ({"district": "Шейх-Мансуровский"}, [6]),
        ({"since": START + timedelta(minutes=4)}, [4, 5, 6]),
        ({"until": START + timedelta(minutes=4)}, [1, 2, 3]),
        ({"source": "im", "since": START + timedelta(minutes=4)}, [4, 5]),
    ):
        assert [one.id for one in store.stored(batch_size=2, **filters)] == ids
        assert store.count(**filters) == len(ids)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 1000])
def test_stream_gives_each_message_once_whatever_the_batch(store, run_id, batch_size):
    store.save([make_intake(number) for number in (3, 1, 2)], run_id=run_id)
    found = [message.external_id for message in store.messages(batch_size=batch_size)]
    assert found == ["000003", "000001", "000002"]


def test_store_tells_what_it_has_before_anything_is_written(store, run_id):
    store.save([make_intake(1), make_intake(2), make_intake(1, source="pos")], run_id=run_id)
    assert store.count_by_source() == {"im": 2, "pos": 1}
    known = store.source_hashes([("im", "000002"), ("pos", "000002"), ("im", "000009")])
    assert known == {("im", "000002"): make_intake(2).source_hash}


def test_imports_are_noted(store):
    done = store.begin_import("a.csv", "perm", "1f")
    store.begin_import("б.csv", "pos", "2f")
    store.end_import(done, {"read": 5, "stored": 4, "rejected": 1})
    first, second = store.imports()
    assert (first.path_name, first.preset, first.file_hash) == ("a.csv", "perm", "1f")
    assert first.counts == {"read": 5, "stored": 4, "rejected": 1}
    assert first.started_at <= first.finished_at
    assert (second.path_name, second.finished_at, second.counts) == ("б.csv", None, None)


def make_prediction(message_id, model_version="m1"):
    return Prediction(
        message_id=message_id,
        model_version=model_version,
        rubricator="im-2026",
        heads={"group": (("ЖКХ", 0.75), ("Дороги", 0.25))},
        prediction_set=("ЖКХ",),
        decision="auto",
        reason="риск ниже порога",
        latency_ms=6.5,
        made_at=START,
    )


def make_label(new, minute, old=None, axis="topic"):
    return Label(1, axis, old, new, "im-2026", "координатор", START + timedelta(minutes=minute))


def test_predictions_are_appended(store, run_id):
    store.save([make_intake(1)], run_id=run_id)
    said = [make_prediction(1), make_prediction(1, "m2")]
    store.add_predictions(said[:1])
    store.add_predictions(said[1:])
    assert store.predictions(1) == said
    assert store.predictions(2) == []


def test_latest_label_wins_and_history_stays(store, run_id):
    store.save([make_intake(1)], run_id=run_id)
    late, early = make_label("Свет", 9, old="Вода"), make_label("Вода", 1)
    store.add_labels([late, early, make_label("ЖКХ", 99, axis="group")])
    assert store.label_history(1, "topic") == [early, late]
    assert store.current_label(1, "topic") == late
    assert store.current_label(1, "recipient") is None


def test_label_of_no_message_is_refused(store):
    with pytest.raises(StoreError, match="refused"):
        store.add_labels([make_label("Вода", 1)])


def test_wordings_of_a_rubricator_are_kept(store):
    first, second = {"ЖКХ": ["Вода"]}, {"ЖКХ": ["Вода", "Свет"]}
    for tree in (first, first, second):
        store.remember_rubricator("im-2026", tree)
    assert store.rubricators("im-2026") == [first, second]


STATEMENTS = ("UPDATE {} SET {column} = {column}", "DELETE FROM {}")


@pytest.mark.parametrize("table", ["predictions", "labels", "message_versions"])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_database_refuses_to_rewrite_history(store, run_id, table, statement):
    store.save([make_intake(1, text="а")], run_id=run_id)
    store.save([make_intake(1, text="б")], run_id=run_id)
    store.add_predictions([make_prediction(1)])
    store.add_labels([make_label("Вода", 1)])
    with (
        pytest.raises(StoreError, match=f"{table} is append-only"),
        store.database.writing() as connection,
    ):
        connection.execute(text(statement.format(table, column="message_id")))
    assert table in APPEND_ONLY


def test_replacing_a_prediction_in_sqlite_is_refused_too(sqlite_template, tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Store(f"sqlite:///{path}") as store:
        store.save([make_intake(1)], run_id=store.begin_import("a", "im", "0"))
        store.add_predictions([make_prediction(1)])
        with (
            pytest.raises(StoreError, match="append-only"),
            store.database.writing() as connection,
        ):
            connection.execute(text("REPLACE INTO predictions SELECT * FROM predictions"))


def test_store_has_no_way_to_change_or_delete_what_was_said():
    verbs = ("update", "delete", "remove", "set_", "edit")
    assert not [name for name in dir(Store) if name.startswith(verbs)]


def test_nul_and_lone_surrogates_do_not_cost_the_batch(store, run_id):
    broken = make_intake(1, text="яма\x00 \ud83d", raw={"Текст": "\ud83d\x00"}, external_id="a\x00")
    assert store.save([broken], run_id=run_id) == Saved(stored=1)
    assert store.save([broken], run_id=run_id) == Saved(unchanged=1)
    assert store.find("im", "a\ufffd").message.text == "яма\ufffd \ufffd"


def test_batch_larger_than_one_statement(store, run_id):
    batch = [make_intake(number) for number in range(2500)]
    assert store.save(batch, run_id=run_id) == Saved(stored=2500)
    changed = [make_intake(number, author="x") for number in range(2500)]
    assert store.save(changed, run_id=run_id) == Saved(changed=2500)
    assert store.count() == 2500


TEXTS = st.text(max_size=40)
MESSAGES = st.builds(
    Message,
    source=st.sampled_from(["im", "pos"]),
    external_id=st.text("абв123", min_size=1, max_size=3),
    kind=st.sampled_from(Kind),
    text=TEXTS,
    posted_at=st.none() | st.datetimes(timezones=st.just(MOSCOW), min_value=datetime(1990, 1, 1)),
    received_at=st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1)),
    author=st.none() | st.text("0123456789abcdef", min_size=4, max_size=4),
    labels=st.lists(
        st.builds(SourceLabel, st.just("topic"), TEXTS, st.none()), max_size=3, unique=True
    ).map(tuple),
    raw=st.dictionaries(TEXTS, TEXTS, max_size=4),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(messages=st.lists(MESSAGES, max_size=6))
def test_any_messages_come_back_as_they_were(store, messages):
    messages = [
        replace(
            message,
            text=storable(message.text),
            labels=tuple(replace(label, name=storable(label.name)) for label in message.labels),
        )
        for message in messages
    ]
    intakes = [
        replace(make_intake(1), message=message, source_hash=repr(message)) for message in messages
    ]
    run_id = store.begin_import("a", "im", "0")
    saved = store.save(intakes, run_id=run_id)
    assert saved.stored + saved.changed + saved.unchanged == len(messages)
    assert store.save(intakes[-1:], run_id=run_id).stored == 0
    for message in {(one.source, one.external_id): one for one in messages}.values():
        assert store.find(message.source, message.external_id).message == message


def test_another_salt_is_refused(store):
    """Lost with its folder, a salt would be made anew and everything stored a second time."""
    store.begin_import("a.csv", "im", "0")
    store.begin_import("a.csv", "im", "0", salt_proof="one")
    store.begin_import("a.csv", "im", "0", salt_proof="one")
    with pytest.raises(StoreError, match="another salt"):
        store.begin_import("a.csv", "im", "0", salt_proof="two")
