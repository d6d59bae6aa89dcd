"""Micro-batches of what is waiting already: nothing waits for company, and nothing piles up.

Everything happens on the event loop but the work itself, which threads do. A message's turn comes
by the moment until which its caller would wait. Who would have to wait longer, as the measured pace
says, is refused at once; so what is taken stays fast under any load. The messages of a large
request are due one after the other, at half the pace that there is: 256 of them do not stand in the
way of the single one that comes a moment later.
"""

import asyncio
from bisect import insort
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate
from math import ceil
from threading import Barrier
from typing import Generic, TypeVar

from otklik.serving.pace import Pace
from otklik.serving.problems import Problem

Item = TypeVar("Item")
Result = TypeVar("Result")

LIKE = 2.0
"""Messages of a batch are at most so many times as long as the shortest of it."""
SHARE = 0.5
"""Of the pace, for one large request."""
MOST_RETRY_S = 60
IDLE_S = 2.0
"""So long without work, and nobody counts any more on those who were told to come again."""


@dataclass(order=True)
class _Waiting(Generic[Item, Result]):
    due: float
    number: int
    item: Item = field(compare=False)
    tokens: int = field(compare=False)
    stale_at: float = field(compare=False)
    late_at: float = field(compare=False)
    done: "asyncio.Future[Result]" = field(compare=False)


