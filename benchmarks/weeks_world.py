"""A world of its own for the main job: run it, measure it, kill it; part of `make bench-weeks`."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.settings import load_settings

OTKLIK = (sys.executable, "-c", "from otklik.pipelines.cli import main; main()")
CITY = "spb"
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True)
class Spent:
    """What a command took: seconds by the clock and of processors, and memory of all together."""

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class World:
    """A folder of its own to work in: store, models by link, reports."""

    var: Path

    @classmethod
    def new(cls, folder: Path, salt: Path | None = None) -> "World":
        """With the built models of the usual folder, and the salt of another world."""
        folder.mkdir(parents=True)
        (folder / "models").symlink_to((load_settings().var / "models").resolve())
        if salt is not None:
            shutil.copy(salt, folder / salt.name)
        return cls(folder)

    @property
    def reports(self) -> Path:
        """Where the weeks go."""
        return self.var / "reports"

    @property
    def errors(self) -> Path:
        """What the last command complained of."""
        return self.var / "errors.log"

    def complain(self, process: subprocess.Popen[bytes]) -> None:
        """End with the words of a command that failed."""
        if process.returncode:
            raise SystemExit(self.errors.read_text(encoding="utf-8")[-2000:])

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start `otklik` in a session of its own."""
        database = f"sqlite:///{self.var / 'otklik.db'}"
        ours = {"OTKLIK_VAR": str(self.var), "OTKLIK_CITY": CITY, "OTKLIK_DATABASE_URL": database}
        return subprocess.Popen(
            [*OTKLIK, *arguments],
            env={**os.environ, **ours},
            stdout=subprocess.DEVNULL,
            stderr=self.errors.open("wb"),
            start_new_session=True,
        )

    def run(self, arguments: Sequence[str]) -> Spent:
        """Run to the end and measure."""
        began, before, peak = time.monotonic(), os.times(), 0.0
        process = self.start(arguments)
        while process.poll() is None:
            peak = max(peak, session_mb(process.pid))
            time.sleep(0.2)
        self.complain(process)
        after = os.times()
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        return Spent(time.monotonic() - began, cpu, peak)

    def kill(self, arguments: Sequence[str], delay_s: float) -> bool:
        """Kill -9 the command after a while, none of its workers; False where it was done before.

        Workers that outlive it by ten seconds would write beside the next run.
        """
        process = self.start(arguments)
        try:
            process.wait(delay_s)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            until = time.monotonic() + 10
            while session_mb(process.pid) and time.monotonic() < until:
                time.sleep(0.1)
            if session_mb(process.pid):
                raise SystemExit(f"Workers of {arguments[0]} live on after kill -9.") from None
            return True
        self.complain(process)
        return False

    def bytes(self) -> dict[str, str]:
        """Hash of every file of the reports."""
        return {
            str(path.relative_to(self.reports)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.reports.rglob("*"))
            if path.is_file()
        }


def session_mb(session: int) -> float:
    """Memory of all processes of a session; pages that they share count in each."""
    pages = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # After the name: state, parent, group, session; the 24th of all is the resident set.
        if int(fields[3]) == session and fields[0] != "Z":
            pages += int(fields[21])
    return pages * PAGE_MB
