"""Exact keys, near-duplicate groups, and what hostile tables do to them."""

import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.datasets.duplicates import near_duplicate_groups
from otklik.datasets.minhash import PERMUTATIONS, rows_per_band, signatures_of
from otklik.datasets.text_key import comparable_text, text_key

POST = (
    "Во дворе дома 14 по улице Садовой третью неделю не вывозят мусор, контейнеры переполнены, "
    "собаки растаскивают пакеты по детской площадке, примите меры"
)

SAME = [
    ("Ёлка упала на дорогу!", "елка упала на дорогу"),
    ("НЕТ ВОДЫ В ДОМЕ", "нет воды в доме..."),
    ("[club77|Администрация города], нет воды в доме", "Нет воды в доме"),
    ("[id5|Марина], яма у школы", "Яма у школы 😡"),
    ("[club77:bp-77_105|Мэрия], яма у школы", "@mayor яма у школы"),
    ("[ПРОФИЛЬ 2], яма у школы", "Яма у школы"),
    ("Здравствуйте! Яма у школы", "Добрый день. Яма у школы"),
    ("Доброго времени суток, салам алейкум, яма у школы", "яма у школы"),
    ("Яма<br>у школы &mdash; опасно", "Яма у школы — опасно"),
    ("и\u0306 у школы", "й у школы"),
]

