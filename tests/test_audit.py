"""The audit's figures on tables small enough to count by hand."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from otklik.datasets.audit import audit_table
from otklik.datasets.audit_labels import balance_of, conflicts_of, noise_of
from otklik.datasets.audit_language import language_of
from otklik.datasets.audit_texts import find_personal_data, is_upper_case, report_texts
from otklik.datasets.errors import BadFile
from otklik.datasets.labelled import load_labelled
from otklik.datasets.text_key import text_key

PERM = Path(__file__).parents[2] / "shared/data/perm_im.csv.gz"

LANGUAGES = [
    ("russian", "На улице Гикаловской третий день нет света"),
    ("russian", "Жители села Хьокхи-Юрт просят починить дорогу к школе и больнице"),
    ("russian", "ПОЧЕМУ НЕ ВЫВОЗЯТ МУСОР"),
    ("russian", "Смотрите сами https://example.org/photo/very/long/path?id=1"),
    ("chechen", "Тхан урамехь хи дац, массо а нах хала бу"),
    ("chechen", "Х1ун деш ду шу, некъ бохийна бу"),
    ("chechen", "ХӀун ду иза"),
    ("chechen", "Баркалла"),
    ("latin", "Pochemu net vody v dome"),
    ("latin", "Thank you very much"),
    ("other", "Чому немає світла і води, їхній двір"),
    ("other", "水が出ません"),
    ("none", "+++ 2026 👍"),
    ("none", ""),
]


@pytest.mark.parametrize(("language", "text"), LANGUAGES)
def test_language(language, text):
    assert language_of(text) == language


def test_text_report():
    texts = [
        "да",
        "",
        "  ",
        "ПОЧИНИТЕ ДОРОГУ СРОЧНО",
        "[ФИО 2] и [ФИО], [id0|ФИО], тел. [ТЕЛЕФОН]",
        "ж" * 2001,
    ]
    report = report_texts(texts)
    assert (report.empty, report.very_long, report.upper_case) == (2, 1, 1)
    assert (report.chars["min"], report.chars["max"]) == (2, 2001)
    assert report.placeholders == {"ФИО": 3, "ТЕЛЕФОН": 1}
    assert report.languages == {"russian": 4, "none": 2}


def test_text_report_of_nothing():
    assert report_texts([""]).chars == {}


@pytest.mark.parametrize(
    ("upper", "text"),
    [(True, "КОГДА ДАДУТ ТЕПЛО"), (False, "ЖКХ!"), (False, "ООО ЖКХ Сервис снова не работает")],
)
def test_upper_case(upper, text):
    assert is_upper_case(text) is upper


def test_personal_data_is_counted_and_never_shown():
    done = []
    found = find_personal_data(
        ["Звоните +7 912 345-67-89 или 8 (912) 345-67-80", "яма у школы"], lambda: done.append(1)
    )
    assert found.texts == 1
    assert found.kinds == {"ТЕЛЕФОН": 2}
    assert len(done) == 2
    assert "345" not in repr(found)


def test_balance():
    labels = ["дороги"] * 16 + ["вода"] * 8 + ["свет"] * 4 + ["снег"] * 4 + [""]
    balance = balance_of(labels)
    assert (balance.classes, balance.labelled, balance.unlabelled) == (4, 32, 1)
    assert (balance.entropy, balance.evenness) == (1.75, 0.875)
    assert (balance.rare_classes, balance.rare_rows) == (3, 16)
    assert list(balance.head) == ["дороги", "вода", "свет", "снег"]
    assert balance.tail == {}


def test_head_and_tail_do_not_overlap():
    labels = [str(number) for number in range(15) for _ in range(number + 1)]
    balance = balance_of(labels)
    assert list(balance.head.values()) == list(range(15, 5, -1))
    assert list(balance.tail.values()) == [5, 4, 3, 2, 1]


def test_one_class_is_even():
    assert (balance_of(["а"] * 3).entropy, balance_of(["а"] * 3).evenness) == (0.0, 1.0)
    assert balance_of(["", ""]).classes == 0


SAME = ["яма", "яма", "яма", "лифт", "лифт", "снег", "снег", "двор", "свет", "свет"]
LABELS = ["дороги", "дороги", "дворы", "жкх", "жкх", "дворы", "дороги", "дворы", "жкх", ""]


def test_conflicts():
    found = conflicts_of(SAME, LABELS, range(2, 12))
    assert (found.repeated, found.conflicting) == (3, 2)
    assert found.pairs == (("дворы", "дороги", 2),)
    assert found.worst == ((2, 3, 2), (7, 2, 2))


def test_noise():
    noise = noise_of(SAME, LABELS)
    assert noise is not None
    assert noise.texts == 3
    assert noise.disagreement == pytest.approx((2 / 3 + 0 + 1) / 3, abs=1e-4)
    assert noise.low <= noise.error <= noise.high
    assert noise_of(SAME, LABELS) == noise, "the interval must not change from run to run"


def test_noise_finds_the_planted_share_of_errors():
    labels = []
    for number in range(4000):
        labels += [
            f"ошибка {number}{side}" if (number * 7 + side * 3) % 10 == 0 else "верно"
            for side in (0, 1)
        ]
    noise = noise_of([number // 2 for number in range(8000)], labels)
    assert noise is not None
    assert noise.error == pytest.approx(0.1, abs=0.02)


def test_noise_without_repeats_is_none():
    assert noise_of(["а", "б"], ["1", "2"]) is None


@pytest.fixture
def labelled(tmp_path):
    """Twelve rows on each of three topics; lines 2 and 3 are copies with other labels."""
    path = tmp_path / "labelled.csv"
    words = {"дороги": "яма на дороге", "вода": "нет воды в доме", "свет": "погас фонарь во дворе"}
    rows = [["Яма у моста", "дороги", "А"], ["яма у моста!", "вода", "А"], ["", "свет", "Б"]]
    for topic, phrase in words.items():
        rows += [[f"{phrase} {'абвгдежзик'[n] * 9}", topic, "А"] for n in range(10)]
    _write(path, ["text", "topic", "sector"], rows)
    return path


def test_whole_audit(labelled):
    found = audit_table(load_labelled(labelled), label_columns=["topic", "sector"])
    assert (found.rows, found.unreadable, found.texts.empty) == (33, 0, 1)
    assert (found.exact_repeats.texts, found.exact_repeats.rows) == (1, 2)
    assert found.labels["topic"].exact_conflicts.worst == ((2, 2, 2),)
    assert found.labels["sector"].exact_conflicts.conflicting == 0
    assert found.labels["topic"].balance.labelled == 33
    assert found.suspects is None


def _proba(path, labels, classes, swap, header=None):
    """Confident and right predictions, except that row `swap` is surely the next class."""
    rows = []
    for place, label in enumerate(labels):
        right = (classes.index(label) + (place == swap)) % len(classes)
        rows.append([label, *("0,9" if n == right else "0.05" for n in range(len(classes)))])
    _write(path, header or ["topic", *classes], rows)


def test_suspects_by_class_probabilities(labelled, tmp_path):
    table, predictions = load_labelled(labelled), tmp_path / "p.csv"
    _proba(predictions, table.column("topic"), ["дороги", "вода", "свет"], swap=20)
    found = audit_table(table, label_columns=["topic"], predictions=predictions).suspects
    assert found is not None
    assert found.judged == 33
    assert [(row.line, row.label, row.suggested) for row in found.rows] == [(22, "вода", "свет")]
    assert found.pairs == (("вода", "свет", 1),)
    assert found.rows[0].support == pytest.approx(0.05, abs=1e-3)


def test_suspects_by_predicted_and_probability(labelled, tmp_path):
    table, predictions = load_labelled(labelled), tmp_path / "p.jsonl"
    answers = [{"predicted": label, "probability": 0.9} for label in table.column("topic")]
    answers[20] = {"predicted": "свет", "probability": 0.95}
    predictions.write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
    found = audit_table(table, label_columns=["topic"], predictions=predictions).suspects
    assert found is not None
    assert [(row.line, row.suggested) for row in found.rows] == [(22, "свет")]


def test_labels_that_predictions_do_not_know_are_not_judged(labelled, tmp_path):
    table, predictions = load_labelled(labelled), tmp_path / "p.csv"
    rows = [
        ["0.9" if label == name else "0.1" for name in ("дороги", "вода")]
        for label in table.column("topic")
    ]
    _write(predictions, ["дороги", "вода"], rows)
    found = audit_table(table, label_columns=["topic"], predictions=predictions).suspects
    assert found is not None
    assert found.judged == 22


@pytest.mark.parametrize(
    ("header", "first", "message"),
    [
        (
            ["topic", "дороги", "вода", "свет"],
            ["снег", "1", "0", "0"],
            "line 2, column 'topic': «снег»",
        ),
        (["дороги", "вода"], ["много", "0"], "line 2, column 'дороги': 'много'"),
        (["дороги", "вода"], ["1.5", "0"], "from 0 to 1"),
        (["x", "y"], ["1", "0"], "speaks of 0 of the table's labels"),
    ],
)
def test_bad_predictions(labelled, tmp_path, header, first, message):
    table, predictions = load_labelled(labelled), tmp_path / "p.csv"
    _write(predictions, header, [first] * len(table.rows))
    with pytest.raises(BadFile, match=message):
        audit_table(table, label_columns=["topic"], predictions=predictions)


def test_predictions_of_another_table(labelled, tmp_path):
    _write(tmp_path / "p.csv", ["дороги", "вода"], [["1", "0"]])
    with pytest.raises(BadFile, match=r"p\.csv has 1 readable rows, labelled\.csv has 33"):
        audit_table(
            load_labelled(labelled), label_columns=["topic"], predictions=tmp_path / "p.csv"
        )


def test_missing_column(labelled):
    with pytest.raises(BadFile, match=r"no column 'тема'; found \['text', 'topic', 'sector'\]"):
        audit_table(load_labelled(labelled), label_columns=["тема"])


@pytest.mark.skipif(not PERM.is_file(), reason="shared data is not on this machine")
def test_contradictions_of_a_real_table_are_all_reported(tmp_path):
    """The report knows every literal repeat; it also joins those that differ in a greeting.

    Every repeated row, and every tenth of the others: the whole table takes a minute.
    """
    table = load_labelled(PERM)
    rows = list(zip(table.column("text"), table.column("topic"), strict=True))
    topics = defaultdict(Counter)
    for text, topic in rows:
        topics[text][topic] += 1
    path = tmp_path / "sample.csv"
    keys = [text_key(text) for text, _ in rows]
    times = Counter(keys)
    sample = [
        row
        for place, (row, key) in enumerate(zip(rows, keys, strict=True))
        if place % 10 == 0 or times[key] > 1
    ]
    _write(path, ["text", "topic"], sample)
    literal = [counts for counts in topics.values() if counts.total() > 1]
    contradicting = sum(len(counts) > 1 for counts in literal)
    found = audit_table(load_labelled(path), label_columns=["topic"]).labels["topic"]
    assert found.exact_conflicts.repeated >= len(literal) > 0
    assert found.exact_conflicts.conflicting >= contradicting > 0
    assert found.near_conflicts.conflicting >= found.exact_conflicts.conflicting
    assert found.noise is not None
    assert 0.05 < found.noise.low < found.noise.error < found.noise.high < 0.5


def _write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
