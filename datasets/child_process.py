"""Processes that work for another one, and must not outlive it."""

import multiprocessing
import os
import signal
import threading
from types import FrameType

GRACE_S = 5.0


def live_with_parent() -> None:
    """For the start of a worker: end with the process that started it, whatever ends that."""
    signal.signal(signal.SIGTERM, _end_soon)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _end_soon(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM for all: let the importer end its workers in order, a pool that loses one may hang.

    A broken pool sends it too, and waits until the worker is gone.
    """
    timer = threading.Timer(GRACE_S, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _die_with_parent() -> None:
    """A killed importer must not leave workers waiting for ever: they hold its queue open."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
