from pathlib import Path

import pytest

from otklik.datasets.errors import BadFile
from otklik.datasets.mask_kinds import KINDS, NAME
from otklik.datasets.mask_score import STYLES, mark, read_table, score
from otklik.datasets.masking import Masker
from otklik.datasets.rubricator_versions import load_rubricator, rubricator_versions

CASES = Path(__file__).with_name("cases")
NAMES = "mask_names.txt"
OFFICES = "mask_offices.txt"
STRUCTURED = ("mask_numbers.txt", "mask_links.txt")
TRAPS = (
    "mask_traps.txt",
    "mask_posts.txt",
    "mask_blind_traps.txt",
    "mask_blind_traps2.txt",
)
MIXED = "mask_holdout.txt"  # every kind in one table
# Other authors wrote these, apart from the rules
OTHERS = ("mask_blind_a.txt", "mask_blind_c.txt")
PEOPLE = "mask_people.txt"  # rare names, ordinary words as surnames: the hardest lines
BLIND = "mask_blind_b.txt"  # another author's, never tuned on: its misses are not shown
FRESH = "mask_blind_d.txt"  # tuned on the odd lines; the misses of the even ones are not shown
# Without capitals nothing tells «гончар не пришёл» from a potter
NOT_REACHED = pytest.mark.xfail(reason="the demand of 0.95 (structured 0.99) is not reached yet")
NOT_YET = [pytest.param(style, marks=NOT_REACHED) for style in ("lower", "upper")]
NOT_YET_BARE = pytest.param("bare", marks=NOT_REACHED)
STRUCTURED_KINDS = [kind for kind in KINDS if kind != NAME]


@pytest.fixture(scope="module")
def masker() -> Masker:
    return Masker()


def test_the_tables_are_large_enough():
    assert sum(len(read_table(path)) for path in CASES.glob("mask_*.txt")) >= 600


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("table", [NAMES, MIXED, PEOPLE, *OTHERS])
def test_recall_of_names(masker, table, style):
    result = score(masker, read_table(CASES / table), style)
    assert result.recall([NAME]) >= 0.95, result.missed
    assert result.over_masking <= 0.01, result.excess


@pytest.mark.parametrize("style", ["title", NOT_YET_BARE, *NOT_YET])
def test_blind_recall_of_names(masker, style):
    found = score(masker, read_table(CASES / BLIND), style).recall([NAME])
    assert found >= 0.95


@pytest.mark.parametrize("style", STYLES)
def test_blind_recall_of_names_does_not_fall_back(masker, style):
    found = score(masker, read_table(CASES / BLIND), style).recall([NAME])
    assert found >= 0.90


@pytest.mark.parametrize("style", ["title", "bare", *NOT_YET])
def test_recall_of_names_on_lines_only_counted(masker, style):
    found = score(masker, read_table(CASES / FRESH)[1::2], style).recall([NAME])
    assert found >= 0.95


@pytest.mark.parametrize("style", STYLES)
def test_recall_of_names_on_fresh_lines(masker, style):
    result = score(masker, read_table(CASES / FRESH), style)
    assert result.recall([NAME]) >= 0.90
    assert result.over_masking <= 0.0125


@NOT_REACHED
@pytest.mark.parametrize("style", STYLES)
def test_blind_recall_of_structured_kinds(masker, style):
    found = score(masker, read_table(CASES / BLIND), style).recall(STRUCTURED_KINDS)
    assert found >= 0.99


@pytest.mark.parametrize("style", STYLES)
def test_blind_lines_keep_their_ordinary_words(masker, style):
    over = score(masker, read_table(CASES / BLIND), style).over_masking
    assert over <= 0.01


@pytest.mark.parametrize("style", ["title", "lower", "upper"])
def test_recall_of_structured_kinds(masker, style):
    lines = [line for table in (*STRUCTURED, MIXED, *OTHERS) for line in read_table(CASES / table)]
    result = score(masker, lines, style)
    assert result.recall(STRUCTURED_KINDS) >= 0.99, result.missed
    assert result.over_masking <= 0.01, result.excess


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("table", TRAPS)
def test_topic_words_survive(masker, table, style):
    result = score(masker, read_table(CASES / table), style)
    assert result.over_masking <= 0.01, result.excess


def test_an_office_keeps_its_town_and_its_people_go(masker):
    result = score(masker, read_table(CASES / OFFICES))
    assert result.recall([NAME]) == 1, result.missed
    assert not result.excess


@pytest.mark.parametrize("style", STYLES)
def test_towns_of_offices_survive_in_every_writing(masker, style):
    assert not score(masker, read_table(CASES / OFFICES), style).excess


RECASE = {"as written": str, "lower": str.lower, "upper": str.upper}


@pytest.mark.parametrize("case", RECASE)
def test_nothing_that_the_rubricators_say_is_masked(masker, case):
    texts = [question.question for question in load_rubricator("im-2026").pairs]
    for version in rubricator_versions():
        for topic in load_rubricator(version).topics:
            texts += [topic.name, *([topic.hint] if topic.hint else [])]
    assert not _masked(masker, [RECASE[case](text) for text in texts])


@pytest.mark.parametrize("case", RECASE)
def test_phrases_of_the_rubricators_hardly_lose_a_word(masker, case):
    topics = [t for version in rubricator_versions() for t in load_rubricator(version).topics]
    phrases = [RECASE[case](phrase) for topic in topics for phrase in topic.phrases]
    masked = _masked(masker, phrases)
    assert len(masked) <= 3, masked


def _masked(masker, texts):
    return [m.text for m in masker.mask_many(texts) if m.spans]


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
