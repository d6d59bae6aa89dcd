"""How much nearer a message is to an event than chance would put it; what can never be one."""

import math
import re

from otklik.models.incident_event import Event
from otklik.models.incident_families import Scope
from otklik.models.incident_signal import Signal, distance_km

NEVER = -math.inf

SAME_HOUSE = math.log(60.0)
SAME_STREET = math.log(15.0)
SAME_ASSET = math.log(15.0)
UNSEEN = 3.0
"""Streets that an event is believed to reach beside those that were named."""
STREETS = 60.0
"""As many streets share the messages of a city, about: chance picks each so rarely."""
NEAR = math.log(8.0)
SAME_DISTRICT = math.log(2.0)
NO_PLACE = math.log(0.5)
OTHER_DISTRICT = math.log(0.15)
FAR = math.log(0.02)
_NEAR_KM, _FAR_KM = 1.0, 5.0
_PLANT = re.compile(
    r"подстанц|\bтп\b|\bрп\b|\bтп-|\bрп-|котельн|\bцтп\b|насосн|водовод|коллектор|теплотрасс"
    r"|теплопункт|\bгрп\b|газораспред|маршрут|автобус|трамва|троллейбус|маршрутк|электричк"
)
"""Assets that an event of a whole area may hang on; a school or a stop only tells where."""


def place_gain(signal: Signal, event: Event) -> float:
    """Logarithm of a likelihood ratio; `NEVER` where both cannot be one event.

    An event at a point is another one in another street, at another house, or at another asset of
    the same kind. An event of an area or a route is another one only at another plant or route.
    """
    if _other_asset(signal, event):
        return NEVER
    if event.scope is Scope.ROUTE:
        return SAME_ASSET if signal.asset in event.assets else NO_PLACE
    if event.scope is Scope.POINT:
        return _at_point(signal, event)
    if signal.asset and signal.asset in event.assets:
        return SAME_ASSET
    return _in_area(signal, event)


def _other_asset(signal: Signal, event: Event) -> bool:
    """Whether each names an asset of the same kind and they differ."""
    asset = signal.asset
    if not asset or not event.assets or asset in event.assets:
        return False
    if event.scope is not Scope.POINT and not _PLANT.search(asset):
        return False
    kind = asset.split()[0]
    return any(other.split()[0] == kind for other in event.assets)


def _at_point(signal: Signal, event: Event) -> float:
    if signal.street and event.streets and signal.street not in event.streets:
        return NEVER
    same_street = signal.street is not None and signal.street in event.streets
    if signal.house and event.houses and (same_street or not signal.street):
        if signal.house not in event.houses:
            return NEVER
        return SAME_HOUSE if same_street else NO_PLACE
    if same_street:
        return SAME_STREET
    if signal.asset and signal.asset in event.assets:
        return SAME_ASSET
    if signal.street or event.streets:
        return NO_PLACE + _district(signal, event)
    return _in_area(signal, event)


def _in_area(signal: Signal, event: Event) -> float:
    if signal.street and event.streets:
        return _by_streets(signal, event, signal.street)
    return _around(signal, event)


def _by_streets(signal: Signal, event: Event, street: str) -> float:
    """Streets that an event has reached tell more and more where it is not."""
    said = event.streets.total()
    once = sum(count == 1 for count in event.streets.values())
    unseen = (once + UNSEEN) / (said + UNSEEN + 0.5)
    if street in event.streets:
        return math.log((1.0 - unseen) * event.streets[street] / said * STREETS)
    return math.log(unseen) + _around(signal, event)


def _around(signal: Signal, event: Event) -> float:
    latitude, longitude = signal.place.latitude, signal.place.longitude
    if latitude is not None and longitude is not None and event.points:
        nearest = min(distance_km((latitude, longitude), point) for point in event.points)
        if nearest <= _NEAR_KM:
            return NEAR
        return FAR if nearest > _FAR_KM else NO_PLACE
    return _district(signal, event)


def _district(signal: Signal, event: Event) -> float:
    district = signal.place.district
    if not district or not event.districts:
        return NO_PLACE
    return SAME_DISTRICT if district in event.districts else OTHER_DISTRICT


def place_between(one: Event, other: Event) -> float:
    """The same for two events of one family."""
    for asset in one.assets:
        if other.assets and asset not in other.assets:
            kind = asset.split()[0]
            plant = one.scope is Scope.POINT or _PLANT.search(asset)
            if plant and any(name.split()[0] == kind for name in other.assets):
                return NEVER
    shared = one.assets.keys() & other.assets.keys()
    if one.scope is Scope.ROUTE:
        return SAME_ASSET if shared else NEVER
    if one.streets and other.streets and one.streets.keys().isdisjoint(other.streets):
        if one.scope is Scope.POINT:
            return NEVER
    elif one.streets and other.streets:
        if one.scope is Scope.POINT:
            if one.houses and other.houses and one.houses.keys().isdisjoint(other.houses):
                return NEVER
            return SAME_HOUSE if one.houses.keys() & other.houses.keys() else SAME_STREET
        return SAME_STREET
    if one.points and other.points:
        nearest = min(distance_km(point, far) for point in one.points for far in other.points)
        return NEAR if nearest <= _NEAR_KM else FAR if nearest > _FAR_KM else NO_PLACE
    if not one.districts or not other.districts:
        return NO_PLACE
    disjoint = one.districts.keys().isdisjoint(other.districts)
    return OTHER_DISTRICT if disjoint else SAME_DISTRICT
