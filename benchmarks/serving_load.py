"""Clients of a service that is measured: one by one, many at once, or at a given rate."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvloop
from serving_sides import Side
from serving_wire import Sent, Wire

Headers = tuple[tuple[str, str], ...]
JSON = ("Content-Type", "application/json")
PATIENT = ("Prefer", "wait=20")


@dataclass
class Load:
    """What a load met: latencies of accepted requests in milliseconds, statuses, versions."""

    seconds: float = 0.0
    accepted_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)

    @property
    def throughput(self) -> float:
        """Accepted messages a second."""
        return len(self.accepted_ms) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Of the latencies of accepted requests, milliseconds."""
        return float(np.quantile(self.accepted_ms, share)) if self.accepted_ms else float("nan")

    def summary(self) -> dict[str, Any]:
        """For the report."""
        return {
            "requests": sum(self.statuses.values()),
            "per_second": round(self.throughput, 2),
            "p50_ms": round(self.quantile(0.5), 1),
            "p99_ms": round(self.quantile(0.99), 1),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
        }


async def _ask(wire: Wire, side: Side, text: str, load: Load, headers: Headers) -> None:
    body = json.dumps(side.speech.body(text), ensure_ascii=False).encode()
    began = time.perf_counter()
    status, answer = await wire.ask(Sent("", "POST", side.speech.path, headers, body))
    load.statuses[status] += 1
    if status == 200:
        load.accepted_ms.append((time.perf_counter() - began) * 1000)
        load.versions[side.speech.model(json.loads(answer))] += 1


def closed(
    side: Side,
    texts: Sequence[str],
    clients: int,
    seconds: float = float("inf"),
    *,
    patient: bool = False,
) -> Load:
    """Let so many clients ask in turn, each when it has its answer; each text once, at most.

    Patient ones would rather wait than be refused.
    """
    headers = (JSON, PATIENT) if patient else (JSON,)

    async def run() -> Load:
        load, waiting = Load(), iter(texts)
        stop = time.perf_counter() + seconds

        async def one() -> None:
            async with Wire(side.url) as wire:
                for text in waiting:
                    await _ask(wire, side, text, load, headers)
                    if time.perf_counter() > stop:
                        return

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(clients)))
        load.seconds = time.perf_counter() - began
        return load

    return uvloop.run(run())


def opened(
    side: Side, texts: Sequence[str], per_second: float, seconds: float, seed: int = 7
) -> Load:
    """Let requests come by chance at a rate, whether or not earlier ones were answered."""

    async def run() -> Load:
        load, draw = Load(), random.Random(seed)
        began = time.perf_counter()
        due, number = began, 0
        free: list[Wire] = []

        async def one(text: str) -> None:
            wire = free.pop() if free else Wire(side.url)
            await _ask(wire, side, text, load, (JSON,))
            free.append(wire)

        async with asyncio.TaskGroup() as tasks:
            while due < began + seconds:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.create_task(one(texts[number % len(texts)]))
                number += 1
                due += draw.expovariate(per_second)
        load.seconds = time.perf_counter() - began
        for wire in free:
            wire.close()
        return load

    return uvloop.run(run())
