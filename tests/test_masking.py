import logging
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.masking import Masker


@pytest.fixture(scope="module")
def masker() -> Masker:
    return Masker()


@pytest.fixture(scope="module")
def fast() -> Masker:
    return Masker(ner=False)


def test_one_placeholder_per_person_in_every_form_of_the_name(masker):
    text = (
        "Меня зовут Рамзан Исаев. Исаев Р. А. писал вам, Рамзану Исаеву отказали, "
        "а Хаве Исаевой и Ахмеду Дудаеву нет"
    )
    assert masker.mask(text).text == (
        "Меня зовут [ФИО]. [ФИО] писал вам, [ФИО] отказали, а [ФИО 2] и [ФИО 3] нет"
    )


def test_same_number_in_other_spelling_is_the_same(fast):
    text = "тел. 8 928 000-12-34, ещё раз +79280001234, жены 8 928 000-12-35"
    assert fast.mask(text).text == "тел. [ТЕЛЕФОН], ещё раз [ТЕЛЕФОН], жены [ТЕЛЕФОН 2]"


def test_placeholders_of_the_source_stay_and_are_counted(fast):
    text = "[ФИО] и [id0|ФИО] знают: [скрыто], [ССЫЛКА], [club1|Парк Кирова], пишет Иван Петров"
    assert fast.mask(text).text == (
        "[ФИО] и [id0|ФИО] знают: [скрыто], [ССЫЛКА], [club1|Парк Кирова], пишет [ФИО 2]"
    )


def test_offsets_point_into_both_texts(masker):
    text = "Я, Зарема Исаева, кв. 5, тел. 22-00-11, 22-00-12, почта z.i@example.ru"
    masked = masker.mask(text)
    assert [span.kind for span in masked.spans] == [
        "ФИО",
        "КВАРТИРА",
        "ТЕЛЕФОН",
        "ТЕЛЕФОН",
        "ПОЧТА",
    ]
    assert [text[s.start : s.stop] for s in masked.spans] == [
        "Зарема Исаева",
        "кв. 5",
        "22-00-11",
        "22-00-12",
        "z.i@example.ru",
    ]
    for span in masked.spans:
        assert masked.text[span.masked_start : span.masked_stop] == span.placeholder


def test_a_name_in_quotes_is_a_title(masker):
    assert masker.mask("теплоход «Иван Фёдоров» на ремонте").spans == ()


def test_nothing_to_mask_returns_the_text_itself(masker):
    text = "На улице Кадырова, 15 нет воды с 12.05.2024, маршрут 20 не ходит"
    assert masker.mask(text).text == text


@pytest.mark.parametrize("text", ["", " ", "\n", "🙂", "[", "[ФИО", "]", "\x00", "а" * 50])
def test_odd_texts(masker, text):
    assert masker.mask(text).text == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("люк на Хусейна Исаева открыт", "люк на Хусейна Исаева открыт"),
        ("люк на хусейна исаева открыт", "люк на хусейна исаева открыт"),
        ("Трошева в ямах", "Трошева в ямах"),
        ("Трошева не открыла дверь", "[ФИО] не открыла дверь"),
        ("жалуюсь на Хусейна Исаева", "жалуюсь на [ФИО]"),
        ("у Хусейна Исаева сгорел дом", "у [ФИО] сгорел дом"),
        ("звонил Исаев Хусейн Умарович", "звонил [ФИО]"),
    ],
)
def test_streets_of_the_city_survive_without_a_type_word(text, masked):
    assert Masker(gazetteer=load_gazetteer("grozny")).mask(text).text == masked


def test_batches_give_what_single_texts_give(masker):
    texts = [f"пишет Иван Петров {i}, звоните 8 928 000-12-34" for i in range(70)] + ["вода"] * 5
    assert [m.text for m in masker.mask_many(texts)] == [masker.mask(text).text for text in texts]


def test_a_masker_survives_pickling(fast):
    text = "Магомедов Р. А. просит"
    assert pickle.loads(pickle.dumps(fast)).mask(text) == fast.mask(text)


def test_nothing_is_logged(fast, caplog, capsys):
    with caplog.at_level(logging.DEBUG):
        fast.mask("Ахмед Дудаев, 8 928 000-12-34")
    assert not caplog.text
    assert capsys.readouterr().out == ""


TEXT = """
Ахмед Исаева ИВАН петров Р. А. улица Кирова кв. 12 , . ( ) « » - 8 928 000-12-34 22-00-11 тел.
@ivan a@b.ru vk.com/id12345 [ФИО] [ФИО 2] [id5|Иван] СНИЛС 112-233-445 95 а123вс95 собака mail
точка ru : [ Русланович Магомедовна оглы зовут мэр глава и на по с к девятьсот двадцать восемь
паспорт 9604 123456 света роман имени ООО
"""
PIECES = st.sampled_from([*TEXT.split(), "\n"])


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=14).map(" ".join))
def test_masking_twice_changes_nothing(text):
    masker = _shared()
    once = masker.mask(text)
    again = masker.mask(once.text)
    assert again.text == once.text
    assert again.spans == ()


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=14).map(" ".join))
def test_spans_rebuild_the_masked_text(text):
    masked = _shared().mask(text)
    rebuilt, position = "", 0
    for span in masked.spans:
        rebuilt += text[position : span.start] + span.placeholder
        position = span.stop
    assert rebuilt + text[position:] == masked.text


_SHARED: list[Masker] = []


def _shared() -> Masker:
    if not _SHARED:
        _SHARED.append(Masker())
    return _SHARED[0]
