"""The made-up city: the same bytes from the same seed, Russian of many kinds, nobody's data."""

import json
import re
import subprocess
import sys
from collections import Counter

import pytest

from otklik.datasets.city_drafts import World
from otklik.datasets.city_file import write_city, write_truth
from otklik.datasets.city_message import COLUMNS, MARK
from otklik.datasets.city_plan import N_STREETS
from otklik.datasets.city_text import _Filling
from otklik.datasets.city_topics import FOLDER, RUBRICATOR, city_topics, load_table
from otklik.datasets.errors import BadFile, BadSettings
from otklik.datasets.mapping import load_mapping
from otklik.datasets.mask_kinds import NAME
from otklik.datasets.masking import Masker
from otklik.datasets.reader import read_messages
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.synthetic_city import build_world, make_city

N = 6000


@pytest.fixture(scope="module")
def city():
    return make_city(11, N)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(11, 500)


def written(city, folder):
    write_city(city.messages, folder / "city.csv")
    write_truth(city.truth, folder / "truth.json")
    return (folder / "city.csv").read_bytes(), (folder / "truth.json").read_bytes()


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path):
    ours = written(make_city(3, 500), tmp_path)
    code = (
        "import sys; from pathlib import Path; from test_city import written, make_city; "
        "written(make_city(3, 500), Path(sys.argv[1]))"
    )
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(
        [sys.executable, "-c", code, str(other)], check=True, cwd=FOLDER.parents[1] / "tests"
    )
    assert ours == ((other / "city.csv").read_bytes(), (other / "truth.json").read_bytes())


def test_another_seed_gives_another_city(tmp_path):
    first, second = make_city(3, 500), make_city(4, 500)
    assert {m.text for m in first.messages} != {m.text for m in second.messages}
    assert first.truth.assets != second.truth.assets


def test_what_is_written_is_read_back_whole(city, tmp_path):
    path = tmp_path / "city.csv"
    assert write_city(city.messages, path) == N
    assert tuple(read_messages(path, load_mapping("im"))) == city.messages


def test_as_many_as_asked_in_the_order_of_time(city):
    assert len(city.messages) == N == city.truth.n_messages
    times = [message.posted_at for message in city.messages]
    assert times == sorted(times)
    assert {time.year for time in times} == {2025}
    assert len({message.external_id for message in city.messages}) == N


def test_too_small_a_city_and_another_suffix_are_refused(tmp_path):
    with pytest.raises(BadSettings, match="199"):
        make_city(1, 199)
    with pytest.raises(BadFile, match=r"\.csv"):
        write_city((), tmp_path / "city.xlsx")
    with pytest.raises(BadFile, match="cannot be written"):
        write_city((), tmp_path / "missing" / "city.csv")


def test_every_row_says_that_it_is_synthetic(city):
    for message in city.messages:
        assert message.raw["Теги"] == MARK
        assert message.external_id.startswith("SYN-11-")
        assert message.author.startswith("https://example.invalid/")
        assert set(message.raw) <= set(COLUMNS)
    assert json.loads(city.truth.to_json())["synthetic"] is True


def test_every_group_and_every_topic_with_phrases_is_written_about(city):
    groups = Counter(message.labels[0].name for message in city.messages)
    assert set(groups) == {group.name for group in load_rubricator(RUBRICATOR).groups}
    topics = {message.labels[1].name for message in city.messages}
    assert len(topics) > 200
    assert topics <= {topic.name for topic in city_topics()}


def test_nobody_is_named(city):
    masker = Masker(ner=False)
    some = city.messages[::4]
    texts = [message.text for message in some]
    texts += [answer.text for message in some for answer in message.answers]
    spans = [span for masked in masker.mask_many(texts) for span in masked.spans]
    assert {span.kind for span in spans} <= {NAME}
    # What is left are slips («тлько») and Chechen words that the masker takes for a name.
    assert len(spans) < 0.02 * len(texts)


