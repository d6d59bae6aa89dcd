"""A city's places as a data file: districts, streets, settlements, parks, landmarks."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from otklik.datasets.errors import BadGazetteer
from otklik.datasets.place_records import PlaceKind
from otklik.datasets.settlement_types import SETTLEMENT_TYPES
from otklik.datasets.street_key import street_key

FOLDER = Path(__file__).with_name("gazetteers")
KINDS = {kind.name.lower(): kind for kind in PlaceKind}


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the file.

    `spellings` holds the name and every alias. `bare` says whether the place may be recognised
    without its type word («на Кадырова»); `outside` marks a neighbouring town.
    """

    kind: PlaceKind
    name: str
    key: str
    spellings: tuple[str, ...]
    district: str | None = None
    bare: bool = True
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Places of one city.

    Parameters
    ----------
    name : str
        Short name of the file («grozny»).
    city : str
        «Грозный»; empty for a file that belongs to no city.
    entries : tuple of Entry
        Streets, districts, settlements, …, in the order of the file.
    polygons : Path or None
        GeoJSON file of the districts' borders.
    """

    name: str
    city: str
    entries: tuple[Entry, ...]
    polygons: Path | None = None
    streets: dict[str, Entry] = field(init=False, repr=False, compare=False)
    districts: dict[str, Entry] = field(init=False, repr=False, compare=False)
    _inside: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        streets: dict[str, Entry] = {}
        districts: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.kind is PlaceKind.STREET:
                for spelling in entry.spellings:
                    streets.setdefault(street_key(spelling), entry)
            elif entry.kind is PlaceKind.DISTRICT:
                for spelling in entry.spellings:
                    districts.setdefault(fold(spelling), entry)
        object.__setattr__(self, "streets", streets)
        object.__setattr__(self, "districts", districts)
        inside = {_without_type(self.city)}
        for entry in self.entries:
            if entry.kind is PlaceKind.SETTLEMENT and not entry.outside:
                inside.update(map(_without_type, entry.spellings))
        object.__setattr__(self, "_inside", frozenset(inside))

    def street(self, name: str) -> Entry | None:
        """Street by any spelling of any of its names, former ones included."""
        return self.streets.get(street_key(name))

    def is_outside(self, settlement: str) -> bool:
        """Whether a settlement is neither the city nor one within it."""
        return _without_type(settlement) not in self._inside

    def district(self, name: str) -> str | None:
        """Present official name of a district given under any name, «район» or not."""
        entry = self.districts.get(fold(DISTRICT_WORD.sub(" ", name.lower())))
        return entry.name if entry else None


DISTRICT_WORD = re.compile(r"\b(?:район|р-н|район[ае])(?!\w)\.?")


def fold(name: str) -> str:
    """Lower case, «е» for «ё», single spaces."""
    return " ".join(name.lower().replace("ё", "е").split())


def _without_type(settlement: str) -> str:
    words = re.findall(r"[\w-]+", fold(settlement))
    return " ".join(word for word in words if word not in SETTLEMENT_TYPES)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Name = Annotated[str, Field(min_length=2)]


class _Place(_Strict):
    name: _Name
    aliases: tuple[_Name, ...] = ()
    district: str | None = None
    bare: bool = True


class _Settlement(_Place):
    outside: bool = False


class _District(_Strict):
    name: _Name
    aliases: tuple[_Name, ...] = ()


class _Object(_Place):
    kind: Literal[
        "school", "kindergarten", "clinic", "stop", "park", "bridge", "market", "landmark"
    ]


class _File(_Strict):
    name: str
    city: str
    polygons: str | None = None
    districts: tuple[_District, ...] = ()
    streets: tuple[_Place, ...] = ()
    settlements: tuple[_Settlement, ...] = ()
    microdistricts: tuple[_Place, ...] = ()
    objects: tuple[_Object, ...] = ()


def load_gazetteer(name_or_path: str | Path) -> Gazetteer:
    """Read and check a gazetteer.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped file (`grozny`, `spb`, `common`) or path of your own.

    Raises
    ------
    BadGazetteer
        No such file, bad TOML, unknown key, a district that is not listed, a name given twice.
        The message names file and line.
    """
    path = _path_of(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
        content = _File.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise BadGazetteer(f"{path.name}: cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadGazetteer(f"{path.name}: not TOML: {error}.") from error
    except ValidationError as error:
        raise BadGazetteer(_explain(path, text, error)) from error
    gazetteer = Gazetteer(
        content.name,
        content.city,
        tuple(_entries(content)),
        path.with_name(content.polygons) if content.polygons else None,
    )
    _check(gazetteer, path, text)
    return gazetteer


def _path_of(name_or_path: str | Path) -> Path:
    shipped = FOLDER / f"{name_or_path}.toml"
    path = shipped if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
        raise BadGazetteer(
            f"No gazetteer {str(name_or_path)!r}: neither a shipped one ({names}) nor a file."
        )
    return path


def _entries(content: _File) -> list[Entry]:
    entries = [
        Entry(PlaceKind.DISTRICT, item.name, fold(item.name), (item.name, *item.aliases))
        for item in content.districts
    ]
    groups: list[tuple[PlaceKind, tuple[_Place, ...]]] = [
        (PlaceKind.STREET, content.streets),
        (PlaceKind.SETTLEMENT, content.settlements),
        (PlaceKind.MICRODISTRICT, content.microdistricts),
        *((KINDS[item.kind], (item,)) for item in content.objects),
    ]
    for kind, items in groups:
        for item in items:
            key = _key(kind, item.name)
            spellings = (item.name, *item.aliases)
            outside = isinstance(item, _Settlement) and item.outside
            entries.append(
                Entry(kind, item.name, key, spellings, item.district, item.bare, outside)
            )
    return entries


def _key(kind: PlaceKind, name: str) -> str:
    if kind is PlaceKind.STREET:
        return street_key(name)
    if kind is PlaceKind.MICRODISTRICT:
        return street_key(f"микрорайон {name}")
    return fold(name)


def _check(gazetteer: Gazetteer, path: Path, text: str) -> None:
    named = {entry.name for entry in gazetteer.districts.values()}
    owners: dict[tuple[PlaceKind, str], Entry] = {}
    for entry in gazetteer.entries:
        if entry.district is not None and entry.district not in named:
            line = _line_of(text, entry.name, entry.district)
            raise BadGazetteer(
                f"{path.name}, line {line}: {entry.name!r} lies in district {entry.district!r}, "
                f"which is not listed; listed: {', '.join(sorted(named)) or 'none'}."
            )
        for spelling in entry.spellings:
            key = _key(entry.kind, spelling)
            other = owners.setdefault((entry.kind, key), entry)
            if other is not entry:
                raise BadGazetteer(
                    f"{path.name}, line {_line_of(text, entry.name, spelling)}: {spelling!r} of "
                    f"{entry.name!r} is also a name of {other.name!r}; leave it to one of them."
                )
    if gazetteer.polygons is not None and not gazetteer.polygons.is_file():
        line = _line_of(text, "polygons", gazetteer.polygons.name)
        raise BadGazetteer(
            f"{path.name}, line {line}: no file {gazetteer.polygons.name!r} beside it."
        )


def _line_of(text: str, *needles: str) -> int:
    lines = text.splitlines()
    for wanted in (needles, needles[:1]):
        for number, line in enumerate(lines, start=1):
            if all(needle in line for needle in wanted):
                return number
    return 1


def _explain(path: Path, text: str, error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    owner: object = tomllib.loads(text)
    for part in first["loc"][:-1]:
        owner = owner[part] if isinstance(owner, list | dict) else None  # type: ignore[index]
    name = str(owner.get("name", "")) if isinstance(owner, dict) else ""
    needles = (name, str(first["loc"][-1])) if name else (str(first["loc"][-1]),)
    return (
        f"{path.name}, line {_line_of(text, *needles)}: {where}: {first['msg']} "
        f"(given: {first['input']!r})."
    )
