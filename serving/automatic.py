"""The switch of automatic routing: a file that is only added to, so that it survives a restart.

Every process of the machine looks at it before each batch. Where nothing is said of a version its
automatic routing is on: the gates of its promotion have certified it. A file that cannot be read
means off: rather a person too many than an error too many.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAME = "automatic.jsonl"
LOG = logging.getLogger("otklik.serving")
MONITOR = "monitor"
"""In the place of a key: nobody but the monitor itself."""


@dataclass(frozen=True, slots=True)
class SwitchState:
    """One turn of the switch of one model version; `by` is the id of a key, or `monitor`."""

    version: str
    on: bool
    at: datetime
    by: str
    reason: str


class AutomaticSwitch:
    """Switches of all versions; may be shared by threads and processes.

    Parameters
    ----------
    folder : Path
        OTKLIK_VAR; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._stamp: tuple[int, int] | None = None
        self._states: dict[str, SwitchState] = {}
        self._broken = False

    def state(self, version: str) -> SwitchState | None:
        """The last turn of a version's switch; None where it was never turned."""
        self._refresh()
        return self._states.get(version)

    def halted(self, version: str) -> str | None:
        """Why a version may not route by itself, in Russian for staff; None where it may."""
        state = self.state(version)
        if self._broken:
            return f"автоматика выключена: файл {NAME} не читается"
        if state is None or state.on:
            return None
        return f"автоматика выключена: {state.reason}"

    def turn(
        self,
        version: str,
        *,
        on: bool,
        by: str,
        reason: str,
        only_if: Callable[[SwitchState | None], bool] = lambda _known: True,
    ) -> bool:
        """Turn the switch of a version; False where it stands so already, and nothing is written.

        On disk before anybody is told of it.

        Parameters
        ----------
        only_if : callable
            Asked of the last turn while nobody else can turn; where it says no, nothing is written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        number = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            known = self.state(version)
            if not only_if(known) or (on == (known is None or known.on) and not self._broken):
                return False
            state = SwitchState(version, on, datetime.now(UTC), by, reason)
            record = {
                "at": state.at.isoformat(),
                "version": version,
                "on": on,
                "by": by,
                "reason": reason,
            }
            size = os.fstat(number).st_size
            cut = size and os.pread(number, 1, size - 1) != b"\n"
            line = ("\n" if cut else "") + json.dumps(record, ensure_ascii=False) + "\n"
            os.write(number, line.encode())
            os.fsync(number)
        finally:
            os.close(number)
        return True

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._states, self._stamp, self._broken = {}, None, False
            return
        stamp = found.st_size, found.st_ino
        if stamp == self._stamp:
            return
        try:
            # What does not end with a line break was never written to its end.
            lines = self.path.read_bytes().split(b"\n")[:-1]
        except OSError as error:
            LOG.error("%s cannot be read: %s", self.path, error.strerror)
            self._broken = True
            return
        states: dict[str, SwitchState] = {}
        broken = False
        for number, line in enumerate(lines, start=1):
            try:
                state = _parse(line)
            except (ValueError, KeyError, TypeError) as error:
                LOG.error("%s, line %d is no turn of a switch (%r)", self.path, number, error)
                broken = True
            else:
                states[state.version] = state
                broken = False  # somebody has turned a switch since
        self._states, self._broken, self._stamp = states, broken, stamp


def _parse(line: bytes) -> SwitchState:
    record = json.loads(line)
    return SwitchState(
        str(record["version"]),
        bool(record["on"]),
        datetime.fromisoformat(record["at"]),
        str(record["by"]),
        str(record["reason"]),
    )