class BatchQueue(Generic[Item, Result]):
    """Puts waiting items into batches for a few threads.

    Parameters
    ----------
    work : callable
        Items → as many results; called in a thread.
    tokens_of : callable
        What an item costs, in tokens, about.
    workers : int
        Threads.
    batch_tokens, waiting_tokens : int
        Budget of a batch, and of all that waits.
    wait_s : float
        How long a caller waits for its turn who does not say.
    deadline_s : float
        So long after its turn should have come, a message is given up: the pace was misjudged. A
        single one already when it has waited twice as long as its caller would, if others are
        refused meanwhile: they would be answered sooner.
    observe : callable
        Told of each batch: items, tokens, seconds.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result]],
        tokens_of: Callable[[Item], int],
        *,
        workers: int,
        batch_tokens: int,
        waiting_tokens: int,
        wait_s: float,
        deadline_s: float,
        observe: Callable[[int, int, float], None] = lambda _items, _tokens, _seconds: None,
    ) -> None:
        self._work, self._tokens_of, self._observe = work, tokens_of, observe
        self._workers, self._free = workers, workers
        self._batch_tokens, self._most_waiting = batch_tokens, waiting_tokens
        self._wait_s, self._deadline_s = wait_s, deadline_s
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="otklik-batch")
        self._waiting: list[_Waiting[Item, Result]] = []
        self._pace = Pace()
        self._numbers = 0
        self._ends: dict[asyncio.Task[None], float] = {}
        self._promised = self._idle_since = 0.0
        self._closed = False
        self.waiting_tokens = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def wait_s(self) -> float:
        """Seconds after which the turn of whoever comes now and is taken comes, about."""
        return self._until(self._now() + self._wait_s)

    @property
    def tokens_per_s(self) -> float:
        """Of all threads, in full batches."""
        full = self._batch_tokens
        return self._workers * full / self._pace.batch_s(full)

    def check_room(self, tokens: int, wait_s: float | None = None) -> None:
        """Refuse what `submit` would refuse for want of time, before more is done for it.

        Parameters
        ----------
        tokens : int
            That it costs, about.

        Raises
        ------
        Problem
            `overloaded`
        """
        now = self._now()
        wait_s = self._wait_s if wait_s is None else wait_s
        if self._waiting and self._until(now + wait_s) > wait_s:
            raise self._refused(tokens, wait_s, now)

    async def submit(self, items: Sequence[Item], wait_s: float | None = None) -> list[Result]:
        """Results of all items of a request, in order.

        Parameters
        ----------
        wait_s : float or None
            How long the caller would wait for the turn of the first one.

        Raises
        ------
        Problem
            `overloaded`: the queue is full, or the turn would come too late.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        wait_s = self._wait_s if wait_s is None else wait_s
        costs = [self._tokens_of(item) for item in items]
        pace = self.tokens_per_s * SHARE
        before = list(accumulate(costs, initial=0))
        dues = [now + wait_s + tokens / pace for tokens in before[:-1]]
        if not self._has_room(costs, dues, now):
            raise self._refused(sum(costs), wait_s, now)
        futures = []
        for item, tokens, due in zip(items, costs, dues, strict=True):
            self._numbers += 1
            future: asyncio.Future[Result] = loop.create_future()
            # Of a larger request, work was done already: one that is late would spoil it.
            stale_at = due + (wait_s if len(items) == 1 else self._deadline_s)
            late_at = due + self._deadline_s
            waiting = _Waiting(due, self._numbers, item, tokens, stale_at, late_at, future)
            insort(self._waiting, waiting)
            futures.append(future)
        self.waiting_tokens += before[-1]
        self._start()
        try:
            return list(await asyncio.gather(*futures))
        except BaseException:
            # One failed, or the client is gone: nobody will read the others.
            for future in futures:
                future.cancel()
            raise

    async def prepare(self, ready: Callable[[], None]) -> None:
        """Call something once in each thread."""
        together = Barrier(self._workers)

        def prepared() -> None:
            together.wait()  # no thread takes a second turn before each has had its first
            ready()

        loop = asyncio.get_running_loop()
        turns = (loop.run_in_executor(self._threads, prepared) for _ in range(self._workers))
        await asyncio.gather(*turns)

    async def close(self) -> None:
        """Finish what runs; what waits is refused."""
        self._closed = True
        for one in self._waiting:
            if not one.done.done():
                one.done.set_exception(Problem("overloaded", retry_after_s=1))
        self._waiting.clear()
        self.waiting_tokens = 0
        await asyncio.gather(*self._ends, return_exceptions=True)
        self._threads.shutdown(wait=False)

    def _has_room(self, costs: Sequence[int], dues: Sequence[float], now: float) -> bool:
        # An idle queue takes any request: it could never be answered otherwise.
        if not self._waiting:
            return True
        if self.waiting_tokens + sum(costs) > self._most_waiting:
            return False
        if now + self._until(dues[0]) > dues[0]:
            return False
        own = sum(costs[:-1]) / self.tokens_per_s
        return now + self._until(dues[-1]) + own <= dues[-1]

    def _until(self, due: float) -> float:
        """Seconds until everything is begun that is due before."""
        ahead = 0
        for one in self._waiting:
            if one.due > due:
                break
            ahead += one.tokens
        free = 0.0 if self._free else max(0.0, min(self._ends.values()) - self._now())
        return free + ahead / self.tokens_per_s

    def _refused(self, tokens: int, wait_s: float, now: float) -> Problem:
        """Whom all of them may come again: each after the work of those who were told before."""
        begins = max(self._promised, now + max(0.0, self._until(now + wait_s) - wait_s))
        self._promised = min(begins + tokens / self.tokens_per_s, now + MOST_RETRY_S)
        return Problem("overloaded", retry_after_s=max(1, ceil(self._promised - now)))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _start(self) -> None:
        now = self._now()
        if not self._ends and now > self._idle_since + IDLE_S:
            self._promised = now
        while self._free and (batch := self._next_batch()):
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._run(batch))
            self._ends[task] = now + self._pace.batch_s(sum(one.tokens for one in batch))
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        del self._ends[task]
        self._free += 1
        self._idle_since = self._now()
        if not self._closed:
            self._start()

    def _next_batch(self) -> list[_Waiting[Item, Result]]:
        """The first in turn, and those behind it that are of like length, within the budget."""
        batch: list[_Waiting[Item, Result]] = []
        kept: list[_Waiting[Item, Result]] = []
        now = self._now()
        crowded = len(self._waiting) > 1 and self.wait_s > self._wait_s
        budget = self._batch_tokens
        low = high = 0.0
        for place, one in enumerate(self._waiting):
            if one.done.done():
                self.waiting_tokens -= one.tokens
            elif one.late_at < now or (crowded and one.stale_at < now):
                self.waiting_tokens -= one.tokens
                one.done.set_exception(self._refused(one.tokens, self._wait_s, now))
            elif not batch or (one.tokens <= budget and low <= one.tokens <= high):
                if not batch:
                    low, high = one.tokens / LIKE, one.tokens * LIKE
                batch.append(one)
                budget -= one.tokens
                self.waiting_tokens -= one.tokens
            else:
                kept.append(one)
            if budget <= 0:
                kept += self._waiting[place + 1 :]
                break
        self._waiting = kept
        return batch

    async def _run(self, batch: list[_Waiting[Item, Result]]) -> None:
        loop = asyncio.get_running_loop()
        tokens = sum(one.tokens for one in batch)
        began = loop.time()
        try:
            results = await loop.run_in_executor(
                self._threads, self._attempt, [one.item for one in batch]
            )
        except BaseException as error:
            results = [error] * len(batch)
        seconds = loop.time() - began
        self._pace.observe(tokens, seconds)
        self._observe(len(batch), tokens, seconds)
        for one, result in zip(batch, results, strict=True):
            if one.done.done():
                continue
            if isinstance(result, BaseException):
                one.done.set_exception(result)
            else:
                one.done.set_result(result)

    def _attempt(self, items: list[Item]) -> list[Result | BaseException]:
        """Results, or errors in the place of those that have none: one item spoils no other."""
        try:
            return list(self._work(items))
        except Exception as error:
            if len(items) == 1:
                return [error]
            return [result for item in items for result in self._attempt([item])]