def test_texts_differ_and_no_slot_is_left_open(city):
    texts = [message.text for message in city.messages]
    assert len({text.casefold() for text in texts}) > 0.9 * N
    for text in texts:
        assert not re.search(r"[{}\[\]|_]|  |\bNone\b", text), text


def test_authors_have_habits(city):
    texts = [message.text for message in city.messages]
    letters = [re.sub(r"[^А-ЯЁа-яё]", "", text) for text in texts]
    assert 0.01 < sum(map(str.isupper, letters)) / N < 0.06
    assert 0.08 < sum(map(str.islower, letters)) / N < 0.3
    assert sum("г1о де" in text.lower() or "хи дац" in text.lower() for text in texts) > 3
    per_author = Counter(message.author for message in city.messages)
    assert per_author.most_common(1)[0][1] >= 10
    channels = Counter(message.raw["Источник"] for message in city.messages)
    assert len(channels) == 5


def test_seasons_shape_the_year(city):
    months = Counter(
        message.posted_at.month
        for message in city.messages
        if message.labels[1].name.startswith("Ненадлежащее качество или отключение отопления")
    )
    assert months[1] + months[12] > 10 * (months[6] + months[7] + 1)


def test_answers_are_of_eight_qualities(city):
    qualities = Counter(city.truth.qualities.values())
    assert len(qualities) == 8
    assert min(qualities.values()) > 0.02 * sum(qualities.values())
    by_id = {message.external_id: message for message in city.messages}
    for id_ in city.truth.false_solved:
        assert "Решено" in [s.name for s in by_id[id_].statuses] or not by_id[id_].answers


def test_every_phrase_can_be_said(world):
    """No phrase asks for a slot that its topic cannot fill, in any of the tables."""
    chance = world.chance("test")
    for number, topic in enumerate(world.topics):
        draft = world.draft(chance, number, 10)
        for phrase in (*topic.lines, *topic.more):
            filling = _Filling(chance, world, draft, topic)
            for _ in range(4):
                assert filling.sentence_about(phrase.say(chance, filling))
                assert filling.nearby(phrase)


def test_the_tables_name_topics_networks_and_recipients_that_exist(world):
    place = load_table("place")
    for topic in world.topics:
        assert topic.season in world.year.profiles, topic.code
        assert topic.recipient in place["recipients"], topic.code
        assert topic.network in {"", *place["networks"]}, topic.code
        assert topic.where in {"house", "yard", "street", "city", *place["networks"]}, topic.code
        assert topic.has_place or not topic.network, topic.code
    for mechanism in load_table("mechanisms")["mechanism"]:
        for code in mechanism["topics"]:
            topic = world.topics[world.number_of[code]]
            assert topic.has_place, code
    for incident in load_table("incidents")["incident"]:
        assert world.topics[world.number_of[incident["topic"]]].network
    folder = {path.stem for path in FOLDER.glob("*.toml")}
    groups = {group.code for group in load_rubricator(RUBRICATOR).groups}
    assert groups <= folder


def test_every_street_hangs_on_one_asset_of_every_network(world):
    plan = world.plan
    assert len(plan.streets) == N_STREETS == len({street.name for street in plan.streets})
    assert sum(plan.shares) == pytest.approx(1)
    for network in load_table("place")["networks"]:
        members = [street for a in plan.assets if a.network == network for street in a.streets]
        assert sorted(members) == list(range(N_STREETS))
    names = [asset.name for asset in plan.assets]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("улица Садовая", "на улице Садовой"),
        ("улица Дальняя", "на улице Дальней"),
        ("улица Строителей", "на улице Строителей"),
        ("переулок Речной", "в Речном переулке"),
        ("проспект Мира", "на проспекте Мира"),
        ("бульвар Роз", "на бульваре Роз"),
    ],
)
def test_streets_stand_in_the_right_case(name, on):
    known = {street.name: street.on for seed in range(8) for street in plan_streets(seed)}
    assert known[name] == on


def plan_streets(seed):
    return build_world(seed, 200).plan.streets
