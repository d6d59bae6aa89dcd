"""The behaviour suite: its lines, its perturbations, and what it says of known classifiers."""

import json
from collections import Counter
from functools import cache
from random import Random

import pytest

from otklik.datasets.errors import BadSuite
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.training.behaviour import ALL, run_behaviour
from otklik.training.perturb import DANGERS, INVARIANCES
from otklik.training.suite_lines import Suite, load_suite, load_topics

RUBRICATOR = load_rubricator("im-2026")
SUITE = load_suite(RUBRICATOR)
TOPICS = {line.text: line for line in SUITE.topics}
KINDS = {line.text: line.kind.value for line in SUITE.kinds}


def oracle(texts):
    """Knows every line by heart, whatever its case; of another text it says the first topic."""
    return list(map(said, texts))


@cache
def said(text):
    line = TOPICS.get(text)
    code = line.topics[0] if line else "safety.other"
    positive = text.lower().count("спасибо") - text.lower().count("позор")
    share = min(max(0.5 + positive / 10, 0), 1)
    return {
        "im_2026": [(code, 1.0)],
        "im_2026_group": [(code.split(".")[0], 1.0)],
        "sentiment": sorted(
            [("positive", share), ("negative", 1 - share), ("neutral", 0.0)], key=lambda p: -p[1]
        ),
        "utterance": [(KINDS.get(text, "вопрос"), 1.0)],
    }


def test_suite_covers_the_rubricator():
    by_group = Counter(line.group for line in SUITE.topics)
    assert set(by_group) == {group.code for group in RUBRICATOR.groups}
    assert min(by_group.values()) >= 10
    assert len(SUITE.topics) >= 300
    assert len({code for line in SUITE.topics for code in line.topics}) >= 200


def test_suite_has_enough_lines_of_every_sort():
    assert len(SUITE.sentiments) >= 150
    assert len(SUITE.kinds) >= 120
    assert {line.act for line in SUITE.sentiments} == {"-", "greeting", "thanks", "congratulation"}
    parts = Counter((line.part, line.kind) for line in SUITE.kinds)
    assert min(parts.values()) >= 10


@pytest.mark.parametrize("name", INVARIANCES)
def test_perturbations_are_seeded_and_small(name):
    perturb = INVARIANCES[name]
    changed = 0
    for line in SUITE.topics:
        text = perturb(line.text, Random(line.text))
        assert text == perturb(line.text, Random(line.text))
        assert abs(len(text) - len(line.text)) <= 40
        changed += text != line.text
    assert changed >= 10


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("upper case", "Нет воды", "НЕТ ВОДЫ"),
        ("е for ё", "Ёлка течёт", "Елка течет"),
        ("doubled marks", "Где вода? Ждём.", "Где вода?? Ждём.."),
        ("doubled marks", "нет воды", "нет воды!!!"),
        ("line breaks", "Нет воды. Ждём", "Нет воды.\nЖдём"),
        ("line breaks", "нет воды", "нет\nводы"),
        ("house number", "Мира, в 10:30", "Мира, в 10:30"),
        ("typo: lost letter", "ул. Мира", "ул. Мира"),
    ],
)
def test_perturbation(name, text, expected):
    assert INVARIANCES[name](text, Random(1)) == expected


def test_typos_touch_inner_letters_of_one_word():
    for seed in range(50):
        typo = INVARIANCES["typo: neighbour key"]("Автобус", Random(seed))
        assert typo[0] == "А"
        assert typo[-1] == "с"
        assert sum(a != b for a, b in zip(typo, "Автобус", strict=True)) == 1


def test_a_perfect_memory_passes_its_lines_and_fails_changed_ones():
    table = run_behaviour(oracle, SUITE, RUBRICATOR, seed=3)
    row = table.find("own line", "im_2026")
    assert (row.failures, row.lines) == (0, len(SUITE.topics))
    assert (row.low, row.high) == (0.0, pytest.approx(1 - 0.025 ** (1 / row.lines)))
    assert table.find("emoji", "im_2026").rate > 0.9
    assert table.find("emoji", "im_2026_group").lines == len(SUITE.topics)
    groups = [row for row in table.rows if row.test == "emoji" and row.head == "im_2026"]
    assert len(groups) == 27
    assert sum(row.lines for row in groups if row.group != ALL) == groups[0].lines


def test_directions():
    table = run_behaviour(oracle, SUITE, RUBRICATOR, seed=3)
    assert table.find("thanks added", "sentiment").failures == 0
    assert table.find("anger added", "sentiment").failures == 0
    backwards = run_behaviour(lambda texts: list(map(turned, texts)), SUITE, RUBRICATOR, seed=3)
    assert backwards.find("thanks added", "sentiment").rate > 0.9
    for code in DANGERS:
        assert table.find(f"{code} added", "importance").rate <= 0.02


def turned(text):
    flipped = {"positive": "negative", "negative": "positive", "neutral": "neutral"}
    return {"sentiment": [(flipped[label], p) for label, p in said(text)["sentiment"]]}


def test_heads_that_are_missing_are_left_out():
    table = run_behaviour(lambda texts: [{} for _ in texts], SUITE, RUBRICATOR, seed=3)
    assert {row.head for row in table.rows} == {"importance"}


def test_an_empty_suite_gives_an_empty_table():
    assert run_behaviour(oracle, Suite((), (), ()), RUBRICATOR, seed=3).rows == ()


def test_same_seed_same_table_and_json_carries_the_baseline():
    small = Suite(SUITE.topics[:40], SUITE.sentiments[:10], SUITE.kinds[:10])
    first = run_behaviour(oracle, small, RUBRICATOR, seed=5)
    assert first == run_behaviour(oracle, small, RUBRICATOR, seed=5)
    empty = run_behaviour(lambda texts: [{} for _ in texts], small, RUBRICATOR, seed=5)
    document = json.loads(json.dumps(first.to_json(empty)))
    by_head = {row["head"]: row for row in document["rows"]}
    assert by_head["im_2026"]["baseline_rate"] is None
    assert by_head["importance"]["baseline_rate"] == by_head["importance"]["rate"]


def test_linear_baseline_has_the_shape_of_a_bundle():
    pytest.importorskip("sklearn")
    from otklik.training.behaviour_baseline import linear_classifier

    lines = [line for line in SUITE.topics if line.group in ("waste", "sport")]
    texts = [line.text for line in lines]
    classify = linear_classifier(texts, [line.topics[0] for line in lines], RUBRICATOR)
    table = run_behaviour(classify, Suite(tuple(lines), (), ()), RUBRICATOR, seed=5)
    assert table.find("own line", "im_2026_group").failures == 0
    assert table.find("upper case", "im_2026_group").failures == 0
    assert classify([]) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("topic\ttext\nroads.nothing\tЯма", "line 2.*roads.nothing"),
        ("topic\ttext\nroads.signs\tЯма\nroads.signs\tЯма", "line 3: the text of line 2 again"),
        ("topic\ttext\nroads.signs", "line 2: 1 cells, not 2"),
        ("text\ttopic\n", "line 1: columns"),
    ],
)
def test_a_bad_table_is_told(tmp_path, content, told):
    path = tmp_path / "topics.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadSuite, match=told):
        load_topics(RUBRICATOR, path)
