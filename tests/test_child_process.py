"""Workers end with the process that started them, even if nothing told them to."""

import os
import signal
import subprocess
import sys
import time

import pytest

STARTS_WORKERS = """
import sys
from otklik.models.normalise import normalise_many

if __name__ == "__main__":
    normalise_many([f"Нет воды в доме {number}, ждём" for number in range(2_000_000)], workers=2)
"""


def children_of(parent):
    children = f"/proc/{parent}/task/{parent}/children"
    with open(children, encoding="ascii") as file:
        return [int(number) for number in file.read().split()]


def is_alive(process):
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(happened, seconds=60):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="needs /proc of Linux")
def test_workers_of_a_killed_training_do_not_live_on(tmp_path):
    script = tmp_path / "masks.py"
    script.write_text(STARTS_WORKERS, encoding="utf-8")
    parent = subprocess.Popen([sys.executable, script], start_new_session=True)
    try:
        # The helper that tracks shared resources, and two workers.
        wait_until(lambda: len(children_of(parent.pid)) >= 3)
        workers = children_of(parent.pid)
        time.sleep(3)  # until they are masking
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_until(lambda: not any(map(is_alive, workers)))
    finally:
        if parent.poll() is None:
            os.killpg(parent.pid, signal.SIGKILL)
