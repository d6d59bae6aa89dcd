"""Kinds of streets and every way people spell them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreetType:
    """One kind of street.

    `strict`: the word also means something else («площадь», «проезд», «линия»), so a name written
    in small letters needs the gazetteer or a surname to be believed.
    """

    name: str
    gender: str
    strict: bool = False


STREET = StreetType("улица", "femn")
AVENUE = StreetType("проспект", "masc")

_SPELLINGS: tuple[tuple[StreetType, str, str], ...] = (
    # type, full forms, abbreviations
    (STREET, "улица улицы улице улицу улицей улиц улицах улицам улицами", "ул ул-ца у-ца улиц"),
    (
        AVENUE,
        "проспект проспекта проспекту проспектом проспекте проспекты",
        "пр пр-т пр-кт просп пр-те пр-та пр-ту пр-том пр-кте пр-кту пр-кта",
    ),
    (
        StreetType("переулок", "masc"),
        "переулок переулка переулку переулком переулке",
        "пер пер-к пер-ке",
    ),
    (
        StreetType("бульвар", "masc"),
        "бульвар бульвара бульвару бульваром бульваре",
        "б-р бул бульв б-ре",
    ),
    (StreetType("шоссе", "neut"), "шоссе", "ш"),
    (
        StreetType("набережная", "femn", strict=True),
        "набережная набережной набережную",
        "наб",
    ),
    (
        StreetType("площадь", "femn", strict=True),
        "площадь площади площадью",
        "пл",
    ),
    (
        StreetType("проезд", "masc", strict=True),
        "проезд проезда проезду проездом проезде",
        "пр-д пр-зд прд",
    ),
    (StreetType("тупик", "masc", strict=True), "тупик тупика тупику тупиком тупике", "туп"),
    (StreetType("тракт", "masc", strict=True), "тракт тракта тракту трактом тракте", "тр-т"),
    (StreetType("линия", "femn", strict=True), "линия линии линию линией", "лин"),
    (StreetType("аллея", "femn", strict=True), "аллея аллеи аллее аллею аллеей", "ал"),
    (
        StreetType("квартал", "masc", strict=True),
        "квартал квартала кварталу кварталом квартале",
        "кв-л",
    ),
    (
        StreetType("микрорайон", "masc"),
        "микрорайон микрорайона микрорайону микрорайоном микрорайоне",
        "мкр мкрн мкр-н мк-н мкр-не мкрне мкр-на",
    ),
)

FULL: dict[str, StreetType] = {
    form: street_type for street_type, full, _ in _SPELLINGS for form in full.split()
}
SHORT: dict[str, StreetType] = {
    form: street_type for street_type, _, short in _SPELLINGS for form in short.split()
}
STREET_TYPES: dict[str, StreetType] = SHORT | FULL
BY_NAME: dict[str, StreetType] = {street_type.name: street_type for street_type, _, _ in _SPELLINGS}
MICRODISTRICT = BY_NAME["микрорайон"]
