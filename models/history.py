"""Which version answered when: a file that is only ever appended to.

Every line is one change of an alias, on disk before anybody is told of it, and carries the hash of
the line before: a line that was changed or taken out is noticed. What a killed process wrote by
half is no line and is cut off by the next one. The champion is whoever the last line names; MLflow
shows the same, but is not asked: answering must not depend on it.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadRegistry
from otklik.models.swap import locked

CHAMPION, CHALLENGER = "champion", "challenger"
NAME = "history.jsonl"
_START = "0" * 64
_MEND = "Restore the file from a copy; until then nothing is promoted."


class Change(StrEnum):
    """What may happen to a version."""

    REGISTERED = "registered"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Parameters
    ----------
    at : datetime
        With a time zone; never before the entry above.
    model : str
    change : Change
    version : int
        Who became challenger (registered) or champion (promoted, rolled back).
    by : str
        Account of whoever did it.
    reason : str
        Why gates were overruled, or what the person wrote.
    facts : dict
        Registered: `run`, `bundle` (version of the bundle), `folder` (within the registry's),
        `files` (hash of all files), `metrics`. Promoted: `gates`.
    """

    at: datetime
    model: str
    change: Change
    version: int
    by: str
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aliases:
    """Who is who in one model at one time.

    Parameters
    ----------
    champions : tuple of int
        The answering version last, before it those that a roll-back would bring back.
    challenger : int or None
        Latest registered version that was not promoted yet.
    """

    champions: tuple[int, ...] = ()
    challenger: int | None = None

    @property
    def champion(self) -> int | None:
        """The answering version."""
        return self.champions[-1] if self.champions else None

    def after(self, entry: Entry) -> "Aliases":
        """Aliases when an entry was made."""
        challenger = None if self.challenger == entry.version else self.challenger
        match entry.change:
            case Change.REGISTERED:
                return Aliases(self.champions, entry.version)
            case Change.PROMOTED:
                return Aliases((*self.champions, entry.version), challenger)
            case Change.ROLLED_BACK:
                return Aliases(self.champions[:-1], challenger)

    def names(self, version: int) -> list[str]:
        """Aliases of a version."""
        both = {CHAMPION: self.champion, CHALLENGER: self.challenger}
        return [name for name, holder in both.items() if holder == version]


class History:
    """The entries of every model of a registry.

    Parameters
    ----------
    folder : Path
        Of the registry; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def entries(self, model: str | None = None) -> list[Entry]:
        """All entries in their order, or those of one model.

        Raises
        ------
        BadRegistry
            A line was changed or is missing.
        """
        entries = [entry for entry, _ in self._read()]
        return entries if model is None else [one for one in entries if one.model == model]

    def aliases(self, model: str, at: datetime | None = None) -> Aliases:
        """Aliases of a model now, or as they were at a time (which needs a time zone)."""
        return aliases_of(self.entries(model), at)

    def append(self, entry: Entry) -> Entry:
        """Write an entry and wait until it is on disk; to be called under `held`.

        The time is moved up to that of the last entry where the clock went back.

        Returns
        -------
        Entry
            As it was written.
        """
        known = self._read()
        last, chain = known[-1] if known else (None, _START)
        at = max(entry.at, last.at) if last else entry.at
        made = Entry(
            at, entry.model, entry.change, entry.version, entry.by, entry.reason, entry.facts
        )
        record = _record(made) | {"before": chain}
        line = json.dumps(record | {"hash": _hash(record)}, ensure_ascii=False) + "\n"
        fresh = not self.path.exists()
        with self.path.open("r+b" if not fresh else "xb") as file:
            file.seek(0, os.SEEK_END)
            if not fresh:
                file.truncate(_whole_lines(self.path.read_bytes()))
                file.seek(0, os.SEEK_END)
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            _sync_folder(self.path.parent)
        return made

    def held(self) -> AbstractContextManager[None]:
        """Lock of the registry: changes come one after the other, the next one waits."""
        return locked(self.path)

    @property
    def hashes(self) -> list[str]:
        """Hash of every entry in order; the last one stands for the whole file."""
        return [chain for _, chain in self._read()]

    def _read(self) -> list[tuple[Entry, str]]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        known: list[tuple[Entry, str]] = []
        chain = _START
        for number, line in enumerate(data[: _whole_lines(data)].splitlines(), start=1):
            try:
                record: dict[str, Any] = json.loads(line)
                stated = record.pop("hash")
                entry = _entry(record)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadRegistry(
                    f"{self.path}, line {number} is no entry ({error!r}). {_MEND}"
                ) from error
            if record["before"] != chain or _hash(record) != stated:
                raise BadRegistry(
                    f"{self.path}, line {number} has hash {stated[:16]} and follows "
                    f"{record['before'][:16]}, but reads as {_hash(record)[:16]} after "
                    f"{chain[:16]}: it or the line above was changed. {_MEND}"
                )
            chain = stated
            known.append((entry, chain))
        return known


def aliases_of(entries: Sequence[Entry], at: datetime | None = None) -> Aliases:
    """Aliases after the entries of one model, those later than `at` left out."""
    aliases = Aliases()
    for entry in entries:
        if at is None or entry.at <= at:
            aliases = aliases.after(entry)
    return aliases


def _whole_lines(data: bytes) -> int:
    """Length of the part that ends with a line break: the rest was never finished."""
    return data.rfind(b"\n") + 1


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "model": entry.model,
        "change": entry.change.value,
        "version": entry.version,
        "by": entry.by,
        "reason": entry.reason,
        "facts": dict(entry.facts),
    }


def _entry(record: Mapping[str, Any]) -> Entry:
    return Entry(
        datetime.fromisoformat(record["at"]),
        record["model"],
        Change(record["change"]),
        int(record["version"]),
        record["by"],
        record["reason"],
        record["facts"],
    )


def _hash(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
