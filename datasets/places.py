"""Streets, houses, districts, settlements and assets that a message names."""

import re
from bisect import bisect
from dataclasses import replace

from otklik.datasets.asset_types import ASSET_TYPES, YARD_FORMS
from otklik.datasets.districts import DistrictMap, load_districts
from otklik.datasets.gazetteer import Gazetteer, load_gazetteer
from otklik.datasets.place_areas import DISTRICT_WORDS, AreaRules
from otklik.datasets.place_assets import AssetRules
from otklik.datasets.place_houses import read_marked_houses
from otklik.datasets.place_phrases import Phrases
from otklik.datasets.place_records import FoundPlace, PlaceKind
from otklik.datasets.place_streets import StreetRules
from otklik.datasets.place_tokens import Tokens, word_set
from otklik.datasets.records import Place
from otklik.datasets.settlement_types import SETTLEMENT_TYPES
from otklik.datasets.street_key import street_key
from otklik.datasets.street_types import STREET_TYPES

HOUSE_WORDS = word_set("дом дома доме дому домом домов домам домах домами д дд")
SHOW = re.compile(r"шоу|сери[яи]|тнт|телевиз|передач|смотр|проект|участни|пара|эфир")
SHOW_WINDOW = 40
CLAUSE_GAP = 45
YARD_GAP = 12
HOUSE_BEFORE_STREET = re.compile(r"\s*(?:,|по|на|\()?\s*")
CLAUSE_END = re.compile(r"[.!?;\n]\s")
ASSET_ORDER = (
    PlaceKind.SCHOOL, PlaceKind.KINDERGARTEN, PlaceKind.CLINIC, PlaceKind.PARK, PlaceKind.MARKET,
    PlaceKind.BRIDGE, PlaceKind.SUBSTATION, PlaceKind.STOP, PlaceKind.LANDMARK, PlaceKind.ROUTE,
    PlaceKind.YARD,
)  # fmt: skip


