"""Clients of a service that is measured: one by one, many at once, or at a given rate."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
import numpy as np

PATH = "/v1/classify"
TIMEOUT_S = 120.0


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


async def _ask(http: httpx.AsyncClient, text: str, load: Load) -> None:
    began = time.perf_counter()
    try:
        done = await http.post(PATH, json={"text": text})
    except httpx.TransportError:
        load.statuses[0] += 1
        return
    load.statuses[done.status_code] += 1
    if done.status_code == 200:
        load.accepted_ms.append((time.perf_counter() - began) * 1000)
        load.versions[done.json()["answers"][0]["model"]["name"]] += 1


def _client(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    return httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits, trust_env=False)


def closed(url: str, texts: Sequence[str], clients: int, seconds: float = float("inf")) -> Load:
    """Let so many clients ask in turn, each when it has its answer; each text once, at most."""

    async def run() -> Load:
        load, waiting = Load(), iter(texts)
        stop = time.perf_counter() + seconds

        async def one() -> None:
            async with _client(url) as http:
                for text in waiting:
                    await _ask(http, text, load)
                    if time.perf_counter() > stop:
                        return

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(clients)))
        load.seconds = time.perf_counter() - began
        return load

    return asyncio.run(run())


def opened(
    url: str, texts: Sequence[str], per_second: float, seconds: float, seed: int = 7
) -> Load:
    """Let requests come by chance at a rate, whether or not earlier ones were answered."""

    async def run() -> Load:
        load, draw = Load(), random.Random(seed)
        began = time.perf_counter()
        due, number = began, 0
        async with _client(url) as http, asyncio.TaskGroup() as tasks:
            while due < began + seconds:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                tasks.create_task(_ask(http, texts[number % len(texts)], load))
                number += 1
                due += draw.expovariate(per_second)
        load.seconds = time.perf_counter() - began
        return load

    return asyncio.run(run())
