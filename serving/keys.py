"""Keys of the interface: only their hashes are kept, each has scopes and an end."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadKeys
from otklik.models.swap import locked

NAME = "keys.json"
FORMAT = 1
PREFIX = "otk"
SECRET_BYTES = 32


class Scope(StrEnum):
    """What a key may do."""

    CLASSIFY = "classify"
    READ = "read"
    LABEL = "label"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret.

    Parameters
    ----------
    id : str
        Stands in logs and in the audit.
    name : str
        Whose it is.
    digest : str
        SHA-256 of the secret, which is random and long: nothing slower is needed.
    scopes : tuple of str
        Of `Scope`; `admin` does not include the others.
    rate_per_minute : int or None
        Its own limit; 0 means any number, None the one of the service.
    """

    id: str
    name: str
    digest: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    rate_per_minute: int | None = None

    def state(self, now: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


class KeyFile:
    """The keys of one installation; changes come one after the other, readers see whole files.

    Parameters
    ----------
    folder : Path
        OTKLIK_VAR; the file is readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._stamp: tuple[int, int] | None = None
        self._keys: dict[str, Key] = {}

    def listed(self) -> list[Key]:
        """All keys, revoked ones too, in the order of their making.

        Raises
        ------
        BadKeys
            The file cannot be read.
        """
        self._refresh()
        return list(self._keys.values())

    def find(self, token: str) -> Key | None:
        """The valid key whose token this is; what takes how long tells nothing of the secret."""
        self._refresh()
        prefix, _, rest = token.partition("_")
        id, _, secret = rest.partition("_")
        key = self._keys.get(id)
        digest = key.digest if key else "0" * 64
        same = hmac.compare_digest(_digest(secret).encode(), digest.encode())
        if not same or key is None or prefix != PREFIX:
            return None
        return key if key.state(datetime.now(UTC)) == "valid" else None

    def add(
        self,
        name: str,
        scopes: Iterable[Scope],
        *,
        expires_at: datetime | None = None,
        rate_per_minute: int | None = None,
        replaces: str | None = None,
        overlap: timedelta = timedelta(),
    ) -> tuple[Key, str]:
        """Make a key.

        Parameters
        ----------
        replaces : str or None
            Key that ends when `overlap` is over: time to bring the new one to its user.

        Returns
        -------
        (Key, str)
            The key and its token, which is shown this once.

        Raises
        ------
        BadKeys
            No key of that id to replace; or the file cannot be used.
        """
        now = datetime.now(UTC)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with self._changing():
            key = Key(
                self._fresh_id(),
                name,
                _digest(secret),
                tuple(sorted(set(map(str, scopes)))),
                now,
                expires_at,
                None,
                rate_per_minute,
            )
            if replaces is not None:
                old = self._known(replaces)
                ends = min(now + overlap, old.expires_at or now + overlap)
                self._keys[old.id] = replace(old, expires_at=ends)
            self._keys[key.id] = key
            self._write()
        return key, f"{PREFIX}_{key.id}_{secret}"

    def revoke(self, id: str) -> Key:
        """End a key now; a key that was revoked before keeps its time.

        Raises
        ------
        BadKeys
            No key of that id.
        """
        with self._changing():
            key = self._known(id)
            if key.revoked_at is None:
                key = self._keys[id] = replace(key, revoked_at=datetime.now(UTC))
                self._write()
        return key

    def _known(self, id: str) -> Key:
        if id not in self._keys:
            raise BadKeys(f"No key {id!r} in {self.path}; `otklik key list` shows the ids.")
        return self._keys[id]

    def _fresh_id(self) -> str:
        while (id := secrets.token_hex(4)) in self._keys:
            pass
        return id

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with locked(self.path):
            self._refresh()
            yield

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
            stamp = found.st_mtime_ns, found.st_ino
            if stamp != self._stamp:
                self._keys = _parse(self.path)
                self._stamp = stamp
        except FileNotFoundError:
            self._keys, self._stamp = {}, None
        except OSError as error:
            raise BadKeys(f"{self.path} cannot be read: {error.strerror}.") from error

    def _write(self) -> None:
        record = {"format": FORMAT, "keys": [_record(key) for key in self._keys.values()]}
        part = self.path.with_name(f".{NAME}.{os.getpid()}")
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(record, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)
        self._stamp = None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _record(key: Key) -> dict[str, Any]:
    times = {
        name: value.isoformat()
        for name, value in asdict(key).items()
        if isinstance(value, datetime)
    }
    return asdict(key) | times


def _parse(path: Path) -> dict[str, Key]:
    try:
        record = json.loads(path.read_bytes())
        if record["format"] != FORMAT:
            raise BadKeys(
                f"{path} has format {record['format']!r}, this version of otklik reads {FORMAT}. "
                "Use the version that wrote it."
            )
        keys = [_key(entry) for entry in record["keys"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadKeys(f"{path} is no file of keys ({error!r}). Restore it from a copy.") from error
    return {key.id: key for key in keys}


def _key(entry: dict[str, Any]) -> Key:
    for name in ("created_at", "expires_at", "revoked_at"):
        entry[name] = datetime.fromisoformat(entry[name]) if entry[name] else None
    return Key(**entry | {"scopes": tuple(entry["scopes"])})
