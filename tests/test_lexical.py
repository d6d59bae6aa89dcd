"""Hashed n-grams are those of the text, whoever else stands in the batch."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.models.lexical import LexicalHasher
from otklik.training.baseline import LinearBaseline

HASHER = LexicalHasher(word_bits=20, char_bits=22)
WORDS = 1 << 20

TEXTS = [
    "Не горит фонарь у школы № 7!",
    "Во дворе яма, автобус не проехал :(",
    "ё",
    "",
    "Спасибо 👍👍 за новый парк",
    "фонарь фонарь фонарь",
    "слово" * 60,
]


def _tokens(text):
    """Words of letters, digits and _; every other visible character by itself."""
    return re.findall(r"\w+|[^\w\s]", text.lower().replace("ё", "е"))


def _grams(text):
    tokens = _tokens(text)
    words = Counter(tokens) + Counter(pairwise(tokens))
    chars = Counter(
        f" {token} "[start : start + length]
        for token in tokens
        for length in (2, 3, 4, 5)
        for start in range(len(token) + 3 - length)
    )
    return words, chars


@pytest.mark.parametrize("text", TEXTS)
def test_every_gram_has_its_column_and_its_count(text):
    row = HASHER.transform([text])
    for counts, inside in zip(
        _grams(text), (row.indices < WORDS, row.indices >= WORDS), strict=True
    ):
        found = np.sort(row.data[inside])
        if not counts:
            assert not len(found)
            continue
        dampened = np.sort([1 + np.log(count) for count in counts.values()])
        expected = dampened / np.sqrt(2 * (dampened**2).sum())
        assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-5)


def test_rows_have_unit_length():
    rows = HASHER.transform(TEXTS)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    assert lengths.tolist() == pytest.approx([float(bool(text)) for text in TEXTS], abs=1e-6)
    assert rows.dtype == np.float32
    assert rows.has_sorted_indices
    assert rows.shape == (len(TEXTS), HASHER.columns)


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=30))
def test_neighbours_in_the_batch_change_nothing(others, text):
    alone = HASHER.transform([text])
    among = HASHER.transform([*others, text, *others])[len(others)]
    assert alone.indices.tolist() == among.indices.tolist()
    assert alone.data.tolist() == among.data.tolist()


def test_long_lists_are_cut_without_a_seam():
    texts = [f"дом {number} без воды" for number in range(700)]
    whole = HASHER.transform(texts)
    assert whole.shape[0] == 700
    assert (whole[600] != HASHER.transform([texts[600]])).nnz == 0
    assert HASHER.transform([]).shape == (0, HASHER.columns)


def _same(left, right):
    rows = HASHER.transform([left, right])
    return not (rows[0] != rows[1]).nnz


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("ЁЛКА УПАЛА", "елка упала", True),
        ("нет  воды\n", " нет воды", True),
        ("нет воды", "воды нет", False),
        ("Администрация района, уберите", "уберите", False),
        ("дом 5", "дом 6", False),
        ("плохо!", "плохо", False),
        ("👍", "👎", False),
    ],
)
def test_what_counts_and_what_does_not(left, right, same):
    assert _same(left, right) == same


GOLDEN = [53134, 71483, 75360, 76479, 78715, 84564, 88071, 89985, 94959, 96670, 103646]


def test_columns_never_change():
    """A stored model reads its columns by number: another number is another feature."""
    row = LexicalHasher(word_bits=16, char_bits=16).transform(["Яма"])
    assert row.indices.tolist() == GOLDEN


def test_idf_is_that_of_scikit_learn():
    texts = ["нет воды", "нет света", "нет тепла и воды", "дорога"]
    hasher = HASHER.fit(texts)
    column = {word: HASHER.transform([word]).indices[0] for word in ("нет", "воды", "дорога")}
    for word, seen in (("нет", 3), ("воды", 2), ("дорога", 1)):
        assert hasher.idf[column[word]] == pytest.approx(np.log(5 / (1 + seen)) + 1)
    row = hasher.transform(["нет дорога"]).toarray()[0]
    ratio = row[column["дорога"]] / row[column["нет"]]
    assert ratio == pytest.approx(
        hasher.idf[column["дорога"]] / hasher.idf[column["нет"]], rel=1e-5
    )


def test_few_collisions():
    """4,000 words on 2^20 columns: about 8 pairs are expected to meet."""
    words = [f"слово{number}" for number in range(4000)]
    rows = HASHER.transform(words)
    first = rows.indices[rows.indptr[:-1]]
    assert len(set(first.tolist())) > 3960


@pytest.mark.parametrize("bits", [0, 29])
def test_impossible_widths(bits):
    with pytest.raises(ValueError, match=f"char_bits is {bits}"):
        LexicalHasher(char_bits=bits)


def test_idf_of_another_width_is_refused():
    with pytest.raises(ValueError, match="both must come from the same fit"):
        LexicalHasher(word_bits=10, char_bits=10, idf=np.ones(5, dtype=np.float32))


SMALL = [("нет воды в доме", "Вода"), ("яма на дороге", "Дороги"), ("автобус опоздал", "Транспорт")]


@pytest.mark.parametrize("kind", ["svm", "logistic"])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_baseline_learns_what_it_saw(kind, classes):
    texts, labels = zip(*SMALL[:classes] * 4, strict=True)
    model = LinearBaseline(kind).fit(texts, labels)
    scores = model.scores(["НЕТ ВОДЫ", "большая яма"])
    assert scores.shape == (2, classes)
    assert [model.classes_[place] for place in scores.argmax(axis=1)] == ["Вода", "Дороги"]


def test_an_unknown_baseline_is_refused():
    with pytest.raises(ValueError, match="kind is 'forest'"):
        LinearBaseline("forest")
