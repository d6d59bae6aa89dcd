from pathlib import Path

import pytest

from otklik.datasets.errors import BadFile
from otklik.datasets.mask_kinds import KINDS, NAME
from otklik.datasets.mask_score import STYLES, mark, read_table, score
from otklik.datasets.masking import Masker

CASES = Path(__file__).with_name("cases")
NAMES = "mask_names.txt"
STRUCTURED = ("mask_numbers.txt", "mask_links.txt")
TRAPS = ("mask_traps.txt", "mask_posts.txt")
BLIND = "mask_holdout.txt"  # no rule was tuned on these lines
STRUCTURED_KINDS = [kind for kind in KINDS if kind != NAME]


@pytest.fixture(scope="module")
def masker() -> Masker:
    return Masker()


def test_the_tables_are_large_enough():
    assert sum(len(read_table(path)) for path in CASES.glob("mask_*.txt")) >= 600


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("table", [NAMES, BLIND])
def test_recall_of_names(masker, table, style):
    result = score(masker, read_table(CASES / table), style)
    assert result.recall([NAME]) >= 0.95, result.missed
    assert result.over_masking <= 0.01, result.excess


@pytest.mark.parametrize("style", ["title", "lower", "upper"])
def test_recall_of_structured_kinds(masker, style):
    lines = [line for table in (*STRUCTURED, BLIND) for line in read_table(CASES / table)]
    result = score(masker, lines, style)
    assert result.recall(STRUCTURED_KINDS) >= 0.99, result.missed
    assert result.over_masking <= 0.01, result.excess


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("table", TRAPS)
def test_topic_words_survive(masker, table, style):
    result = score(masker, read_table(CASES / table), style)
    assert result.over_masking <= 0.01, result.excess


@pytest.mark.parametrize("table", [NAMES, *STRUCTURED])
def test_masking_the_tables_twice_changes_nothing(masker, table):
    once = [m.text for m in masker.mask_many(mark(x).text for x in read_table(CASES / table))]
    assert [m.text for m in masker.mask_many(once)] == once


def test_without_the_ner_full_names_are_still_found():
    result = score(Masker(ner=False), read_table(CASES / NAMES))
    assert result.recall([NAME]) >= 0.95, result.missed


def test_a_bad_mark_is_named_with_its_line(tmp_path):
    table = tmp_path / "table.txt"
    table.write_text("# ok\nзвонил ⟦ИМЯ:Иван⟧\n", encoding="utf-8")
    with pytest.raises(BadFile, match=r"table\.txt, line 2"):
        read_table(table)
