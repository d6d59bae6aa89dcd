"""Phrases are found where they stand, with gaps, negations and offsets."""

import pytest

from otklik.models.cues import CueFinder, split_words


def found(text, *phrases):
    hits = CueFinder([phrases]).find(text)
    return [(text[hit.start : hit.stop], hit.negated) for hit in hits]


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("Открытый люк у дома", "открыт* люк*", [("Открытый люк", False)]),
        ("люк снова стоит открытый", "люк* открыт*", [("люк снова стоит открытый", False)]),
        ("люк, говорят соседи сверху, открытый", "люк* открыт*", []),
        ("Вот люк. Открыт магазин", "люк* открыт*", []),
        ("фонарь не горит", "не +горит", [("не горит", False)]),
        ("не всегда горит", "не +горит", []),
        ("Ждём 3 дня", "# дня|дней", [("3 дня", False)]),
        ("ДЁРГАЕТСЯ ЛИФТ", "дергает* лифт", [("ДЁРГАЕТСЯ ЛИФТ", False)]),
        ("İğ открытый люк", "открыт* люк*", [("открытый люк", False)]),
        ("запаха газа нет", "запах* газ*", [("запаха газа", True)]),
        ("нет запаха газа", "запах* газ*", [("запаха газа", True)]),
        ("газом уже не пахнет", "газом пахнет", [("газом уже не пахнет", True)]),
        ("не пойму, запах газа или краски", "запах* газ*", [("запах газа", False)]),
        ("Нет. Запах газа", "запах* газ*", [("Запах газа", False)]),
        ("", "газ*", []),
        ("👍👍", "газ*", []),
    ],
)
def test_phrases(text, phrase, expected):
    assert found(text, phrase) == expected


def test_every_cue_is_told_by_its_number():
    finder = CueFinder([["газ*"], ["свет*"], ["газ* свет*"]])
    assert [hit.cue for hit in finder.find("газ и свет")] == [0, 2, 1]


def test_words_fold_case_and_yo_and_keep_their_places():
    text = "Ёлка, упала!"
    words = split_words(text)
    assert [word.text for word in words] == ["елка", "упала"]
    assert [text[word.start : word.stop] for word in words] == ["Ёлка", "упала"]


def test_a_long_text_takes_time_in_proportion():
    # A thousand beginnings without an end: each is followed for three words only.
    assert CueFinder([["люк* открыт*"]]).find("люк " * 10_000) == []
