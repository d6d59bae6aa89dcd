"""Prepare batches on every core, in order, with a bounded number under way."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice

from otklik.datasets.child_process import live_with_parent
from otklik.datasets.errors import WorkerLost
from otklik.datasets.records import Message
from otklik.datasets.settings import Settings
from otklik.datasets.store_intake import Intake
from otklik.pipelines.prepare import Preparer
from otklik.pipelines.terminal import uninterrupted

# Batches that wait for a worker or for the store: more only costs memory.
AHEAD_PER_WORKER = 2

_preparer: Preparer | None = None


def prepare_batches(
    batches: Iterator[list[Message]], preparer: Preparer, settings: Settings, *, ner: bool
) -> Iterator[list[Intake]]:
    """Prepare batches in order; a file of one batch never pays for starting workers.

    Raises
    ------
    WorkerLost
        A worker was ended from outside.
    """
    workers = settings.workers or os.cpu_count() or 1
    for batch in batches if workers == 1 else islice(batches, 1):
        yield preparer(batch)
    second = next(batches, None)
    if second is None:
        return
    # Spawned, not forked: the progress bar runs a thread, and a fork would copy its locks.
    pool = ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(settings, ner),
    )
    try:
        under_way: deque[Future[list[Intake]]] = deque()
        for batch in chain([second], batches):
            # A new worker inherits it: Ctrl-C is for this process alone, which ends the workers.
            with uninterrupted():
                under_way.append(pool.submit(_prepare, batch))
            if len(under_way) > workers * AHEAD_PER_WORKER:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerLost(
            "A process that masks messages was ended from outside, perhaps for want of memory. "
            "What was stored is kept: set OTKLIK_WORKERS=1 and run the import again."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _start(settings: Settings, ner: bool) -> None:
    global _preparer
    live_with_parent()
    _preparer = Preparer(settings, ner=ner)


def _prepare(messages: Sequence[Message]) -> list[Intake]:
    assert _preparer is not None
    return _preparer(messages)
