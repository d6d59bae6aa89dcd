import json
import re

import pytest

from otklik.datasets.districts import load_districts
from otklik.datasets.errors import BadGazetteer
from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.place_records import PlaceKind
from otklik.datasets.places import PlaceFinder
from otklik.datasets.records import Place

RENAMED = {
    "Ленинский": "Ахматовский",
    "Октябрьский": "Байсангуровский",
    "Старопромысловский": "Висаитовский",
    "Заводской": "Шейх-Мансуровский",
}
SPB_DISTRICTS = 18

GOOD = """\
name = "test"
city = "Тест"
districts = [
    {name = "Северный"},
    {name = "Южный", aliases = ["Ленинский"]},
]
streets = [
    {name = "улица Ясная", aliases = ["улица Тёмная"], district = "Северный"},
    {name = "улица Кривая"},
]
"""


def write(tmp_path, text):
    path = tmp_path / "test.toml"
    path.write_text(text, encoding="utf-8")
    return path


def square(west, south, size=1.0):
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def geojson(*features):
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"name": name},
                    "geometry": {"type": "Polygon", "coordinates": coordinates},
                }
                for name, coordinates in features
            ],
        }
    )


@pytest.mark.parametrize(("former", "present"), RENAMED.items())
def test_grozny_districts_are_found_under_their_former_names(former, present):
    gazetteer = load_gazetteer("grozny")
    assert gazetteer.district(f"{former} район") == present
    assert gazetteer.district(f"{present.lower()} р-н") == present


def test_grozny_holds_its_main_streets():
    gazetteer = load_gazetteer("grozny")
    streets = [entry for entry in gazetteer.entries if entry.kind is PlaceKind.STREET]
    assert len(streets) >= 60
    assert gazetteer.street("пр. Победы") is gazetteer.street("проспект В.В. Путина")
    assert gazetteer.street("проспект Кадырова") is not gazetteer.street("ул. Умара Кадырова")


def test_spb_has_its_districts():
    names = {entry.name for entry in load_gazetteer("spb").districts.values()}
    assert len(names) == SPB_DISTRICTS


def test_own_file(tmp_path):
    gazetteer = load_gazetteer(write(tmp_path, GOOD))
    street = gazetteer.street("на Темной")
    assert street is not None
    assert (street.name, street.district) == ("улица Ясная", "Северный")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('district = "Северный"', 'district = "Западный"', 8, "Западный"),
        ('aliases = ["улица Тёмная"]', 'alias = ["улица Тёмная"]', 8, "alias"),
        ('"улица Кривая"', '"ул. Тёмная"', 9, "also a name of 'улица Ясная'"),
        ('city = "Тест"', 'city = "Тест"\npolygons = "no.geojson"', 3, "no.geojson"),
        ('name = "test"', "name = test", 1, "not TOML"),
    ],
)
def test_errors_name_file_and_line(tmp_path, old, new, line, says):
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(BadGazetteer, match=re.escape(says)) as caught:
        load_gazetteer(path)
    assert "test.toml" in str(caught.value)
    assert f"line {line}" in str(caught.value)


def test_unknown_name_lists_what_is_shipped():
    with pytest.raises(BadGazetteer, match="grozny"):
        load_gazetteer("atlantis")


def test_district_from_coordinates(tmp_path):
    borders = geojson(("Северный", square(45.0, 44.0)), ("Южный", square(45.0, 43.0)))
    (tmp_path / "borders.geojson").write_text(borders, encoding="utf-8")
    polygons = 'city = "Тест"\npolygons = "borders.geojson"'
    path = write(tmp_path, GOOD.replace('city = "Тест"', polygons))
    finder = PlaceFinder(load_gazetteer(path))
    inside = Place(latitude=43.5, longitude=45.5)
    assert finder.resolve("яма", inside).district == "Южный"
    assert finder.resolve("яма на улице Ясной", inside).district == "Южный"
    outside = Place(latitude=50.0, longitude=45.5)
    assert finder.resolve("яма на улице Ясной", outside).district == "Северный"
    assert finder.resolve("яма", outside).district is None


def test_border_and_holes(tmp_path):
    path = tmp_path / "borders.geojson"
    ring = square(0.0, 0.0, 3.0) + square(1.0, 1.0)
    path.write_text(geojson(("Кольцо", ring), ("Сосед", square(3.0, 0.0))), encoding="utf-8")
    borders = load_districts(path)
    assert borders.find(0.5, 0.5) == "Кольцо"
    assert borders.find(1.5, 1.5) is None
    assert borders.find(0.5, 3.0) == "Кольцо"  # on the common border the first one wins


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"features": [{"properties": {}, "geometry": null}]}',
        geojson(("Чужой", square(0, 0))),
        '{"features": [{"properties": {"name": "Северный"}, '
        '"geometry": {"type": "Point", "coordinates": [0, 0]}}]}',
    ],
)
def test_bad_borders(tmp_path, text):
    path = tmp_path / "borders.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadGazetteer, match=r"borders\.geojson"):
        load_districts(path, frozenset({"Северный"}))
