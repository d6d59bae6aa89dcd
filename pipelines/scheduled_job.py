"""One run of a job: alone, tried again when it fails, told of when it fails for good."""

import fcntl
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from otklik.datasets.errors import Busy
from otklik.pipelines.alert import send_alert
from otklik.pipelines.schedule_settings import Job, Retraining, Schedule, Weekly
from otklik.pipelines.week import Week

LOG = logging.getLogger("otklik.schedule")
LOCK = "schedule.lock"
TOLD_CHARS = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job went: whether it succeeded, after how many tries, and its last words."""

    done: bool
    tries: int
    words: str


def command_of(job: Job, var: Path, today: date) -> list[str]:
    """The command that does a job, as arguments of `otklik`."""
    if isinstance(job, Weekly):
        week = Week.of(today - timedelta(days=7))
        return ["weekly", "--week", week.name, "--out", str(var / job.out)]
    assert isinstance(job, Retraining)
    return ["train", job.preset, "--data", str(job.data), "--heads-only", "--corrections"]


def run_job(
    name: str,
    schedule: Schedule,
    var: Path,
    today: date,
    *,
    sleep: Callable[[float], None] = time.sleep,
    call: Callable[[Sequence[str]], tuple[int, str]] | None = None,
) -> Outcome:
    """Run a job now; other jobs wait outside, a failure is tried again and then told.

    Parameters
    ----------
    call : callable or None
        Runs `otklik` with arguments and returns exit code and last words; None starts a process.

    Raises
    ------
    Busy
        Another job runs.
    """
    job = schedule.jobs[name]
    arguments = command_of(job, var, today)
    call = call or _call
    words, wait = "", job.wait_s
    with _alone(var):
        for attempt in range(1, job.retries + 2):
            code, words = call(arguments)
            if code == 0:
                LOG.info("job %s done after %d tries", name, attempt)
                return Outcome(True, attempt, words)
            LOG.warning("job %s failed, try %d: %s", name, attempt, words)
            if attempt <= job.retries:
                sleep(wait)
                wait *= 2
    send_alert(schedule.alert, name, words)
    return Outcome(False, job.retries + 1, words)


def _call(arguments: Sequence[str]) -> tuple[int, str]:
    code = "from otklik.pipelines.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode, " ".join(said[-1:])[:TOLD_CHARS]


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    """The lock goes with the process: nothing is left behind by a kill."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(
                f"Another job holds {var / LOCK}. Wait until it has finished, then repeat."
            ) from error
        yield
