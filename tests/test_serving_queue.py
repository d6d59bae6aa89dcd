"""Micro-batches: no wait when idle, like lengths together, fair turns, refusals when full."""

import asyncio
import threading

import pytest

from otklik.serving.pace import Pace
from otklik.serving.problems import Problem
from otklik.serving.queue import BatchQueue


class Work:
    """Doubles numbers; keeps the batches, and waits at a gate while it is shut."""

    def __init__(self):
        self.batches = []
        self.gate = threading.Event()
        self.gate.set()
        self.busy = threading.Event()

    def __call__(self, items):
        self.batches.append(list(items))
        self.busy.set()
        assert self.gate.wait(30)
        if any(item < 0 for item in items):
            raise ValueError("negative")
        return [item * 2 for item in items]

    async def shut(self, queue):
        """Occupy the only thread with an item 1."""
        self.gate.clear()
        self.busy.clear()
        first = asyncio.create_task(queue.submit([1]))
        assert await asyncio.to_thread(self.busy.wait, 30)
        self.batches.clear()
        return first


def make(work, **limits):
    given = {"workers": 1, "batch_tokens": 100, "waiting_tokens": 1000, "wait_s": 30.0}
    given["deadline_s"] = 30.0
    return BatchQueue(work, abs, **given | limits)


def run(scenario):
    return asyncio.run(asyncio.wait_for(scenario(), 60))


def test_an_idle_queue_starts_at_once_and_keeps_the_order():
    async def scenario():
        work = Work()
        queue = make(work)
        assert await queue.submit([10]) == [20]
        assert await queue.submit([3, 1, 2]) == [6, 2, 4]
        assert work.batches[0] == [10]
        await queue.close()

    run(scenario)


def test_a_batch_is_what_waits_and_is_of_like_length_within_the_budget():
    async def scenario():
        work = Work()
        queue = make(work)
        first = await work.shut(queue)
        others = [asyncio.create_task(queue.submit([n])) for n in (20, 90, 22, 21, 25, 95, 24)]
        await asyncio.sleep(0)
        assert len(queue) == 7
        work.gate.set()
        await asyncio.gather(first, *others)
        assert sorted(map(sorted, work.batches)) == [[20, 21, 22, 25], [24], [90], [95]]
        assert queue.waiting_tokens == 0
        await queue.close()

    run(scenario)


def test_a_large_request_does_not_stand_in_the_way_of_a_small_one():
    async def scenario():
        work = Work()
        queue = make(work, waiting_tokens=100_000)
        first = await work.shut(queue)
        large = asyncio.create_task(queue.submit([60] * 200))
        await asyncio.sleep(0)
        small = asyncio.create_task(queue.submit([61]))
        await asyncio.sleep(0)
        work.gate.set()
        await asyncio.gather(first, large, small)
        assert work.batches.index([61]) < 20
        await queue.close()

    run(scenario)


def test_a_full_queue_refuses_and_says_when_to_come_again():
    async def scenario():
        work = Work()
        queue = make(work, waiting_tokens=100)
        first = await work.shut(queue)
        second = asyncio.create_task(queue.submit([80]))
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await queue.submit([30])
        assert refused.value.status == 429
        assert refused.value.retry_after_s >= 1
        work.gate.set()
        assert await asyncio.gather(first, second) == [[2], [160]]
        assert await queue.submit([500]) == [1000]
        await queue.close()

    run(scenario)


def test_whoever_has_waited_too_long_is_refused_and_never_worked_on():
    async def scenario():
        work = Work()
        queue = make(work, wait_s=0.0, deadline_s=0.05)
        first = await work.shut(queue)
        late = asyncio.create_task(queue.submit([7]))
        await asyncio.sleep(0.2)
        work.gate.set()
        await first
        with pytest.raises(Problem, match="overloaded"):
            await late
        assert work.batches == []
        await queue.close()

    run(scenario)


async def fill(queue, tokens, count, **limits):
    """Submit requests of one item each; those that wait, and the refusals."""
    tasks = [asyncio.create_task(queue.submit([tokens], **limits)) for _ in range(count)]
    await asyncio.sleep(0)
    waiting = [one for one in tasks if not one.done()]
    return waiting, [one.exception() for one in tasks if one.done()]


def test_who_would_wait_longer_than_it_grants_is_refused_at_once():
    async def scenario():
        work = Work()
        queue = make(work, waiting_tokens=100_000, wait_s=1.0)
        first = await work.shut(queue)
        waiting, refused = await fill(queue, 900, 10)
        second = queue.tokens_per_s
        assert len(waiting) == second // 900 + 1
        assert {one.code for one in refused} == {"overloaded"}
        with pytest.raises(Problem, match="overloaded"):
            queue.check_room(900)
        # whoever grants more is taken, and comes after those who do not
        patient, _ = await fill(queue, 901, 3, wait_s=5.0)
        assert len(patient) == 3
        queue.check_room(900, 5.0)
        work.gate.set()
        await asyncio.gather(first, *waiting, *patient)
        assert [batch[0] for batch in work.batches] == [900] * len(waiting) + [901] * 3
        await queue.close()

    run(scenario)


