import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.datasets.errors import BadCues, BadFile
from otklik.pipelines.cause_lexicon import CAUSES, OTHER, CauseLexicon, default_lexicon
from otklik.pipelines.cause_score import read_labelled, score
from otklik.pipelines.cause_statements import find_statements

CASES = Path(__file__).with_name("cases")
PIECES = re.findall(
    r"\S+",
    "из-за потому что , . не причиной стал износ труб поэтому ? т.к. «снега» (прорыв) - вот и "
    "в связи с тем после аварии прошу 12 ТК причина : сказали",
)
TABLES = ("cause_statements.tsv", "cause_statements_blind.tsv")


def causes(text: str) -> list[tuple[str, str]]:
    return [(one.span, one.cause_class) for one in find_statements(text)]


@pytest.mark.parametrize("name", TABLES)
def test_presence_and_class_on_labelled_sentences(name: str) -> None:
    counted = score(read_labelled(CASES / name))
    assert counted.presence_f1 >= 0.90
    assert counted.class_f1 >= 0.85


def test_the_tables_hold_sentences_enough_and_share_none() -> None:
    development, blind = (read_labelled(CASES / name) for name in TABLES)
    assert len(development) + len(blind) >= 400
    assert len(blind) >= 200
    assert not {one.text for one in development} & {one.text for one in blind}
    known = {*default_lexicon().titles}
    assert {code for one in (*development, *blind) for _, _, code in one.causes} <= known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Воды нет из-за прорыва трубы.", [("прорыва трубы", "авария")]),
        ("ВОДЫ НЕТ ИЗ ЗА ПРОРЫВА ТРУБЫ", [("ПРОРЫВА ТРУБЫ", "авария")]),
        (
            "Не из-за погоды, а по вине подрядчика стоим в снегу",
            [("подрядчика", "подрядчик")],
        ),
        ("Договор с подрядчиком расторгнут.", [("Договор с подрядчиком расторгнут", "подрядчик")]),
        (
            "Из-за износа сетей и отсутствия денег во дворе нет воды",
            [("износа сетей и отсутствия денег", "износ")],
        ),
        ("Света нет, т. к. сгорел щит.", [("сгорел щит", "авария")]),
        ("Яма на ул. Садовой из-за паводка", [("паводка", "погода")]),
        ("Шум из-за соседнего клуба", [("соседнего клуба", OTHER)]),
        (
            "Окна гниют из-за старости. А мёрзнем мы, потому что котельная встала за долги.",
            [("старости", "износ"), ("котельная встала за долги", "финансирование")],
        ),
    ],
)
def test_quotes_the_cause_and_names_its_class(text: str, expected: list[tuple[str, str]]) -> None:
    assert causes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Из-за",
        "Почему отключили воду, из-за чего?",
        "Это из-за аварии?",
        "В связи с вашим обращением проведена проверка.",
        "По причине моего обращения был выезд.",
        "Не потому что сложно, а просто так",
        "Отключение не связано с аварией.",
        "Выехал из-за угла",
        "Если из-за мороза лопнет труба, звоните",
        "ТК Радуга закрыт",
        "Пишу, потому что дозвониться не могу",
        "Закон вступает в силу с января",
    ],
)
def test_takes_no_cause_where_none_is_claimed(text: str) -> None:
    assert causes(text) == []


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PIECES, "\n"]) | st.text(max_size=5),
        max_size=25,
    ).map(" ".join)
)
def test_spans_lie_in_the_text_apart_from_one_another(text: str) -> None:
    last = 0
    for statement in find_statements(text):
        assert text[statement.start : statement.stop] == statement.span != ""
        assert statement.start >= last
        last = statement.stop


def test_a_lexicon_of_its_own_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "causes.toml"
    with pytest.raises(BadCues, match=r"causes\.toml cannot be read"):
        CauseLexicon(path)
    path.write_text(CAUSES.read_text(encoding="utf-8") + '\n[[cause]]\ncode = "износ"\n')
    with pytest.raises(BadCues, match=r"no lexicon of causes"):
        CauseLexicon(path)


def test_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    path.write_text("citizen\tСвета нет\nsomebody\tСвета нет\n", encoding="utf-8")
    with pytest.raises(BadFile, match=r"line 2"):
        read_labelled(path)
