"""How texts are cut: as XLM-R does, and the same before and after trimming."""

import os
import re
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packing import FOREIGN, SPECIAL, tiny_pieces, write_packed

from otklik.models.package import E5_SMALL
from otklik.models.packed import Packed
from otklik.models.trim import trim_tokenizer, unigram_pieces
from otklik.models.unigram import build_unigram
from otklik.models.vocabulary import (
    SHIPPED,
    Vocabulary,
    choose_pieces,
    count_usage,
    dump_vocabulary,
    is_kept_by_kind,
    load_vocabulary,
)

ROOT = Path(__file__).parents[1]
FRAGMENTS = [*"нетводыгрязь ЯМАЁйӀ12,.!?[]()😀ґ«»-ß", "\u0306", "\n", "道路", "▁"]
_ESCAPE = re.compile(r"\\(?:[tnr]|u[0-9a-f]{4})")


def hard_lines():
    """Lines of the table; what an editor might change without a word is escaped in it."""
    table = (ROOT / "tests" / "cases" / "tokens.txt").read_text(encoding="utf-8")
    return [
        _ESCAPE.sub(lambda found: found[0].encode().decode("unicode_escape"), line)
        for line in table.split("\n")
        if line
    ]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "tiny.bin"
    write_packed(path)
    return build_unigram(Packed(path).pieces)


@pytest.fixture(scope="module")
def real():
    """The tokenizer of e5-small with its 250,002 pieces."""
    cached = ROOT / "var" / "models" / "cache" / Path(E5_SMALL.member).name
    path = Path(os.environ.get("PACKED_ENCODER", cached))
    if not path.is_file():
        pytest.skip(f"no {path.name}: run `otklik model base` or name it in PACKED_ENCODER")
    return build_unigram(Packed(path).pieces)


@lru_cache
def trimmed_tiny(tokenizer):
    return trim_tokenizer(tokenizer, load_vocabulary())


def cut(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False).tokens


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("нет вод", ["▁нет", "▁вод"]),
        ("  нет\t\n вод  ", ["▁нет", "▁вод"]),
        ("нет\u200bвод\ufeffы\x01", ["▁нет", "▁вод", "▁", "ы"]),
        ("и\u0306", ["▁", "й"]),
        ("е\u0308", ["▁", "ё"]),
        ("№ ½", ["▁", "N", "o", "▁", "1", "⁄", "2"]),
        ("ТЕЛ", ["▁", "ТЕЛ"]),
        ("😀Ӏ", ["▁", "😀", "Ӏ"]),
        ("ґґ", ["▁", "ґґ"]),
        ("", []),
    ],
)
def test_text_is_cut_as_xlm_r_does(tiny, text, pieces):
    assert cut(tiny, text) == pieces


def test_special_tokens_stand_around_one_text_and_between_two(tiny):
    assert tiny.encode("нет").tokens == ["<s>", "▁нет", "</s>"]
    assert tiny.encode("нет", "вод").tokens == ["<s>", "▁нет", "</s>", "</s>", "▁вод", "</s>"]
    ids = [tiny.token_to_id(token) for token in (*SPECIAL, "<mask>")]
    assert ids == [0, 1, 2, 3, len(tiny_pieces()) - 1]


def test_trimming_keeps_order_and_drops_what_is_foreign(tiny):
    before = unigram_pieces(tiny)
    trimmed, rows = trim_tokenizer(tiny, load_vocabulary())
    after = unigram_pieces(trimmed)
    assert [before[row] for row in rows] == list(after)
    assert set(before) - set(after) == {*FOREIGN} - {min(tiny_pieces(), key=lambda p: p[1])[0]}
    assert [trimmed.token_to_id(token) for token in SPECIAL] == [0, 1, 2, 3]
    assert trimmed.token_to_id("<mask>") == len(after) - 1
    assert trimmed.encode("нет", "вод").tokens == tiny.encode("нет", "вод").tokens


def assert_same(whole, trimmed, rows, text):
    before, after = whole.encode(text), trimmed.encode(text)
    assert after.tokens == before.tokens, text
    assert after.offsets == before.offsets
    assert rows[after.ids].tolist() == before.ids


def test_hard_lines_are_cut_the_same_after_trimming(tiny):
    trimmed, rows = trim_tokenizer(tiny, load_vocabulary())
    for line in hard_lines():
        assert_same(tiny, trimmed, rows, line)


@settings(deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS)).map("".join))
def test_any_text_of_kept_pieces_is_cut_the_same_after_trimming(tiny, line):
    trimmed, rows = trimmed_tiny(tiny)
    if not set(cut(tiny, line)) & set(FOREIGN):
        assert_same(tiny, trimmed, rows, line)


@pytest.mark.slow
def test_hard_lines_with_the_real_vocabulary(real):
    trimmed, rows = trim_tokenizer(real, load_vocabulary())
    assert len(rows) < 50_000
    for line in hard_lines():
        assert_same(real, trimmed, rows, f"query: {line}")
    assert cut(real, "query: Ул. Ленина, 5") == "▁que ry : ▁Ул . ▁Ленин а , ▁5".split()  # noqa: SIM905
    assert cut(real, "Мои\u0306 раи\u0306он") == cut(real, "Мой район") == ["▁Мой", "▁район"]
    assert load_vocabulary().listed <= set(unigram_pieces(real))


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        ("▁дорог", True),
        ("ЖКХ", True),
        ("ёлк", True),
        ("Ӏ", True),
        ("▁2026", True),
        ("12.2017", True),
        ("...!!!", True),
        ("▁😀", True),
        ("道", True),
        ("▁ї", True),
        ("TV", True),
        ("▁Wi", True),
        ("▁Wasser", False),
        ("道路", False),
        ("фільм", False),
        ("мm", False),
        ("", False),
    ],
)
def test_kinds_of_piece(piece, kept):
    assert is_kept_by_kind(piece) == kept


def test_the_shipped_list_is_sorted_and_names_nothing_that_a_kind_keeps():
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert not [piece for piece in lines if is_kept_by_kind(piece) or not piece.strip()]
    assert not [piece for piece in lines if any(sign.isdigit() for sign in piece)]


def test_a_piece_is_listed_when_two_different_texts_touch_it(tiny, tmp_path):
    once = count_usage(tiny, ["Wasser", "wasser! нет", "Wasser "])
    other = count_usage(tiny, ["нет straße", "вод straße", "道路"])
    assert once.tokens["▁Wasser"] == 1  # what differs only in dress counts once
    chosen = choose_pieces(tiny, [once, other])
    assert "▁straße" in chosen.listed
    assert not {"▁Wasser", "道路", "▁нет"} & chosen.listed
    assert "▁нет" in chosen
    assert "▁Wasser" in choose_pieces(tiny, [once, count_usage(tiny, ["Wasser нет"])]).listed
    dump_vocabulary(chosen, tmp_path / "list.txt")
    assert load_vocabulary(tmp_path / "list.txt") == chosen


def test_share_of_tokens_that_are_lost(tiny):
    usage = count_usage(tiny, ["нет вод", "Wasser нет"])
    assert (usage.tokens.total(), usage.lost(Vocabulary(frozenset()))) == (4, 1)
    assert usage.share_lost(Vocabulary(frozenset())) == 0.25
    assert usage.share_lost(Vocabulary(frozenset({"▁Wasser"}))) == 0
    assert count_usage(tiny, []).share_lost(Vocabulary(frozenset())) == 0
