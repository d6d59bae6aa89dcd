"""The made-up city itself: districts, streets, houses, and the networks that they hang on."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any

from otklik.datasets.city_topics import load_table

N_DISTRICTS = 4
N_STREETS = 60


@dataclass(frozen=True, slots=True)
class Street:
    """A street: its name in the forms that people use, its houses, its middle in WGS 84 degrees.

    `assets` gives the number of its asset in every network.
    """

    name: str
    on: str
    on_bare: str
    short: str
    bare: str
    district: str
    houses: tuple[str, ...]
    latitude: float
    longitude: float
    assets: dict[str, int]


@dataclass(frozen=True, slots=True)
class Asset:
    """A main, a substation, a school, a bus route, …; `visible` ones residents call by name."""

    number: int
    network: str
    name: str
    inside: str
    of: str
    into: str
    visible: bool
    streets: tuple[int, ...]


@dataclass(frozen=True)
class CityPlan:
    """Streets and assets of one city; numbers are positions in the tuples."""

    region: str
    municipality: str
    city: str
    districts: tuple[str, ...]
    streets: tuple[Street, ...]
    assets: tuple[Asset, ...]
    recipients: dict[str, str]
    shares: tuple[float, ...]
    cumulated: tuple[float, ...]

    def share(self, streets: Iterable[int]) -> float:
        """Share of all messages with a place that these streets write, 0 to 1."""
        return sum(self.shares[street] for street in streets)

    def draw_street(self, chance: Random) -> int:
        """A street, busy ones more often."""
        return min(bisect_right(self.cumulated, chance.random()), len(self.streets) - 1)

    def draw_among(self, chance: Random, streets: tuple[int, ...]) -> int:
        """One of these streets, busy ones more often."""
        return chance.choices(streets, [self.shares[street] for street in streets])[0]

    def in_district(self, district: str) -> tuple[int, ...]:
        """Streets of a district."""
        return tuple(n for n, street in enumerate(self.streets) if street.district == district)

    def recipient(self, key: str, street: int | None) -> str:
        """Name of a recipient; managing companies and carriers depend on the street."""
        name = self.recipients[key]
        if name or street is None:
            return name or self.recipients["improvement"]
        return self.assets[self.streets[street].assets[key]].name


def build_plan(chance: Random) -> CityPlan:
    """Lay out a city."""
    table = load_table("place")
    districts = tuple(chance.sample(table["districts"], N_DISTRICTS))
    names = [" ".join(name.split()) for name in table["streets"].replace("\n", " ").split(",")]
    turn = chance.uniform(0, math.tau)
    streets = []
    for position, name in enumerate(chance.sample(names, N_STREETS)):
        quarter = position * N_DISTRICTS // N_STREETS
        angle = turn + math.tau * (quarter + chance.uniform(0.05, 0.95)) / N_DISTRICTS
        reach = math.sqrt(chance.uniform(0.01, 1)) * 0.05
        latitude = round(table["latitude"] + reach * math.sin(angle), 5)
        longitude = round(table["longitude"] + 1.4 * reach * math.cos(angle), 5)
        kind, bare = name.split(" ", 1)
        streets.append(
            Street(
                name,
                *_forms(kind, bare),
                bare,
                districts[quarter],
                _houses(chance),
                latitude,
                longitude,
                {},
            )
        )
    weights = [chance.lognormvariate(0, 0.4) for _ in streets]
    shares = tuple(weight / sum(weights) for weight in weights)
    assets = _build_assets(chance, table["networks"], streets)
    head = (table["region"], table["municipality"], table["city"])
    recipients = table["recipients"]
    cumulated = tuple(accumulate(shares))
    return CityPlan(*head, districts, tuple(streets), assets, recipients, shares, cumulated)


def _forms(kind: str, bare: str) -> tuple[str, str, str]:
    """«на улице Садовой», «на Садовой», «ул. Садовая»."""
    oblique = bare
    for ending, other in (("ая", "ой"), ("яя", "ей"), ("ый", "ом"), ("ой", "ом"), ("ий", "ом")):
        if bare.endswith(ending) and kind in ("улица", "переулок"):
            oblique = bare[: -len(ending)] + other
    if kind == "улица":
        return f"на улице {oblique}", f"на {oblique}", f"ул. {bare}"
    if kind == "переулок":
        return (
            f"в переулке {bare}" if oblique == bare else f"в {oblique} переулке",
            (f"в {oblique} переулке"),
            f"пер. {bare}",
        )
    where = {"проспект": "на проспекте", "бульвар": "на бульваре"}[kind]
    short = {"проспект": "пр.", "бульвар": "б-р"}[kind]
    return f"{where} {bare}", f"{where} {bare}", f"{short} {bare}"


def _houses(chance: Random) -> tuple[str, ...]:
    numbers = range(1, chance.randint(20, 130))
    houses = [str(number) for number in chance.sample(numbers, min(len(numbers), 24))]
    return tuple(
        house + (chance.choice(("а", "б", "/1", "/2")) if chance.random() < 0.12 else "")
        for house in houses
    )


def _build_assets(
    chance: Random, networks: dict[str, dict[str, Any]], streets: list[Street]
) -> tuple[Asset, ...]:
    """Cut the city into stripes of a direction of its own for every network."""
    assets: list[Asset] = []
    for network, entry in networks.items():
        angle = chance.uniform(0, math.tau)
        along = [
            (street.latitude * math.sin(angle) + street.longitude * math.cos(angle), number)
            for number, street in enumerate(streets)
        ]
        order = [number for _, number in sorted(along)]
        count = entry["count"]
        numbers = chance.sample(range(1, 60), count)
        names = chance.sample(entry.get("names", [""] * count), count)
        for cut in range(count):
            members = order[cut * len(order) // count : (cut + 1) * len(order) // count]
            naming = {"n": numbers[cut], "name": names[cut]}
            name = entry["name"].format(**naming)
            inside, of, into = (entry.get(k, "").format(**naming) for k in ("in", "of", "into"))
            if network == "park":
                inside, of, into = _park(name)
            number = len(assets)
            visible = entry.get("visible", False)
            assets.append(
                Asset(number, network, name, inside, of, into, visible, tuple(sorted(members)))
            )
            for member in members:
                streets[member].assets[network] = number
    return tuple(assets)


def _park(name: str) -> tuple[str, str, str]:
    """«Речной сквер»: «в Речном сквере», «Речного сквера», «в Речной сквер»."""
    adjective, noun = name.split()
    stem = adjective[:-2]
    soft = adjective.endswith("ний")
    return (
        f"в {stem}{'ем' if soft else 'ом'} {noun}е",
        f"{stem}{'его' if soft else 'ого'} {noun}а",
        f"в {name}",
    )
