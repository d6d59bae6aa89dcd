"""Which rubricators are installed: the shipped ones and those an owner imported."""

from functools import lru_cache
from pathlib import Path

from otklik.datasets.errors import UnknownVersion
from otklik.datasets.rubricator import Rubricator
from otklik.datasets.rubricator_table import load_table_rubricator
from otklik.datasets.rubricator_toml import INDEX, load_toml_rubricator
from otklik.datasets.settings import load_settings

SHIPPED = Path(__file__).with_name("rubricators")
TITLES = {
    "im-perm-2023": "Инцидент Менеджмент, Пермский край, 2023 год",
    "pos-kursk-2022": "Платформа обратной связи, Курская область, 2022 год",
    "spb-2021": "Портал «Наш Санкт-Петербург», 2021 год",
}


def imported_folder() -> Path:
    """Where `otklik rubricator import` keeps the owner's own rubricators."""
    return load_settings().var / "rubricators"


def rubricator_versions() -> list[str]:
    """Versions that `load_rubricator` takes, sorted."""
    found = {path.parent.name for path in SHIPPED.glob(f"*/{INDEX}")}
    for folder in (SHIPPED, imported_folder()):
        found |= {path.stem for path in folder.glob("*.csv")}
    return sorted(found)


def load_rubricator(version: str) -> Rubricator:
    """Read a rubricator by version; a path of a CSV or of a TOML folder is taken too.

    Raises
    ------
    UnknownVersion
        Says which versions there are.
    BadRubricator
        The files contradict themselves.
    """
    for path in (Path(version), SHIPPED / version, imported_folder() / f"{version}.csv"):
        if (path / INDEX).is_file() or (path.suffix == ".csv" and path.is_file()):
            return _load(path)
    if (path := SHIPPED / f"{version}.csv").is_file():
        return _load(path)
    raise UnknownVersion(
        f"No rubricator {version!r}; there are {', '.join(rubricator_versions())}. "
        "`otklik rubricator import` adds your own."
    )


def _load(path: Path) -> Rubricator:
    changed = max(file.stat().st_mtime_ns for file in (path, *path.glob("*.toml")))
    return _load_once(path, changed)


@lru_cache(maxsize=16)
def _load_once(path: Path, _changed: int) -> Rubricator:
    if path.suffix == ".csv":
        return load_table_rubricator(path, TITLES.get(path.stem, ""))
    return load_toml_rubricator(path)
