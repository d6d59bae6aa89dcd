import pickle
import statistics
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.place_records import PlaceKind
from otklik.datasets.place_score import FIELDS, found_names, hold_out, read_cases, score
from otklik.datasets.places import PlaceFinder
from otklik.datasets.records import Place

TABLES = Path(__file__).parent / "cases"
CASES = read_cases(TABLES / "places.tsv")
FINDER = PlaceFinder(load_gazetteer("grozny"))


def test_table_is_large_and_half_of_it_is_written_carelessly():
    assert len(CASES) >= 300
    assert sum(not any(case.expected.values()) for case in CASES) >= 60
    careless = sum(
        case.text == case.text.lower() or not set(case.text) & set(".,") for case in CASES
    )
    assert careless >= len(CASES) / 2


@pytest.mark.parametrize("part", [0, 1], ids=["tuned", "hold-out"])
def test_f1_of_street_and_house(part):
    totals = score(FINDER, hold_out(CASES)[part])
    assert totals["street + house"].f1 >= 0.85
    assert totals["street"].f1 >= 0.85
    assert totals["house"].f1 >= 0.85


def test_lines_of_another_author_are_read_too():
    totals = score(FINDER, read_cases(TABLES / "places_blind.tsv"))
    assert totals["street + house"].f1 >= 0.85
    assert totals["street + house"].precision >= 0.95


@pytest.mark.parametrize("change", [str.upper, str.lower], ids=["upper", "lower"])
def test_f1_whatever_the_letters(change):
    changed = [replace(case, text=change(case.text)) for case in CASES]
    assert score(FINDER, changed)["street + house"].f1 >= 0.85


def test_finder_without_gazetteer_reads_typed_addresses():
    finder = PlaceFinder()
    found = found_names(finder, "ул. Подлесная, д. 7 корп. 2, Индустриальный район")
    assert found["street"] == {"подлесная|улица"}
    assert found["house"] == {"7 к2"}
    assert found["district"] == {"Индустриальный"}


@pytest.mark.parametrize(
    ("text", "houses"),
    [
        ("ул. Мира 12", ["12"]),
        ("ул. Мира 12а", ["12а"]),
        ("ул. Мира, 12 «А»", ["12а"]),
        ("ул. Мира, 12 А", ["12а"]),
        ("ул. Мира 12 а там яма", ["12"]),
        ("ул. Мира 12/3", ["12/3"]),
        ("ул. Мира 12к2", ["12 к2"]),
        ("ул. Мира, дом №12, корпус 2, строение 1", ["12 к2 стр1"]),
        ("ул. Мира дом 12 литера А", ["12 литА"]),
        ("ул. Мира, дома 3, 5 и 7", ["3", "5", "7"]),
        ("ул. Мира дома 3-7", ["3-7"]),
        ("ул. Мира 5, 2 подъезд", ["5"]),
        ("ул. Мира 5, 3 дня нет воды", ["5"]),
        ("ул. Мира 5 дней нет воды", []),
        ("ул. Мира 12.03 копали", []),
        ("ул. Мира в 2023 копали", []),
    ],
)
def test_house_numbers(text, houses):
    (street,) = FINDER.find(text)
    assert list(street.houses) == houses


@pytest.mark.parametrize("word", ["а" * 20000, "а-" * 10000 + "а", "İ" * 100])
def test_a_word_without_end_is_no_trouble(word):
    assert len(FINDER.find(f"ул {word}")) <= 1
    assert len(FINDER.find(f"с. {word}")) <= 1


def test_spans_cover_the_words():
    text = "Добрый день! На улице Сайханова, д. 12, яма"
    (street,) = FINDER.find(text)
    assert text[street.start : street.stop] == "улице Сайханова, д. 12"


def test_former_name_of_another_town_stays():
    resolved = FINDER.resolve("г. Аргун, ул. Тельмана 5", Place())
    assert resolved == Place(
        settlement="Аргун", street="улица Тельмана", street_key="тельмана|улица", house="5"
    )


def test_empty_fields_are_filled():
    resolved = FINDER.resolve("на сайханова 12 не чистят снег у школы №20", Place(region="ЧР"))
    assert resolved == Place(
        region="ЧР",
        district="Байсангуровский",
        street="улица Сайханова",
        street_key="сайханова|улица",
        house="12",
        asset="школа № 20",
    )


def test_given_fields_win():
    given_place = Place(street="ул. Тельмана", house="3", district="Ленинский район")
    resolved = FINDER.resolve("на сайханова 12 яма", given_place)
    assert resolved.street == "ул. Тельмана"
    assert resolved.street_key == "ташухаджиева|улица"
    assert resolved.house == "3"
    assert resolved.district == "Ахматовский"


def test_house_of_another_street_is_not_taken():
    resolved = FINDER.resolve("на сайханова 12 яма", Place(street="ул. Мира"))
    assert (resolved.street_key, resolved.house) == ("мира|улица", None)
    assert FINDER.resolve("дом 7 без воды", Place(street="ул. Мира")).house == "7"


def test_nothing_said_nothing_filled():
    assert FINDER.resolve("когда же дадут тепло", Place()) == Place()


def test_settlement_of_the_city_keeps_its_district():
    resolved = FINDER.resolve("в старой сунже нет света", Place(settlement="Грозный"))
    assert (resolved.settlement, resolved.district) == ("Грозный", "Ахматовский")


def test_pickled_finder_finds_the_same():
    copy = pickle.loads(pickle.dumps(FINDER))
    texts = [case.text for case in CASES[:40]]
    assert [copy.find(text) for text in texts] == [FINDER.find(text) for text in texts]


WORDS = sorted({word for case in CASES for word in case.text.split()})


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=30).map(" ".join))
def test_any_text_is_read_within_its_bounds(text):
    found = FINDER.find(text)
    assert all(0 <= place.start < place.stop <= len(text) for place in found)
    assert list(found) == sorted(found, key=lambda place: (place.start, place.stop))
    solid = [place for place in found if place.kind is not PlaceKind.YARD]
    assert all(a.stop <= b.start for a, b in pairwise(solid))


def cpu_time(text):
    times = []
    for _ in range(5):
        start = time.process_time()
        FINDER.find(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize(
    "unit",
    [
        "ул. Мира, д. 5, во дворе мусор, школа №12 закрыта. ",
        "а", "1", " ", "ул ааааа", "а-а", "дом ", "двор дом 5 ", "1, 2, 3, ", "ул. ", "ул ",
        "улица садовая ",
        "Карла Маркса Карла Маркса ", "а-", "«", "мира ", "на ленина и ", "1/2/3/", "д/с ", "№ ",
        "первая новая старая большая ",
    ],
)  # fmt: skip
def test_time_grows_with_length(unit):
    small, large = unit * (4000 // len(unit)), unit * (32000 // len(unit))
    FINDER.find(large)
    assert cpu_time(large) < 8 * 4 * cpu_time(small) + 0.01


def test_long_posts_cost_in_proportion():
    words = " . ".join(case.text for case in CASES).split()
    posts = [" ".join(words[i : i + 40]) for i in range(0, 1200, 40)]
    long_posts = [" ".join(words[i : i + 200]) for i in range(0, 1200, 200)]
    for post in posts:
        FINDER.find(post)
    short = statistics.median(map(cpu_time, posts))
    assert statistics.median(map(cpu_time, long_posts)) < 4 * 5 * short


def test_fields_of_the_table_are_those_scored():
    assert set(CASES[0].expected) == set(FIELDS)
