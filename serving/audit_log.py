"""Who read or changed what: lines that are only ever added, each with the hash of the one before.

A line that was changed or taken out is noticed by `check`. Several processes may write: each line
is added under the file's lock. Ids of messages stand in it, never their words.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadAudit

NAME = "audit.jsonl"
_START = "0" * 64
_TAIL = 1 << 16


class AuditLog:
    """The audit of one installation.

    Parameters
    ----------
    folder : Path
        OTKLIK_VAR; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def add(self, action: str, key: str, facts: Mapping[str, Any]) -> None:
        """Write one line.

        Parameters
        ----------
        action : str
            What was done: `read_message`, `add_key`.
        key : str
            Id of the key, `loopback` without one, `console` on the command line.
        facts : mapping
            Ids, status, counts; nothing that a resident wrote.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            record = {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "action": action,
                "key": key,
                **facts,
                "before": _last_hash(number),
            }
            line = json.dumps(record | {"hash": _hash(record)}, ensure_ascii=False) + "\n"
            os.write(number, line.encode())
        finally:
            os.close(number)

    def check(self) -> int:
        """Count the lines, all of which must follow from the ones before.

        Raises
        ------
        BadAudit
            Names the first line that does not.
        """
        before, lines = _START, 0
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            for lines, line in enumerate(file, start=1):
                try:
                    record = json.loads(line)
                    stated = record.pop("hash")
                    follows = record["before"] == before and _hash(record) == stated
                except (ValueError, KeyError, TypeError, AttributeError):
                    follows = False
                if not follows:
                    raise BadAudit(
                        f"{self.path}, line {lines} does not follow from the line above: one of "
                        "them was changed, or one between them removed. Compare with a copy."
                    )
                before = stated
        return lines


def _last_hash(number: int) -> str:
    size = os.fstat(number).st_size
    tail = os.pread(number, _TAIL, max(0, size - _TAIL))
    if not tail:
        return _START
    if not tail.endswith(b"\n"):
        # What a power cut left by half: closed, so that it stays one bad line and not two.
        os.write(number, b"\n")
    try:
        return str(json.loads(tail.splitlines()[-1])["hash"])
    except (ValueError, KeyError, TypeError):
        return hashlib.sha256(tail.splitlines()[-1]).hexdigest()


def _hash(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
