"""Kill -9 a command while it works: no chance to flush, roll back or say good-bye."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def kill_midway(
    command: Sequence[str | Path],
    *,
    begun: Callable[[], bool],
    delay_s: float,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 60,
) -> bool:
    """Start a command, wait until `begun()`, then `delay_s` more, then kill it and its children.

    Parameters
    ----------
    begun : callable
        Whether the work has started, seen from outside: a row in the database, a file that grew.
    env : mapping, optional
        Variables added to those of this process.

    Returns
    -------
    bool
        True when the kill met it alive, False when it had finished by itself.
    """
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + timeout_s
        while process.poll() is None and not begun():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{command[0]} did not begin within {timeout_s} s")
            time.sleep(0.002)
        time.sleep(delay_s)
    finally:
        killed = process.poll() is None
        if killed:
            os.killpg(process.pid, signal.SIGKILL)
        _, errors = process.communicate()
    if not killed and process.returncode:
        raise AssertionError(f"exit code {process.returncode}: {errors.decode()[-2000:]}")
    return killed