def test_a_large_request_is_taken_and_leaves_room_for_single_ones():
    async def scenario():
        work = Work()
        queue = make(work, waiting_tokens=100_000, wait_s=0.5)
        first = await work.shut(queue)
        one, _ = await fill(queue, 90, 1)
        large = asyncio.create_task(queue.submit([60] * 256))
        await asyncio.sleep(0)
        assert not large.done()
        taken, _ = await fill(queue, 90, 10)
        assert len(taken) == 10
        work.gate.set()
        assert await large == [120] * 256
        await asyncio.gather(first, *one, *taken)
        await queue.close()

    run(scenario)


def test_those_who_are_told_to_come_again_find_room_when_they_do():
    async def scenario():
        work = Work()
        queue = make(work, waiting_tokens=10**6, batch_tokens=1000, wait_s=1.0)
        first = await work.shut(queue)
        _, refused = await fill(queue, 900, 60)
        told = [one.retry_after_s for one in refused]
        assert told == sorted(told)
        # in no second more come back than can be worked off in it
        most = max(told.count(second) for second in set(told))
        assert most <= queue.tokens_per_s // 900 + 1
        work.gate.set()
        await first
        await queue.close()

    run(scenario)


def test_the_pace_of_long_batches_is_told_from_short_ones():
    pace = Pace()
    for number in range(400):
        tokens = 20 + number * 7 % 100
        pace.observe(tokens, 0.01 + tokens / 10_000)
    assert pace.batch_s(512) == pytest.approx(0.01 + 512 / 10_000, rel=0.05)
    assert pace.batch_s(20) == pytest.approx(0.012, rel=0.05)
    for _ in range(400):
        pace.observe(50, 0.1)
    assert pace.batch_s(50) == pytest.approx(0.1, rel=0.05)
    assert pace.batch_s(500) == pytest.approx(1.0, rel=0.05)


def test_in_a_crowd_whoever_waits_too_long_is_given_up_for_those_who_come():
    async def scenario():
        work = Work()
        queue = make(work, waiting_tokens=100_000, batch_tokens=2000, wait_s=0.2)
        first = await work.shut(queue)
        one, _ = await fill(queue, 700, 1)
        await asyncio.sleep(0.5)
        # nobody is refused on its account: it may go on waiting
        several = asyncio.create_task(queue.submit([650, 650]))
        await asyncio.sleep(0)
        while True:
            _, refused = await fill(queue, 750, 1)
            if refused:
                break
        work.gate.set()
        with pytest.raises(Problem, match="overloaded"):
            await one[0]
        assert await several == [1300, 1300]
        await first
        await queue.close()

    run(scenario)


def test_without_a_crowd_whoever_waits_is_answered_however_late():
    async def scenario():
        work = Work()
        queue = make(work, wait_s=0.05)
        first = await work.shut(queue)
        late = asyncio.create_task(queue.submit([7]))
        await asyncio.sleep(0.3)
        work.gate.set()
        assert await late == [14]
        await first
        await queue.close()

    run(scenario)


def test_whoever_has_gone_is_not_worked_on():
    async def scenario():
        work = Work()
        queue = make(work)
        first = await work.shut(queue)
        gone = asyncio.create_task(queue.submit([7, 8]))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        work.gate.set()
        await first
        assert await queue.submit([9]) == [18]
        assert work.batches == [[9]]
        assert queue.waiting_tokens == 0
        await queue.close()

    run(scenario)


def test_one_item_that_fails_spoils_no_other():
    async def scenario():
        work = Work()
        queue = make(work)
        first = await work.shut(queue)
        tasks = [asyncio.create_task(queue.submit([n])) for n in (5, -6, 7)]
        await asyncio.sleep(0)
        work.gate.set()
        done = await asyncio.gather(first, *tasks, return_exceptions=True)
        assert done[1] == [10]
        assert isinstance(done[2], ValueError)
        assert done[3] == [14]
        await queue.close()

    run(scenario)


def test_closing_refuses_what_waits_and_finishes_what_runs():
    async def scenario():
        work = Work()
        queue = make(work)
        first = await work.shut(queue)
        waiting = asyncio.create_task(queue.submit([7]))
        await asyncio.sleep(0)
        closing = asyncio.create_task(queue.close())
        await asyncio.sleep(0)
        work.gate.set()
        await closing
        assert await first == [2]
        with pytest.raises(Problem):
            await waiting

    run(scenario)
