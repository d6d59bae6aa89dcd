"""An address of one line, as forms and portals print it, taken apart."""

import re

_HOUSE = re.compile(
    r"(?:дом|д|здание|зд|владение|вл)\.?\s*№?\s*(?=\d)|(?=\d+\s?[а-я]?(?:/\d+)?$)", re.I
)
_STREET = re.compile(
    r"\b(?:улица|ул|проспект|просп|пр-?к?т|переулок|пер|бульвар|б-р|шоссе|ш|набережная|наб"
    r"|площадь|пл|проезд|пр-д|тупик|туп|аллея|линия|дорога|микрорайон|мкр)\b",
    re.I,
)
_SETTLEMENT = re.compile(r"(?:г|город|с|село|п|пос|пгт|пос[её]лок|дер|деревня|ст-ца)\b", re.I)


def split_address(address: str) -> tuple[str | None, str | None]:
    """Street and house as they stand in the address; None for what it does not name.

    «г.Грозный, улица Мира, дом 3, корпус 1» gives «улица Мира» and «3, корпус 1». The street is
    what stands before the house, or bears a street's type.
    """
    parts = [part.strip() for part in address.split(",")]
    for place, part in enumerate(parts):
        if found := _HOUSE.match(part):
            house = ", ".join([part[found.end() :], *filter(None, parts[place + 1 :])])
            before = parts[place - 1] if place else ""
            named = before and (_STREET.search(before) or not _SETTLEMENT.match(before))
            return (before if named else None), house
    streets = [part for part in parts if _STREET.search(part)]
    return (streets[-1] if streets else None), None
