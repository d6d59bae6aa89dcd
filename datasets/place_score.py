"""How well places are found, on a table of labelled lines."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.place_records import PlaceKind
from otklik.datasets.places import ASSET_ORDER, PlaceFinder

FIELDS = ("street", "house", "district", "asset", "settlement")


@dataclass(frozen=True, slots=True)
class PlaceCase:
    """One labelled line; `expected` maps a field to the names that must be found."""

    line: int
    text: str
    expected: dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of names found rightly, found wrongly and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of the found that is right; 1 if nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of the expected that is found; 1 if nothing was expected."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)


def read_cases(path: Path) -> list[PlaceCase]:
    """Read a table: text, street, house, district, asset, settlement, separated by tabs.

    Several names in one cell are separated by «;».
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            PlaceCase(line, row["text"], {name: _names(row[name]) for name in FIELDS})
            for line, row in enumerate(rows, start=2)
        ]


def found_names(finder: PlaceFinder, text: str) -> dict[str, frozenset[str]]:
    """What the finder says of a text, in the fields of the table."""
    found = finder.find(text)
    streets = (PlaceKind.STREET, PlaceKind.MICRODISTRICT)
    addresses = [p for p in found if p.kind in streets]
    return {
        "street": frozenset(p.key for p in addresses),
        "house": frozenset(house for p in found for house in p.houses),
        "district": frozenset(p.name for p in found if p.kind is PlaceKind.DISTRICT),
        "asset": frozenset(p.name for p in found if p.kind in ASSET_ORDER),
        "settlement": frozenset(p.name for p in found if p.kind is PlaceKind.SETTLEMENT),
    }


def compare(expected: frozenset[str], found: frozenset[str]) -> Score:
    """Count one cell."""
    return Score(len(expected & found), len(found - expected), len(expected - found))


def score(finder: PlaceFinder, cases: Iterable[PlaceCase]) -> dict[str, Score]:
    """Sum over the lines, per field, and «street + house» over both."""
    totals = {name: Score() for name in FIELDS}
    for case in cases:
        found = found_names(finder, case.text)
        for name in FIELDS:
            totals[name] += compare(case.expected[name], found[name])
    return totals | {"street + house": totals["street"] + totals["house"]}


def hold_out(cases: list[PlaceCase]) -> tuple[list[PlaceCase], list[PlaceCase]]:
    """Lines to tune on, and every fifth line kept back."""
    tuning = [case for number, case in enumerate(cases, start=1) if number % 5]
    return tuning, cases[4::5]


def _names(cell: str) -> frozenset[str]:
    return frozenset(name.strip() for name in cell.split(";") if name.strip())
