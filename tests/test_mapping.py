import pytest

from otklik.datasets.errors import BadMapping
from otklik.datasets.mapping import header_key, load_mapping, mapping_names
from otklik.datasets.records import Kind

GOOD = """\
source = "letter"
kind = "обращение"

[columns]
text = ["Суть"]
posted_at = ["Когда"]

[[labels]]
axis = "group"
columns = ["Раздел"]

[[labels]]
axis = "topic"
columns = ["Вопрос"]
rubricator = "im-2026"

[kind_by]
columns = ["Форма"]

[kind_by.values]
"устно" = "сообщение"
"""


def write(tmp_path, content):
    path = tmp_path / "letters.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_shipped_mappings_are_valid():
    assert mapping_names() == ["im", "kursk", "perm", "pos", "spb", "spb-answers"]
    for name in mapping_names():
        mapping = load_mapping(name)
        assert mapping.name == name
        assert mapping.kind is Kind.MESSAGE


@pytest.mark.parametrize(("name", "required"), [("im", True), ("pos", True), ("perm", False)])
def test_who_must_have_a_date(name, required):
    assert load_mapping(name).date_required is required


def test_own_mapping_by_path(tmp_path):
    mapping = load_mapping(write(tmp_path, GOOD))
    assert mapping.name == "letters"
    assert mapping.kind is Kind.APPEAL
    assert mapping.labels[1].rubricator == "im-2026"
    assert load_mapping(str(tmp_path / "letters.toml")) == mapping


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('source = "letter"', 'sourse = "letter"', 1, "sourse: unknown key"),
        ('kind = "обращение"', 'kind = "жалоба"', 2, "kind: Input should be 'сообщение' or"),
        ('text = ["Суть"]', "", 4, "columns.text: Field required"),
        ('posted_at = ["Когда"]', 'posted = ["Когда"]', 6, "columns.posted: unknown key"),
        ('axis = "topic"', 'axis = "theme"', 13, "labels.1.axis: Input should be 'topic'"),
        ('rubricator = "im-2026"', "rubricater = 1", 15, "labels.1.rubricater: unknown key"),
        ('"устно" = "сообщение"', '"устно" = "устное"', 21, "kind_by.values.устно"),
        ('kind = "обращение"', 'kind = "обращение"\ntimezone = "Mars/X"', 3, "No time zone"),
        ('kind = "обращение"', 'kind = "обращение"\ndate_formats = ["%Q"]', 3, "strptime"),
        ("[columns]", "[columns", 4, "not valid TOML"),
    ],
)
def test_mistakes_are_told_with_line_and_key(tmp_path, old, new, line, message):
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(BadMapping) as caught:
        load_mapping(path)
    assert message in str(caught.value)
    assert f"line {line}" in str(caught.value)
    assert "letters.toml" in str(caught.value)


def test_a_required_date_needs_a_column(tmp_path):
    content = "date_required = true\n" + GOOD.replace('posted_at = ["Когда"]', "")
    with pytest.raises(BadMapping, match="date_required is on"):
        load_mapping(write(tmp_path, content))


def test_unknown_name_lists_the_shipped_ones():
    with pytest.raises(BadMapping, match="im, kursk, perm, pos, spb"):
        load_mapping("moscow")


@pytest.mark.parametrize(
    "spelling",
    ["Дата создания", "дата  создания", "ДАТА СОЗДАНИЯ:", "Дата\nсоздания", " Дата_создания "],
)
def test_spellings_of_a_header_meet(spelling):
    assert header_key(spelling) == header_key("Дата создания")
    assert header_key("Отчёт") == header_key("отчет")
    assert header_key("Дата создания") != header_key("Дата окончания")
