"""Rubricators load whole, find topics by any spelling, refuse contradictions by file and line."""

import csv
import gzip
import re
import shutil
from pathlib import Path

import pytest

from otklik.datasets.errors import BadRubricator, UnknownTopic, UnknownVersion
from otklik.datasets.rubricator import name_key
from otklik.datasets.rubricator_import import import_rubricator
from otklik.datasets.rubricator_toml import load_toml_rubricator
from otklik.datasets.rubricator_versions import SHIPPED, load_rubricator, rubricator_versions

SHARED = Path(__file__).parents[2] / "shared" / "data"
SIZES = {
    "im-2026": (26, 359),
    "im-perm-2023": (26, 195),
    "pos-kursk-2022": (17, 161),
    "spb-2021": (15, 125),
}


@pytest.fixture
def folder(tmp_path):
    """A small rubricator of two groups that a test may spoil."""
    copy = tmp_path / "im-2026"
    copy.mkdir()
    for name in ("tourism", "culture"):
        shutil.copy(SHIPPED / "im-2026" / f"{name}.toml", copy)
    (copy / "rubricator.toml").write_text(
        'version = "small"\ntitle = "Малый"\ngroups = ["tourism", "culture"]\n', encoding="utf-8"
    )
    for path in copy.glob("*.toml"):
        text = re.sub(r"confused_with = \[\n(.*\n)*?\]\n", "", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    return copy


def spoil(path, old, new, count=1):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


@pytest.fixture
def var(tmp_path, monkeypatch):
    from otklik.datasets.settings import load_settings

    monkeypatch.setenv("OTKLIK_VAR", str(tmp_path / "var"))
    load_settings.cache_clear()
    yield tmp_path / "var"
    load_settings.cache_clear()


@pytest.mark.parametrize("version", SIZES)
def test_shipped_rubricators_have_their_size(version):
    rubricator = load_rubricator(version)
    assert (len(rubricator.groups), len(rubricator.topics)) == SIZES[version]
    assert version in rubricator_versions()


@pytest.mark.parametrize("version", SIZES)
def test_every_name_finds_its_topic_in_any_letter_case(version):
    rubricator = load_rubricator(version)
    for topic in rubricator.topics:
        for spelling in (topic.name, topic.name.upper(), f" {topic.name.lower()} "):
            assert rubricator.find(spelling, topic.group.name) is topic
        assert rubricator.topic(topic.code) is topic


def test_default_rubricator_is_filled_in_everywhere():
    rubricator = load_rubricator("im-2026")
    for topic in rubricator.topics:
        assert 1 <= topic.importance <= 5
        assert 5 <= len(topic.phrases) <= 12
        assert topic.hint.endswith((".", "…"))
        assert topic.code.startswith(topic.group.code + ".")
    hints = [topic.hint for topic in rubricator.topics]
    assert len(set(hints)) == len(hints)
    assert len(rubricator.pairs) >= 300


def test_pairs_are_seen_from_both_sides():
    rubricator = load_rubricator("im-2026")
    for pair in rubricator.pairs:
        assert (rubricator.topic(pair.second), pair.question) in list(
            rubricator.confused_with(pair.first)
        )
        assert (rubricator.topic(pair.first), pair.question) in list(
            rubricator.confused_with(pair.second)
        )


def test_regional_spellings_of_a_name_are_known():
    rubricator = load_rubricator("im-2026")
    assert rubricator.find("Уборка тротуара от снега и наледи").code == "roads.pavement_snow"
    assert rubricator.find("★ Ямы во дворах").code == "improvement.yard_potholes"


def test_namesakes_need_the_group():
    rubricator = load_rubricator("im-2026")
    assert rubricator.find("Жкх прочее").code == "utilities.other"
    portal = load_rubricator("spb-2021")
    with pytest.raises(UnknownTopic, match="several groups"):
        portal.find("Неубранный снег")
    assert portal.find("Неубранный снег", "Кровля").group.name == "Кровля"


def test_name_key_joins_spellings():
    assert name_key("★  Свёкла  «Сахарная»") == name_key('СВЕКЛА "сахарная"')


def test_unknown_version_lists_the_known():
    with pytest.raises(UnknownVersion, match="im-perm-2023"):
        load_rubricator("im-2099")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("importance = ", "importance = 9 #", 7, "less than or equal to 5"),
        ("hint = ", "hitn = ", None, "hitn"),
        ('code = "tourism.other"', 'code = "tourism.infrastructure"', None, "given twice"),
        ('code = "tourism.other"', 'code = "culture.other"', None, "must start with"),
        ("phrases = [", 'phrases = [ "турпоток", "турпоток",', None, "twice"),
        ("[[topic]]", "[[topic]", 4, "not valid TOML"),
    ],
)
def test_spoilt_file_is_refused_with_file_and_line(folder, old, new, line, message):
    path = folder / "tourism.toml"
    spoil(path, old, new)
    with pytest.raises(BadRubricator, match=message) as caught:
        load_toml_rubricator(folder)
    assert "tourism.toml" in str(caught.value)
    if line:
        assert f"line {line}" in str(caught.value)