DIFFERENT = [
    ("Нет света, Мира 5", "Нет света, Мира 7"),
    ("Здравствуйте!", "Добрый вечер"),
    ("Доброта спасёт мир", "спасёт мир"),
    ("👍", "👎"),
    ("[club77|Мэрия]", "[club77|Школа]"),
    ("пишите на roza@mail.ru", "пишите на roza@bk.ru"),
    ("", "👍"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_key_ignores_dress(left, right):
    assert text_key(left) == text_key(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_key_tells_texts_apart(left, right):
    assert text_key(left) != text_key(right)


@given(st.text(max_size=80))
def test_comparable_text_is_empty_only_for_blank(text):
    assert bool(comparable_text(text)) == bool(text.strip())


def test_key_takes_half_of_a_surrogate_pair():
    assert text_key("сломан \ud83d лифт") == text_key("Сломан лифт")


@pytest.mark.parametrize(
    "copy",
    [
        "Репост! " + POST,
        POST[: int(len(POST) * 0.88)],
        POST.replace("контейнеры", "контейнера").replace("растаскивают", "растаскивют"),
        POST + " #мусор #двор",
        POST.upper(),
        POST.replace("14", "16"),
    ],
    ids=["repost", "cut tail", "typos", "hashtags", "upper case", "other house"],
)
def test_copies_are_found(copy):
    assert near_duplicate_groups([POST, "Нет света", copy]).tolist() == [0, 1, 0]


def test_other_troubles_stay_apart():
    texts = [
        POST,
        "Третью неделю не вывозят снег со двора дома 9 по улице Школьной, машины не проедут",
        "Во дворе дома 14 по улице Садовой не горит ни один фонарь, вечером страшно ходить",
        "Когда откроют новую поликлинику на улице Садовой, обещали ещё весной",
        "да",
        "нет",
        "",
    ]
    assert near_duplicate_groups(texts).tolist() == list(range(len(texts)))


def test_groups_are_transitive():
    words = POST.split()
    chain = [" ".join(words[start : start + 15]) for start in range(len(words) - 14)]
    ends = near_duplicate_groups([chain[0], chain[-1]])
    assert ends[0] != ends[1], "the ends of the chain must differ for this test to say anything"
    assert set(near_duplicate_groups(chain).tolist()) == {0}


TEXTS = st.lists(
    st.sampled_from([POST, POST[:120], POST[20:], POST + " срочно", "Нет света", "нет света!", ""])
    | st.text(alphabet="абв ", max_size=30),
    max_size=25,
)


@settings(deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(texts, rng):
    order = list(range(len(texts)))
    rng.shuffle(order)
    groups = near_duplicate_groups(texts)
    shuffled = near_duplicate_groups([texts[place] for place in order])
    assert _partition(groups) == _partition(shuffled, order)


@settings(deadline=None)
@given(TEXTS)
def test_numbers_run_in_order_of_appearance(texts):
    groups = near_duplicate_groups(texts)
    assert groups.dtype == np.int64
    assert groups.shape == (len(texts),)
    assert list(dict.fromkeys(groups.tolist())) == list(range(len(set(groups.tolist()))))


def test_same_key_means_same_group():
    texts = [text for pair in SAME for text in pair]
    groups = near_duplicate_groups(texts)
    assert all(groups[place] == groups[place + 1] for place in range(0, len(texts), 2))


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan")])
def test_threshold_out_of_range(threshold):
    with pytest.raises(ValueError, match="threshold"):
        near_duplicate_groups(["а"], threshold)


def test_lower_threshold_joins_more():
    half = [POST, POST[: len(POST) // 2]]
    assert len(set(near_duplicate_groups(half, 0.8).tolist())) == 2
    assert len(set(near_duplicate_groups(half, 0.4).tolist())) == 1


def test_estimate_is_near_the_true_similarity():
    rng = random.Random(0)
    errors = []
    for _ in range(200):
        words = [f"слово{rng.randrange(10**6)}" for _ in range(40)]
        texts = [" ".join(words), " ".join(words[: rng.randrange(10, 40)])]
        left, right = (_runs(text) for text in texts)
        signatures = signatures_of(texts)
        errors.append(
            (signatures[0] == signatures[1]).mean() - len(left & right) / len(left | right)
        )
    assert abs(np.mean(errors)) < 0.01
    assert np.std(errors) < 1.5 * np.sqrt(0.25 / PERMUTATIONS)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 0.95, 1.0])
def test_bands_find_a_pair_at_the_threshold(threshold):
    rows = rows_per_band(threshold)
    assert 1 <= rows <= PERMUTATIONS
    assert (1 - threshold**rows) ** (PERMUTATIONS // rows) <= 0.01


def _template(number):
    """Half of the text is common to all: far below the threshold, and full of shared runs."""
    rng = random.Random(number)
    return POST[:60] + " " + "".join(rng.choices("абвгдежзиклмнопрст", k=45))


HOSTILE = {
    "identical": lambda _: POST,
    "one common run": lambda number: f"дорога {number * 7919 % 1000003} {number * 104729 % 999983}",
    "template": _template,
    "near copies": lambda number: f"{POST} {number}",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_grows_near_linearly(kind):
    make = HOSTILE[kind]
    small, large = ([make(number) for number in range(n)] for n in (4000, 16000))
    near_duplicate_groups(small[:100])
    ratio = _cpu_s(large) / max(_cpu_s(small), 0.02)
    assert ratio < 10, "four times the texts; quadratic would be sixteen"


def test_near_copies_by_the_thousand_are_one_group():
    assert near_duplicate_groups([f"{POST} {number}" for number in range(3000)]).max() == 0


@pytest.mark.parametrize("piece", ["[", "<", "&", "@", "[club1|", "добрый ", "здравствуйте ", "9"])
def test_comparable_text_is_linear_in_hostile_input(piece):
    def cpu_s(size):
        started = time.process_time()
        comparable_text(piece * (size // len(piece)))
        return time.process_time() - started

    cpu_s(1000)
    assert cpu_s(400_000) < 16 * max(cpu_s(50_000), 0.005)


def _cpu_s(texts):
    started = time.process_time()
    near_duplicate_groups(texts)
    return time.process_time() - started


def _runs(text):
    padded = f" {text} "
    return {padded[start : start + 5] for start in range(len(padded) - 4)}


def _partition(groups, order=None):
    members = {}
    for place, group in enumerate(groups.tolist()):
        members.setdefault(group, set()).add(order[place] if order else place)
    return sorted(map(sorted, members.values()))
