"""Label Studio's JSON out and in: a round trip, corrections as history, bad tasks told."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intakes import START, make_intake
from labelling import TEXTS, fill, predict

from otklik.datasets.errors import BadFile, BadRow
from otklik.datasets.labelling import Labelling
from otklik.datasets.records import Label
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.training.annotations import message_name, read_task
from otklik.training.label_file import import_labels
from otklik.training.labelstudio import label_page, make_task

RUBRICATOR = load_rubricator("im-2026")
MANHOLES = RUBRICATOR.topic("improvement.manholes")
NOON = "2025-03-02T12:00:00.000000Z"
LATER = "2025-03-02T15:00:00.000000Z"


def task(number=1, *answers, at=NOON, who=7, cancelled=False, **data):
    return {
        "id": 100 + number,
        "data": {
            "source": "im",
            "external_id": f"{number:06d}",
            "text": TEXTS[number],
            "rubricator": "im-2026",
            **data,
        },
        "annotations": [
            {
                "id": 1,
                "completed_by": who,
                "created_at": NOON,
                "updated_at": at,
                "was_cancelled": cancelled,
                "lead_time": 3.5,
                "result": list(answers),
            }
        ],
    }


def topic(*path):
    return {"from_name": "topic", "type": "taxonomy", "value": {"taxonomy": [list(path)]}}


def choice(name, word):
    return {"from_name": name, "type": "choices", "value": {"choices": [word]}}


def reason(words):
    return {"from_name": "reason", "type": "textarea", "value": {"text": [words]}}


RIGHT = topic(MANHOLES.group.name, MANHOLES.name)
ROADS = topic("Дороги", RUBRICATOR.topic("roads.potholes").name)


def load(store, tasks, tmp_path, mask=str):
    path = tmp_path / "project.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    rejects = []
    return import_labels(store, path, rejects.append, mask), rejects


def test_answers_become_labels(store, tmp_path):
    by_number = fill(store)
    store.add_predictions([predict(by_number[1], ("roads.potholes", 0.6))])
    answers = [RIGHT, choice("sentiment", "негативная"), choice("utterance", "жалоба")]
    done, rejects = load(store, [task(1, *answers, reason("люк"))], tmp_path)
    assert (done.tasks, done.labels, done.appended, rejects) == (1, 3, 3, [])
    label = store.current_label(by_number[1], "topic")
    assert label == Label(
        message_id=by_number[1],
        axis="topic",
        old="roads.potholes",
        new="improvement.manholes",
        rubricator="im-2026",
        role="annotator 7",
        labelled_at=datetime(2025, 3, 2, 12, tzinfo=UTC),
        reason="люк",
    )
    assert store.current_label(by_number[1], "sentiment").new == "negative"
    assert store.current_label(by_number[1], "utterance").new == "жалоба"


def test_a_second_import_changes_nothing_and_a_correction_appends(store, tmp_path):
    by_number = fill(store)
    for _ in range(2):
        done, _ = load(store, [task(1, ROADS)], tmp_path)
    assert done.appended == 0
    # The page was saved again with the same answer, then with another one.
    assert load(store, [task(1, ROADS, at=LATER)], tmp_path)[0].appended == 0
    assert load(store, [task(1, RIGHT, at=LATER)], tmp_path)[0].appended == 1
    history = store.label_history(by_number[1], "topic")
    assert [(label.old, label.new) for label in history] == [
        (None, "roads.potholes"),
        ("roads.potholes", "improvement.manholes"),
    ]
    # The old export once more: it is history, not news.
    assert load(store, [task(1, ROADS)], tmp_path)[0].appended == 0


def test_two_people_and_back_again(store):
    number = fill(store)[1]
    labelling = Labelling(store.database)

    def say(who, new, hours):
        at = START + timedelta(hours=hours)
        return Label(number, "topic", None, new, "im-2026", who, at)

    said = [
        say("a", "roads.signs", 1),
        say("b", "roads.other", 2),
        say("a", "roads.signs", 3),
    ]
    assert labelling.correct(said) == 3
    assert labelling.correct(said) == 0
    assert [label.old for label in store.label_history(number, "topic")] == [
        None,
        "roads.signs",
        "roads.other",
    ]
    assert labelling.current("topic") == {number: store.current_label(number, "topic")}
    # An earlier word that comes later stands where it belongs, and does not win.
    assert labelling.correct([say("c", "roads.tolls", 0)]) == 1
    assert store.current_label(number, "topic").new == "roads.signs"


@pytest.mark.parametrize(
    ("answer", "axis", "new"),
    [
        (topic("improvement", "improvement.manholes"), "topic", "improvement.manholes"),
        (topic("Дороги"), "group", "roads"),
        (topic("roads"), "group", "roads"),
        (topic("Дороги", "Дороги прочее"), "topic", "roads.other"),
        (choice("sentiment", "positive"), "sentiment", "positive"),
    ],
)
def test_names_and_codes(answer, axis, new):
    (label,) = read(task(1, answer))
    assert (label.axis, label.new) == (axis, new)


def read(document, text=TEXTS[1]):
    return read_task(document, {("im", "000001"): (1, text)}, now=datetime.now(UTC))


def test_cancelled_and_empty_annotations_give_nothing():
    assert read(task(1, RIGHT, cancelled=True)) == []
    assert read(task(1)) == []
    assert read({"data": task(1)["data"]}) == []


def test_an_address_of_an_annotator_is_not_kept():
    (label,) = read(task(1, RIGHT, who={"email": "hava@example.org"}))
    assert "hava" not in label.role
    (numbered,) = read(task(1, RIGHT, who={"id": 3, "email": "hava@example.org"}))
    assert numbered.role == "annotator 3"


FUTURE = (datetime.now(UTC) + timedelta(days=30)).isoformat()


@pytest.mark.parametrize(
    ("document", "column", "told"),
    [
        (task(1, topic("Дороги", "Космос")), "annotations.0.topic", "not in im-2026"),
        (task(1, topic("Дороги", MANHOLES.name)), "annotations.0.topic", "not in the group"),
        (task(1, topic("А", "Б", "В")), "annotations.0.topic", "group and topic expected"),
        (task(1, topic(1, 2)), "annotations.0.topic", "group and topic expected"),
        (task(1, choice("sentiment", "злая")), "annotations.0.sentiment", "none of"),
        (task(1, choice("colour", "red")), "annotations.0.colour", "unknown question"),
        (task(1, RIGHT, at="2025-03-02T12:00:00"), "annotations.0.updated_at", "zone"),
        (task(1, RIGHT, at=FUTURE), "annotations.0.updated_at", "future"),
        (task(2, RIGHT), "data.external_id", "no such message"),
        (task(1, RIGHT, text="Совсем другое"), "text", "has changed"),
        (task(1, RIGHT, rubricator="im-1999"), "data.rubricator", "no such rubricator"),
        ({"annotations": []}, "data", "required"),
        ("task", "", "valid dictionary"),
        (None, "", "valid dictionary"),
    ],
)
def test_bad_tasks_are_told(document, column, told):
    with pytest.raises(BadRow) as error:
        read(document)
    assert error.value.column == column
    assert told in error.value.reason


def test_two_topics_are_no_answer():
    both = topic("Дороги", "Дороги прочее")
    both["value"]["taxonomy"] *= 2
    with pytest.raises(BadRow, match="one answer expected"):
        read(task(1, both))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(json_values, st.sampled_from(["data", "annotations", "result", "value", "taxonomy"]))
def test_whatever_stands_in_a_task_is_a_label_or_a_bad_row(junk, place):
    document = task(1, RIGHT)
    annotation = document["annotations"][0]
    answer = json.loads(json.dumps(RIGHT))
    annotation["result"] = [answer]
    owner = {"data": document, "annotations": document, "result": annotation, "value": answer}
    owner.get(place, answer["value"])[place] = junk
    message_name(document)
    with contextlib.suppress(BadRow):
        assert all(isinstance(label, Label) for label in read(document))


def test_one_bad_task_does_not_stop_the_others(store, tmp_path):
    fill(store)
    done, rejects = load(store, [task(1, topic("А", "Б")), task(2, ROADS)], tmp_path)
    assert (done.appended, done.rejected) == (1, 1)
    assert (rejects[0].file, rejects[0].line) == ("project.json", 1)
    assert "А / Б" not in rejects[0].reason


def test_reasons_of_annotators_are_masked(store, tmp_path):
    by_number = fill(store)
    load(store, [task(1, RIGHT, reason("звонил Тагир"))], tmp_path, lambda text: text[:6])
    assert store.current_label(by_number[1], "topic").reason == "звонил"


@pytest.mark.parametrize("content", ["", "{}", '{"tasks": []}', "[" * 100_000])
def test_a_file_without_tasks_is_told(store, tmp_path, content):
    path = tmp_path / "project.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadFile, match=r"project\.json"):
        import_labels(store, path, print, str)


def test_tasks_that_come_back_untouched_are_what_the_model_said(store):
    by_number = fill(store)
    said = predict(
        by_number[1],
        ("improvement.manholes", 0.6),
        ("roads.potholes", 0.3),
        sentiment=(("negative", 0.8),),
        utterance=(("жалоба", 0.9),),
    )
    store.add_predictions([said])
    (judged,) = Labelling(store.database).judged()
    made = make_task(judged, RUBRICATOR, reason="margin")
    assert made["predictions"][0]["score"] == 0.6
    back = task(1, *made["predictions"][0]["result"])
    back["data"] = json.loads(json.dumps(made["data"]))
    labels = read_task(back, {("im", "000001"): (1, TEXTS[1])}, now=datetime.now(UTC))
    assert {label.axis: label.new for label in labels} == {
        "topic": "improvement.manholes",
        "sentiment": "negative",
        "utterance": "жалоба",
    }


def test_page_offers_every_topic_and_every_answer():
    view = ElementTree.fromstring(label_page(RUBRICATOR))
    tree = view.find("Taxonomy")
    assert [branch.get("value") for branch in tree] == [g.name for g in RUBRICATOR.groups]
    assert sum(len(branch) for branch in tree) == len(RUBRICATOR.topics)
    assert {c.get("name") for c in view.iter("Choices")} == {"sentiment", "utterance"}


def test_a_changed_message_is_labelled_anew(store, tmp_path):
    fill(store)
    run_id = store.begin_import("b.csv", "im", "hash2")
    store.save([make_intake(1, text="Люк закрыли, спасибо")], run_id=run_id)
    _, rejects = load(store, [task(1, RIGHT)], tmp_path)
    assert [reject.reason for reject in rejects] == [
        "the message has changed since it was exported; label it again"
    ]