class PlaceFinder:
    """Finds the places a text names.

    Works on masked social text in any case of letters, with or without punctuation, in time that
    grows with the length of the text. Without a gazetteer it knows patterns, Russian morphology
    and the street names common to all towns; with one also bare names («на Сайханова яма»),
    former names and districts.

    Parameters
    ----------
    gazetteer : Gazetteer or None
        The city's places.

    Notes
    -----
    Holds only plain containers, so it can be pickled to a worker; building one takes about a
    tenth of a second.
    """

    def __init__(self, gazetteer: Gazetteer | None = None) -> None:
        self.gazetteer = gazetteer
        entries = gazetteer.entries if gazetteer else ()
        self._phrases = Phrases(entries, load_gazetteer("common").entries)
        self._streets = StreetRules(self._phrases)
        self._areas = AreaRules(self._phrases, gazetteer)
        self._assets = AssetRules(self._phrases, entries)
        self._elsewhere = PlaceFinder() if gazetteer is not None else None
        self._map: DistrictMap | None = None
        if gazetteer is not None and gazetteer.polygons is not None:
            names = frozenset(entry.name for entry in gazetteer.districts.values())
            self._map = load_districts(gazetteer.polygons, names)

    def find(self, text: str) -> tuple[FoundPlace, ...]:
        """Places in the order of the text; their spans do not overlap, but for yards.

        Examples
        --------
        >>> finder = PlaceFinder(load_gazetteer("grozny"))
        >>> [(p.name, p.house) for p in finder.find("на кадырова 12 яма")]
        [('проспект Кадырова', '12')]
        """
        tokens = Tokens(text)
        found: list[FoundPlace] = []
        yards: list[int] = []
        index = floor = 0
        while index < len(tokens):
            if tokens.word(index) in YARD_FORMS:
                yards.append(index)
            place = self._at(tokens, index, floor, found[-1] if found else None)
            if place is None or (found and place.start < found[-1].stop):
                index += 1
                continue
            found.append(place)
            index = floor = max(tokens.at_offset(index, place.stop), index + 1)
        return tuple(_with_yards(tokens, yards, _join_houses(tokens, found)))

    def resolve(
        self, text: str, given: Place, found: tuple[FoundPlace, ...] | None = None
    ) -> Place:
        """Complete what the source gave with what the text says.

        Given fields win, empty ones are filled. A given district is put under its present name;
        a missing one comes from the coordinates, else from the text, else from the street,
        settlement or asset, if the gazetteer knows that it lies wholly in one district. Nothing
        of the gazetteer is applied to a street of another town.

        Parameters
        ----------
        text : str
            Masked text of the message.
        given : Place
            As the source gave it.
        found : tuple of FoundPlace or None
            What `find` returned for the text, where it was asked before.
        """
        if self._elsewhere is not None and self._is_outside(given.settlement):
            return self._elsewhere.resolve(text, given)
        found = self.find(text) if found is None else found
        settlement = given.settlement or self._settlement(found)
        if self._elsewhere is not None and self._is_outside(settlement):
            return self._elsewhere.resolve(text, replace(given, settlement=settlement))
        address = _pick_address(found)
        street, key, house = given.street, given.street_key, given.house
        if street is None and address is not None:
            street, key = address.name, address.key
            house = house or address.house
        elif street is not None:
            key = key or self._street_key(street)
            house = house or _house_on(found, key)
        elif house is None:
            house = next((p.house for p in found if p.kind is PlaceKind.HOUSE), None)
        assets = [p.name for kind in ASSET_ORDER for p in found if p.kind is kind]
        return replace(
            given,
            settlement=settlement,
            district=self._district(given, found, key),
            street=street,
            street_key=key,
            house=house,
            asset=given.asset or (assets[0] if assets else None),
        )

    def _at(
        self, tokens: Tokens, index: int, floor: int, previous: FoundPlace | None
    ) -> FoundPlace | None:
        word = tokens.word(index)
        place: FoundPlace | None = None
        if word in DISTRICT_WORDS:
            place = self._areas.district(tokens, index, floor)
        if place is None and word in STREET_TYPES:
            place = self._streets.typed(tokens, index, floor)
        if place is None and word in HOUSE_WORDS:
            place = _lone_house(tokens, index)
        if place is None and word in SETTLEMENT_TYPES:
            place = self._areas.settlement(tokens, index)
        if place is None and word in ASSET_TYPES:
            place = self._assets.typed(tokens, index, floor)
        if place is not None or not self._phrases.at(tokens, index):
            return place
        return (
            self._assets.bare(tokens, index)
            or self._streets.bare(tokens, index, previous)
            or self._areas.bare(tokens, index)
        )

    def _settlement(self, found: tuple[FoundPlace, ...]) -> str | None:
        """The first settlement, the city itself only if there is no other."""
        names = [place.name for place in found if place.kind is PlaceKind.SETTLEMENT]
        city = self.gazetteer.city if self.gazetteer else None
        return next((name for name in names if name != city), names[0] if names else None)

    def _is_outside(self, settlement: str | None) -> bool:
        if self.gazetteer is None or settlement is None:
            return False
        return self.gazetteer.is_outside(settlement)

    def _street_key(self, street: str) -> str | None:
        entry = self.gazetteer.street(street) if self.gazetteer else None
        return entry.key if entry else street_key(street) or None

    def _district(self, given: Place, found: tuple[FoundPlace, ...], key: str | None) -> str | None:
        if self.gazetteer is None:
            return given.district or _district_named(found)
        if given.district is not None:
            return self.gazetteer.district(given.district) or given.district
        if self._map is not None and given.latitude is not None and given.longitude is not None:
            covering = self._map.find(given.latitude, given.longitude)
            if covering is not None:
                return covering
        named = _district_named(found)
        if named is not None:
            return named
        entry = self.gazetteer.streets.get(key) if key else None
        if entry is not None:
            return entry.district
        return next(
            (p.district for p in found if p.district and p.kind is not PlaceKind.STREET), None
        )


