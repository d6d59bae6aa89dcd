"""What a place found in a text is."""

from dataclasses import dataclass
from enum import StrEnum


class PlaceKind(StrEnum):
    """Kinds of places; the value is the word a person sees."""

    STREET = "улица"
    HOUSE = "дом"
    DISTRICT = "район"
    SETTLEMENT = "населённый пункт"
    MICRODISTRICT = "микрорайон"
    SCHOOL = "школа"
    KINDERGARTEN = "детский сад"
    CLINIC = "медучреждение"
    STOP = "остановка"
    YARD = "двор"
    PARK = "парк"
    ROUTE = "маршрут"
    BRIDGE = "мост"
    MARKET = "рынок"
    SUBSTATION = "энергообъект"
    LANDMARK = "ориентир"


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """One place in a text.

    Parameters
    ----------
    kind : PlaceKind
        STREET carries its houses; HOUSE is a house whose street the text does not name.
    start, stop : int
        Offsets in the text, in characters, houses included.
    name : str
        Normal form for people: «проспект Путина», «школа № 12»; "" for HOUSE.
    key : str
        Street key for STREET and MICRODISTRICT, the lower-case name for the rest.
    houses : tuple of str
        «12», «12а», «12/3», «12 к2 стр1», in the order of the text.
    district : str or None
        From the gazetteer, where the place lies wholly in one district.
    known : bool
        Whether the gazetteer knows the place.
    """

    kind: PlaceKind
    start: int
    stop: int
    name: str
    key: str
    houses: tuple[str, ...] = ()
    district: str | None = None
    known: bool = False

    @property
    def house(self) -> str | None:
        """The first house, if any."""
        return self.houses[0] if self.houses else None
