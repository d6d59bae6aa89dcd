from pathlib import Path

import numpy as np
import pytest

from otklik.pipelines.cluster_names import NAMELESS, name_clusters
from otklik.pipelines.key_phrases import key_phrases
from otklik.pipelines.log_odds import contrast
from otklik.pipelines.phrase_form import head_in

CASES = [
    [cell.strip() for cell in line.split("|")]
    for line in (Path(__file__).parent / "cases/cluster_names.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
TEXTS = [text for case in CASES for text in case[1:]]
LABELS = [number for number, case in enumerate(CASES) for _ in case[1:]]
NAMES = name_clusters(TEXTS, LABELS)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_names(number):
    assert NAMES[number].replace("ё", "е") == CASES[number][0].replace("ё", "е")


def test_order_changes_no_name():
    order = np.random.default_rng(3).permutation(len(TEXTS))
    assert name_clusters([TEXTS[row] for row in order], [LABELS[row] for row in order]) == NAMES


def test_background_is_what_counts():
    here = ["Нет воды, прорвало трубу у рынка"] * 2 + ["Прорвало трубу, нет воды"] * 2
    elsewhere = ["Нет воды с утра", "Нет воды на этаже", "Воды нет", "Опять нет воды", "Нет воды!"]
    authors = ["а", "б", "в", "г"]
    assert name_clusters(here, [0] * 4, {0: elsewhere}, authors=authors) == ["прорвало трубу"]


def test_one_loud_author_has_one_voice():
    loud = [f"Закройте шумный бар, номер {number}" for number in range(20)]
    quiet = ["Нет отопления в доме", "Отопления нет", "Отсутствует отопление"]
    authors = ["громкий"] * 20 + ["а", "б", "в"]
    [name] = name_clusters([*loud, *quiet], [0] * 23, ["Нет света"] * 3, authors=authors)
    assert name == "отсутствие отопления"


@pytest.mark.parametrize(
    "text",
    [
        "[ФИО], здравствуйте!",
        "Уважаемый Иван Иванович! Добрый день.",
        "Магомед Ахмедов",
        "[ТЕЛЕФОН] [ПОЧТА] @подписчик #город https://пример.рф/вода",
        "Ваше обращение рассмотрено. Сообщаем, что проведена проверка качества воды.",
        "В соответствии с законодательством направлено в администрацию",
        "Спасибо за внимание, с уважением, жители",
        "12345 !!! ...",
        "",
    ],
)
def test_says_nothing(text):
    assert key_phrases(text) == []
    assert name_clusters([text], [0]) == [NAMELESS]


def test_outliers_and_gaps_have_no_part():
    names = name_clusters(["Открытый люк", "Нет воды", "Нет воды"], [-1, 1, 1])
    assert names == [NAMELESS, "отсутствие воды"]
    assert name_clusters([], []) == []
    assert name_clusters(["Нет воды"], [-1]) == []


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="1 labels for 2 texts"):
        name_clusters(["Нет воды", "Нет газа"], [0])
    with pytest.raises(ValueError, match="1 authors for 2 texts"):
        name_clusters(["Нет воды", "Нет газа"], [0, 0], authors=["а"])


@pytest.mark.parametrize(
    ("words", "case", "number", "expected"),
    [
        (("горячей", "воды"), "nomn", "sing", ("горячая", "вода")),
        (("открытые", "люки"), "nomn", "sing", ("открытый", "люк")),
        (("детской", "площадке"), "gent", "sing", ("детской", "площадки")),
        (("бродячих", "собак"), "nomn", "plur", ("бродячие", "собаки")),
        (("УК",), "nomn", "sing", ("УК",)),
        ((), "nomn", "sing", ()),
    ],
)
def test_agreement(words, case, number, expected):
    assert head_in(words, case, number) == expected


def test_log_odds_ask_for_support():
    own = {"вода": 30.0, "труба": 30.0, "редкость": 1.0}
    scores = contrast(own, 100, {"вода": 300.0, "труба": 10.0}, 1000)
    assert scores["труба"] > scores["редкость"] > 0
    assert abs(scores["вода"]) < 0.1
    alone = contrast(own, 100, {}, 0)
    assert alone["вода"] > alone["редкость"]