def _district_named(found: tuple[FoundPlace, ...]) -> str | None:
    return next((p.name for p in found if p.kind is PlaceKind.DISTRICT), None)


def _pick_address(found: tuple[FoundPlace, ...]) -> FoundPlace | None:
    """The first street with a house, else the first street, else the first microdistrict."""
    streets = [p for p in found if p.kind is PlaceKind.STREET]
    blocks = [p for p in found if p.kind is PlaceKind.MICRODISTRICT]
    candidates = (
        [p for p in streets if p.houses] + streets + [p for p in blocks if p.houses] + blocks
    )
    return candidates[0] if candidates else None


def _house_on(found: tuple[FoundPlace, ...], key: str | None) -> str | None:
    """House that the text names on the given street, or without any street."""
    for place in found:
        if place.houses and (place.key == key or place.kind is PlaceKind.HOUSE):
            return place.house
    return None


def _lone_house(tokens: Tokens, index: int) -> FoundPlace | None:
    houses = read_marked_houses(tokens, tokens.starts[index])
    if houses is None:
        return None
    start = tokens.starts[index]
    if houses.numbers == ("2",) and tokens.word(index) == "дом":
        around = tokens.low[max(0, start - SHOW_WINDOW) : houses.stop + SHOW_WINDOW]
        if SHOW.search(around):
            return None
    return FoundPlace(PlaceKind.HOUSE, start, houses.stop, "", "", houses.numbers)


def _join_houses(tokens: Tokens, found: list[FoundPlace]) -> list[FoundPlace]:
    """Give a lone house to its street: «дом 5 по улице Мира», «на Мира, во дворе дома 5»."""
    joined: list[FoundPlace] = []
    for place in found:
        last = joined[-1] if joined else None
        if last is not None and _is_address(place, last, tokens):
            street, house = (place, last) if last.kind is PlaceKind.HOUSE else (last, place)
            joined[-1] = replace(street, start=last.start, stop=place.stop, houses=house.houses)
        else:
            joined.append(place)
    return joined


def _is_address(place: FoundPlace, last: FoundPlace, tokens: Tokens) -> bool:
    streets = (PlaceKind.STREET, PlaceKind.MICRODISTRICT)
    between = tokens.low[last.stop : place.start]
    if last.kind is PlaceKind.HOUSE and place.kind in streets and not place.houses:
        return HOUSE_BEFORE_STREET.fullmatch(between) is not None
    if place.kind is PlaceKind.HOUSE and last.kind in streets and not last.houses:
        return len(between) <= CLAUSE_GAP and CLAUSE_END.search(between) is None
    return False


def _with_yards(tokens: Tokens, yards: list[int], found: list[FoundPlace]) -> list[FoundPlace]:
    """A yard is a place where the text gives its house in the same clause."""
    starts = [place.start for place in found]
    result = list(found)
    for index in yards:
        start, stop = tokens.starts[index], tokens.stops[index]
        after = bisect(starts, start)
        for place in (*found[after : after + 2], *reversed(found[max(0, after - 2) : after])):
            if place.houses and _is_yard_of(tokens, start, stop, place):
                stop = max(stop, place.stop)
                result.append(FoundPlace(PlaceKind.YARD, start, stop, "двор", "двор", place.houses))
                break
    return sorted(result, key=lambda place: (place.start, place.stop))


def _is_yard_of(tokens: Tokens, start: int, stop: int, place: FoundPlace) -> bool:
    if place.start >= stop:  # «во дворе дома 5»
        return place.start - stop < YARD_GAP and "." not in tokens.low[stop : place.start]
    if place.stop <= start:  # «Мира 5, мусор во дворе»
        between = tokens.low[place.stop : start]
        return len(between) < CLAUSE_GAP and CLAUSE_END.search(between) is None
    return True
