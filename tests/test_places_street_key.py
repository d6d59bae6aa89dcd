import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.datasets.street_key import street_key

SAME_STREET = {
    "ленина|улица": [
        "ул. Ленина", "на Ленина", "улице ленина", "Ленина ул", "ул ленина", "УЛ. ЛЕНИНА",
        "улица имени Ленина", "ул. В. И. Ленина", "по улице Ленина", "Ленина",
    ],
    "садовая|улица": ["Садовая ул.", "на Садовой", "улицу Садовую", "ул садовая"],
    "невский|проспект": ["Невский пр-т", "на Невском", "Невского проспекта", "пр. Невский"],
    "1-я садовая|улица": ["1-я Садовая", "ул. 1я Садовая", "первой Садовой улице", "Садовая 1-я"],
    "8 марта|улица": ["ул. 8 Марта", "улица 8-го марта", "8 марта"],
    "старопромысловское|шоссе": [
        "Старопромысловское шоссе", "Старопромысловского ш.", "на Старопромысловском шоссе",
    ],
    "горького|улица": ["улица Горького", "ул. М. Горького", "Горького ул"],
    "карла маркса|улица": ["ул. Карла Маркса", "Карла Маркса ул.", "УЛИЦЕ КАРЛА МАРКСА"],
    "парижской коммуны|улица": ["ул. Парижской Коммуны", "улице парижской коммуны"],
    "озерная|улица": ["ул. Озёрная", "на Озерной"],
    "большой сампсониевский|проспект": ["Большой Сампсониевский пр-кт"],
    "ипподромный|микрорайон": ["мкр. Ипподромный", "в Ипподромном микрорайоне"],
    "5-я|линия": ["5-я линия", "линия 5", "на 5 линии"],
    "расковой|улица": ["ул. Расковой", "на Расковой"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("spelling", "key"), [(name, key) for key, names in SAME_STREET.items() for name in names]
)
def test_every_spelling_has_one_key(spelling, key):
    assert street_key(spelling) == key


def test_type_tells_streets_apart():
    assert street_key("ул. Мира") != street_key("пер. Мира")


@pytest.mark.parametrize("name", ["", "ул.", "  ", "на", "проспект", "№"])
def test_nothing_left_of_the_name(name):
    assert street_key(name) == ""


@given(st.text(alphabet="абвгджикмнорстуя -.1238ё", max_size=40))
def test_case_and_yo_never_matter(name):
    key = street_key(name)
    assert street_key(name.upper()) == key
    assert street_key(name.replace("ё", "е")) == key
    assert key == "" or key.count("|") == 1
