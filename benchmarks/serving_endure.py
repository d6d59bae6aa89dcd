"""What the service endures: hostile bodies without a fault, a long run without a leak."""

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2 as httpx
import numpy as np
from serving_hostile import Hostile
from serving_load import JSON, PATIENT
from serving_sides import Side
from serving_wire import BROKEN, Sent, send_all

CLIENTS = 16
WARM_SHARE = 0.3
SAMPLE_S = 0.5


def be_hostile(side: Side, texts: Sequence[str], count: int) -> dict[str, Any]:
    """Send hostile bodies; every status must be one that the description names."""
    described = httpx.get(f"{side.url}/openapi.json", trust_env=False).json()["paths"]
    known = {
        path: set(methods["post"]["responses"])
        for path, methods in described.items()
        if "post" in methods
    }
    known["/v1/messages/1/labels"] = known["/v1/messages/{message_id}/labels"]
    statuses: Counter[int] = Counter()
    odd: Counter[str] = Counter()

    def heard(sent: Sent, status: int, _body: bytes) -> None:
        statuses[status] += 1
        named = known.get(sent.target.partition("?")[0]) if sent.method == "POST" else None
        if status == BROKEN or status >= 500 or (named and str(status) not in named):
            odd[f"{sent.kind} {sent.method} {sent.target[:40]}: {status}"] += 1

    before = side.rss_mib
    kinds = send_all(side.url, Hostile(texts).requests(count, count // 500), CLIENTS, heard)
    return {
        "requests": sum(kinds.values()),
        "kinds": dict(sorted(kinds.items())),
        "statuses": {str(status): many for status, many in sorted(statuses.items())},
        "faults_and_undocumented": dict(odd.most_common(20)),
        "alive": side.alive and _ready(side),
        "rss_before_mib": round(before),
        "rss_after_mib": round(side.rss_mib),
    }


def _ready(side: Side) -> bool:
    return httpx.get(f"{side.url}/health/ready", trust_env=False).status_code == 200


def keep_on(side: Side, texts: Sequence[str], count: int, read_share: float) -> dict[str, Any]:
    """Send many requests, a share of which the model reads, and watch the memory.

    The slope is fitted over what comes after the first `WARM_SHARE`: until then words, shapes and
    the cells of the measures fill their tables, which end.
    """
    draw = random.Random(11)
    done = 0
    samples: list[tuple[int, float]] = []
    stop = threading.Event()

    def requests() -> Iterator[Sent]:
        cheap = Hostile(texts, seed=13)
        for number in range(count):
            if draw.random() < read_share:
                body = {"text": texts[number % len(texts)][:300]}
                if draw.random() < 0.1:
                    body |= {
                        "source": "bench",
                        "id": str(draw.randrange(2_000)),
                        "kind": "сообщение",
                    }
                where = "/v1/messages" if "id" in body else "/v1/classify"
                content = json.dumps(body, ensure_ascii=False).encode()
                yield Sent("read", "POST", where, (JSON, PATIENT), content)
            elif draw.random() < 0.5:
                target = draw.choice(("/health/ready", "/v1/models", "/v1/messages?limit=2"))
                yield Sent("asked", "GET", target)
            else:
                yield draw.choice(
                    (cheap.cut_off, cheap.wrong_shape, cheap.wrong_type, cheap.path)
                )()

    def heard(_sent: Sent, status: int, _body: bytes) -> None:
        nonlocal done
        done += 1
        statuses[status] += 1

    def sample() -> None:
        while not stop.wait(SAMPLE_S):
            samples.append((done, side.rss_mib))

    statuses: Counter[int] = Counter()
    watch = threading.Thread(target=sample)
    watch.start()
    try:
        kinds = send_all(side.url, requests(), CLIENTS, heard)
    finally:
        stop.set()
        watch.join()
    later = np.array([one for one in samples if one[0] >= WARM_SHARE * count])
    slope, level = np.polyfit(later[:, 0], later[:, 1], 1) if len(later) > 2 else (np.nan, np.nan)
    return {
        "requests": count,
        "read_by_the_model": kinds["read"],
        "statuses": {str(status): many for status, many in sorted(statuses.items())},
        "rss_start_mib": round(samples[0][1]) if samples else None,
        "rss_warm_mib": round(float(level + slope * WARM_SHARE * count), 1),
        "rss_end_mib": round(float(level + slope * count), 1),
        "slope_mib_per_100000": round(float(slope) * 100_000, 2),
    }
