"""Importance follows the topic and the quoted cues of danger."""

from pathlib import Path

import pytest

from otklik.datasets.errors import BadCues
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.importance import ImportanceScale, default_scale, load_danger

RUBRICATOR = load_rubricator("im-2026")
TABLE = Path(__file__).with_name("cases") / "importance.tsv"
CASES = [
    line.split("\t")
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("topic", "value", "codes", "text"), CASES)
def test_table(topic, value, codes, text):
    rated = default_scale().rate(text, None if topic == "-" else RUBRICATOR.topic(topic))
    assert str(rated.value) in value.split("|")
    assert sorted(reason.code for reason in rated.reasons) == sorted(codes.replace("-", "").split())


def test_reasons_quote_the_text():
    text = "Возле школы открытый люк, ДЕТИ ходят мимо"
    for reason in default_scale().rate(text, None).reasons:
        assert text[reason.start : reason.stop] == reason.quote


@pytest.mark.parametrize("topic", RUBRICATOR.topics, ids=lambda topic: topic.code)
def test_cues_never_lower_a_topic(topic):
    for text in ("", "Когда?", "Пахнет газом, дети, инвалид, старики, открытый люк, мороз"):
        rated = default_scale().rate(text, topic)
        assert topic.importance <= rated.value <= 5
        assert rated.topic == topic.importance


def test_lifts_together_are_limited():
    danger = load_danger()
    lifted = danger.model_copy(update={"most_lifted": 0})
    text = "дети, инвалиды и бабушки"
    assert default_scale().rate(text, None).value == danger.unknown_topic + danger.most_lifted
    assert ImportanceScale(lifted).rate(text, None).value == danger.unknown_topic


def test_cues_name_groups_and_topics_that_exist():
    known = {topic.code for topic in RUBRICATOR.topics} | {g.code for g in RUBRICATOR.groups}
    for cue in load_danger().cue:
        assert set(cue.only_in) | set(cue.not_in) <= known


GOOD = 'unknown_topic = 2\nmost_lifted = 1\n[[cue]]\ncode = "a"\ntitle = "а"\nphrases = ["газ"]\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (GOOD, "either floor or lift"),
        (GOOD + "floor = 6", "less than or equal to 5"),
        (GOOD + "floor = 3\nlift = 1", "either floor or lift"),
        (GOOD + 'floor = 3\nneeds = ["b"]', "which is no cue"),
        (GOOD + "floor = 3\ncolour = 1", "colour"),
        (GOOD + "floor = 3" + GOOD[GOOD.index("\n[[") :] + "floor = 3", "given twice: a"),
        ("unknown_topic = ", "not valid TOML"),
    ],
)
def test_a_bad_file_is_told(tmp_path, content, told):
    path = tmp_path / "danger.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadCues, match=r"danger\.toml") as error:
        load_danger(path)
    assert told in str(error.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BadCues, match="is not there"):
        load_danger(tmp_path / "danger.toml")
