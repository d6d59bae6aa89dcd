"""A bundle by any of its names: a folder, `champion`, `otklik@challenger`, `otklik/3`."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from otklik.datasets.errors import UnknownModel
from otklik.datasets.settings import load_settings
from otklik.models.history import CHALLENGER, CHAMPION, Change, Entry, History, aliases_of

MODEL = "otklik"
FOLDER = "mlflow"
_ALIAS = re.compile(rf"(?:(?P<model>[\w.-]+)@)?(?P<alias>{CHAMPION}|{CHALLENGER})")
_VERSION = re.compile(r"(?P<model>[\w.-]+)/(?P<version>\d{1,9})")


@dataclass(frozen=True, slots=True)
class Version:
    """A registered version, as the history tells it.

    Parameters
    ----------
    number : int
        As MLflow counts.
    folder : Path
        Its bundle.
    aliases : tuple of str
        At the time that was asked about.
    registered, promoted : Entry or None
        The entry that made it; the last one that made it champion.
    """

    model: str
    number: int
    folder: Path
    aliases: tuple[str, ...]
    registered: Entry
    promoted: Entry | None

    @property
    def facts(self) -> dict[str, Any]:
        """What was written at registration: `run`, `bundle`, `files`, `metrics`."""
        return dict(self.registered.facts)

    @property
    def name(self) -> str:
        """«otklik/3»."""
        return f"{self.model}/{self.number}"


def registry_folder() -> Path:
    """Where the registry stands: `mlflow` in OTKLIK_VAR."""
    return load_settings().var / FOLDER


def resolve_bundle(name: str, folder: Path | None = None) -> Path:
    """Folder of a bundle.

    Parameters
    ----------
    name : str
        A folder, or `champion`, `challenger`, `MODEL@champion`, `MODEL/VERSION`. A folder of that
        very name comes first.
    folder : Path or None
        Of the registry; None means the one in OTKLIK_VAR.

    Raises
    ------
    UnknownModel
        Neither a folder nor a registered version; the message lists what there is.
    BadRegistry
        The history was changed.
    """
    path = Path(name)
    if path.is_dir():
        return path
    alias = _ALIAS.fullmatch(name)
    number = _VERSION.fullmatch(name)
    if alias is None and number is None:
        raise UnknownModel(
            f"{name!r} is no folder and no name of a version. Give a bundle's folder, "
            f"{CHAMPION}, {CHALLENGER}, {MODEL}@{CHAMPION} or {MODEL}/3."
        )
    model = (alias or number)["model"] or MODEL  # type: ignore[index]
    versions = registered_versions(model, folder)
    for one in versions:
        if (alias and alias["alias"] in one.aliases) or (
            number and one.number == int(number["version"])
        ):
            return one.folder
    if not versions:
        raise UnknownModel(
            f"{name!r}: no version of {model} is registered. `otklik train` registers one; "
            "a folder can be given as well."
        )
    there = ", ".join(" ".join([one.name, *one.aliases]) for one in versions)
    raise UnknownModel(f"{name!r} is not registered; there are {there}.")


def default_bundle() -> Path:
    """Folder of the bundle that answers: the champion, or the shipped one while there is none.

    Raises
    ------
    BadRegistry
        The history was changed.
    """
    for one in registered_versions(MODEL):
        if CHAMPION in one.aliases:
            return one.folder
    return load_settings().var / "models" / "default"


def registered_versions(
    model: str, folder: Path | None = None, at: datetime | None = None
) -> list[Version]:
    """Versions of a model in order, with the aliases that they have now or had at a time.

    Raises
    ------
    BadRegistry
        The history was changed.
    """
    folder = folder or registry_folder()
    entries = [entry for entry in History(folder).entries(model) if at is None or entry.at <= at]
    aliases = aliases_of(entries)
    made: dict[int, Entry] = {}
    promoted: dict[int, Entry] = {}
    for entry in entries:
        if entry.change is Change.REGISTERED:
            made[entry.version] = entry
        else:
            promoted[entry.version] = entry
    return [
        Version(
            model,
            number,
            folder / entry.facts["folder"],
            tuple(aliases.names(number)),
            entry,
            promoted.get(number),
        )
        for number, entry in sorted(made.items())
    ]
