"""Streets of a city portal's address column; the rows stay where they are."""

import csv
import gzip
from itertools import islice
from pathlib import Path

import pytest

from otklik.datasets.place_records import PlaceKind
from otklik.datasets.places import PlaceFinder
from otklik.datasets.street_key import street_key

APPEALS = Path(__file__).parents[2] / "shared" / "data" / "spb_appeals.csv.gz"
ROWS = 2000


@pytest.mark.skipif(not APPEALS.exists(), reason="the St Petersburg appeals are not beside us")
def test_official_addresses_are_read():
    finder = PlaceFinder()
    with gzip.open(APPEALS, "rt", encoding="utf-8", newline="") as file:
        rows = (row["address"] for row in csv.DictReader(file))
        addresses = list(islice((a for a in rows if " дом " in a and a.count(",") > 1), ROWS))
    right = 0
    for address in addresses:
        key = street_key(address.split(",")[1])
        right += any(p.key == key for p in finder.find(address) if p.kind is PlaceKind.STREET)
    assert right / len(addresses) >= 0.95
