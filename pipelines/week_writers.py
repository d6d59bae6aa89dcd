"""The reports of frozen weeks, written while the next week is read."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from types import TracebackType
from typing import Self

from otklik.datasets.child_process import live_with_parent
from otklik.datasets.errors import WorkerLost
from otklik.pipelines.terminal import uninterrupted
from otklik.pipelines.weekly import Frozen, write_reports

MOST = 4
"""Each holds the stored week in memory, and a week has a score of reports at the most."""
Advance = Callable[[str], None]
_NEEDED = ("docx", "xlsxwriter", "matplotlib.backends.backend_agg", "matplotlib.figure")


class Writers:
    """Processes that write reports; with one worker this process writes them itself.

    Parameters
    ----------
    workers : int
        How many reports are written at once, up to `MOST`.
    """

    def __init__(self, workers: int = 1) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._workers = min(workers, MOST)

    def __enter__(self) -> Self:
        if self._workers > 1:
            # Spawned, not forked: a fork would copy the locks of the encoder's threads.
            self._pool = ProcessPoolExecutor(
                max_workers=self._workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=live_with_parent,
            )
            with uninterrupted():
                for _ in range(self._workers):
                    # The libraries of charts and documents are loaded while the week is read.
                    self._pool.submit(_load)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def begin(self, frozen: Frozen, advance: Advance = lambda _name: None) -> Callable[[], int]:
        """Begin to write a week; the returned function waits for it and says how many were made.

        Raises
        ------
        Contradiction, UntracedNumber
            Here or by the returned function: numbers that must agree do not.
        WorkerLost
            By the returned function: a process was ended from outside.
        """
        names = list(frozen.reports)
        if self._pool is None:
            made = write_reports(frozen, names, advance)
            return lambda: made
        with uninterrupted():
            # The first names are the large ones: dealt out like cards, they are spread.
            shares = [names[first :: self._workers] for first in range(self._workers)]
            begun = [self._pool.submit(write_reports, frozen, share) for share in shares if share]
        return lambda: _wait(begun)


def _wait(begun: list[Future[int]]) -> int:
    try:
        return sum(one.result() for one in begun)
    except BrokenProcessPool as error:
        raise WorkerLost(
            "A process that writes reports was ended from outside, perhaps for want of memory. "
            "What is written is kept: set OTKLIK_WORKERS=1 and run the week again."
        ) from error


def _load() -> None:
    """Import what writing needs."""
    for name in _NEEDED:
        import_module(name)