def test_dangling_pair_is_refused_at_its_line(folder):
    path = folder / "culture.toml"
    text = path.read_text(encoding="utf-8")
    pair = 'confused_with = [\n    { code = "culture.nowhere", question = "Где это?" },\n]\n'
    path.write_text(text + pair, encoding="utf-8")
    row = text.count("\n") + 2
    with pytest.raises(BadRubricator, match=rf"culture.toml, line {row}: .*culture.nowhere"):
        load_toml_rubricator(folder)


def test_pair_stated_twice_is_refused(folder):
    first = 'confused_with = [{ code = "tourism.other", question = "Где?" }]\n'
    second = 'confused_with = [{ code = "culture.other", question = "Где же?" }]\n'
    for name, pair in (("culture", first), ("tourism", second)):
        path = folder / f"{name}.toml"
        path.write_text(path.read_text(encoding="utf-8") + pair, encoding="utf-8")
    with pytest.raises(BadRubricator, match="stated twice"):
        load_toml_rubricator(folder)


def test_unlisted_group_file_is_refused(folder):
    shutil.copy(SHIPPED / "im-2026" / "sport.toml", folder)
    with pytest.raises(BadRubricator, match="sport"):
        load_toml_rubricator(folder)


def test_missing_group_file_is_refused(folder):
    (folder / "culture.toml").unlink()
    with pytest.raises(BadRubricator, match=r"culture\.toml is not there"):
        load_toml_rubricator(folder)


CUSTOMER = """Группа тем;Тема;Описание
Дороги;Уборка дорог от снега и наледи;Снег на проезжей части
;Парковка для самокатов;
Городской пляж;Спасатели на пляже;Нет спасателей
"""


def test_customer_rubricator_keeps_known_codes(tmp_path, var):
    path = tmp_path / "Рубрикатор.csv"
    path.write_text(CUSTOMER, encoding="cp1251")
    found = import_rubricator(path, "city-2027")
    assert [topic.code for topic in found.topics] == ["roads.road_snow", "roads.n01", "g01.n01"]
    assert load_rubricator("city-2027").topics == found.topics
    # A later edition: one topic gone, one new; nobody's number changes or is used again.
    rows = CUSTOMER.splitlines()
    later = [rows[0], "Дороги;Новая тема;", "Дороги;Парковка для самокатов;", rows[3]]
    path.write_text("\n".join(later), encoding="utf-8")
    again = import_rubricator(path, "city-2027")
    assert [topic.code for topic in again.topics] == ["roads.n02", "roads.n01", "g01.n01"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Тема;Описание\nЛифты;\n", "no column for group"),
        ("Группа;Тема\nЖКХ;Лифты\nЖКХ;лифты\n", "line 3: .* already stands in line 2"),
        ("Группа;Тема\nЖКХ;\n", "line 2, column 'Тема': empty"),
        ("Группа;Тема\n", "holds no topic"),
    ],
)
def test_bad_customer_table_is_refused(tmp_path, var, text, message):
    path = tmp_path / "classes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadRubricator, match=message):
        import_rubricator(path, "city-2027")
    assert not (var / "rubricators" / "city-2027.csv").exists()


@pytest.mark.parametrize("version", ["im-2026", "spb-2021", "../x", "Город"])
def test_import_refuses_shipped_and_strange_names(tmp_path, var, version):
    path = tmp_path / "classes.csv"
    path.write_text(CUSTOMER, encoding="utf-8")
    with pytest.raises(BadRubricator):
        import_rubricator(path, version)


def official():
    path = SHARED / "rubricator_im_2026.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path.name} beside the repository")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_names_are_the_official_ones():
    rubricator = load_rubricator("im-2026")
    ours = [(t.group.name.casefold(), t.name.casefold()) for t in rubricator.topics]
    assert ours == [(row["group"].casefold(), row["topic"].casefold()) for row in official()]


def test_hints_are_in_our_own_words():
    def runs(text, length=5):
        words = re.findall(r"\w+", text.casefold())
        return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}

    rubricator = load_rubricator("im-2026")
    for topic, row in zip(rubricator.topics, official(), strict=True):
        assert not runs(topic.hint) & runs(row["description"]), topic.code
