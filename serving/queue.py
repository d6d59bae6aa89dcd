"""Micro-batches of what is waiting already: nothing waits for company, and nothing piles up.

Everything happens on the event loop but the work itself, which threads do. A message's turn comes
by the moment it arrived plus the time that the messages before it in the same request will take:
a request of 256 messages does not stand in the way of the single one that comes a moment later.
"""

import asyncio
from bisect import insort
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import ceil
from threading import Barrier
from typing import Generic, TypeVar

from otklik.serving.problems import Problem

Item = TypeVar("Item")
Result = TypeVar("Result")

LIKE = 2.0
"""Messages of a batch are at most so many times as long as the shortest of it."""
_GUESS_TOKENS_PER_S = 4000.0
_SMOOTHING = 0.1
_LEAST_S = 0.005


@dataclass(order=True)
class _Waiting(Generic[Item, Result]):
    turn: float
    number: int
    item: Item = field(compare=False)
    tokens: int = field(compare=False)
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
    deadline_s : float
        Longest wait for the turn.
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
        deadline_s: float,
        observe: Callable[[int, int, float], None] = lambda _items, _tokens, _seconds: None,
    ) -> None:
        self._work, self._tokens_of, self._observe = work, tokens_of, observe
        self._workers, self._free = workers, workers
        self._batch_tokens, self._most_waiting = batch_tokens, waiting_tokens
        self._deadline_s = deadline_s
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="otklik-batch")
        self._waiting: list[_Waiting[Item, Result]] = []
        self._rate = _GUESS_TOKENS_PER_S  # of one thread
        self._numbers = 0
        self._running: set[asyncio.Task[None]] = set()
        self.waiting_tokens = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def wait_s(self) -> float:
        """Seconds that whoever comes now is going to wait."""
        return self.waiting_tokens / (self._rate * self._workers)

    async def submit(self, items: Sequence[Item]) -> list[Result]:
        """Results of all items of a request, in order.

        Raises
        ------
        Problem
            `overloaded`: the queue is full, or the turn would come, or has come, too late.
        """
        costs = [self._tokens_of(item) for item in items]
        if not self._has_room(sum(costs)):
            raise self._overloaded()
        loop = asyncio.get_running_loop()
        now = loop.time()
        before = 0
        futures = []
        for item, tokens in zip(items, costs, strict=True):
            self._numbers += 1
            future: asyncio.Future[Result] = loop.create_future()
            turn = now + before / (self._rate * self._workers)
            late_at = turn + self._deadline_s
            insort(self._waiting, _Waiting(turn, self._numbers, item, tokens, late_at, future))
            before += tokens
            futures.append(future)
        self.waiting_tokens += before
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
        for one in self._waiting:
            if not one.done.done():
                one.done.set_exception(Problem("overloaded", retry_after_s=1))
        self._waiting.clear()
        self.waiting_tokens = 0
        await asyncio.gather(*self._running, return_exceptions=True)
        self._threads.shutdown(wait=False)

    def _has_room(self, tokens: int) -> bool:
        # An idle queue takes any request: it could never be answered otherwise.
        if not self._waiting:
            return True
        return self.waiting_tokens + tokens <= self._most_waiting and (
            self.wait_s <= self._deadline_s
        )

    def _overloaded(self) -> Problem:
        return Problem("overloaded", retry_after_s=max(1, ceil(min(self.wait_s, 60.0))))

    def _start(self) -> None:
        while self._free and (batch := self._next_batch()):
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _next_batch(self) -> list[_Waiting[Item, Result]]:
        """The first in turn, and those behind it that are of like length, within the budget."""
        batch: list[_Waiting[Item, Result]] = []
        kept: list[_Waiting[Item, Result]] = []
        now = asyncio.get_running_loop().time()
        budget = self._batch_tokens
        low = high = 0.0
        for place, one in enumerate(self._waiting):
            if one.done.done():
                self.waiting_tokens -= one.tokens
            elif one.late_at < now:
                self.waiting_tokens -= one.tokens
                one.done.set_exception(self._overloaded())
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
        self._rate += _SMOOTHING * (tokens / max(seconds, _LEAST_S) - self._rate)
        self._observe(len(batch), tokens, seconds)
        for one, result in zip(batch, results, strict=True):
            if one.done.done():
                continue
            if isinstance(result, BaseException):
                one.done.set_exception(result)
            else:
                one.done.set_result(result)
        self._free += 1
        self._start()

    def _attempt(self, items: list[Item]) -> list[Result | BaseException]:
        """Results, or errors in the place of those that have none: one item spoils no other."""
        try:
            return list(self._work(items))
        except Exception as error:
            if len(items) == 1:
                return [error]
            return [result for item in items for result in self._attempt([item])]
