"""How long a coordinator waits: `python benchmarks/review.py [--json] [--postgresql URL]`.

A queue of 50,000 messages: the first page, a page from the middle, a claim of five with its label;
then eight who claim at once until 2,000 are gone, and whether any message was given twice.
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from otklik.datasets.labelling import Labelling
from otklik.datasets.records import Kind, Label, Message, Place, Prediction
from otklik.datasets.review_intake import Outcome
from otklik.datasets.review_queue import Holder, ReviewQueue
from otklik.datasets.store import Intake, Store

ROWS, REPEATS = 50_000, 200
CLAIMERS, TAKEN = 8, 2_000
BATCH = 2_000
LEASE = timedelta(minutes=10)


def fill(store: Store, now: datetime) -> float:
    """Queue messages with deadlines of some weeks; seconds it took to queue them."""
    rng = random.Random(7)
    run = store.begin_import("bench", "im", "0")
    spent = 0.0
    for start in range(1, ROWS + 1, BATCH):
        numbers = range(start, start + BATCH)
        store.save([intake(number) for number in numbers], run_id=run)
        made = [prediction(number, rng.random(), now) for number in numbers]
        due = {n: Outcome(now + timedelta(hours=rng.uniform(-100, 700))) for n in numbers}
        began = time.perf_counter()
        store.add_predictions(made, due)
        spent += time.perf_counter() - began
    return spent


def intake(number: int) -> Intake:
    message = Message("im", f"{number:09d}", Kind.MESSAGE, f"Нет воды в доме {number}")
    return Intake(message, Place(), f"{number}", f"{number}")


def prediction(number: int, sureness: float, now: datetime) -> Prediction:
    heads = {"im_2026": (("utilities.no_water", sureness),)}
    return Prediction(number, "m", "im-2026", heads, (), "review", "тема", 1.0, now)


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Median and 99th percentile, milliseconds."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return {
        "p50_ms": round(float(np.median(times)), 2),
        "p99_ms": round(np.quantile(times, 0.99), 2),
    }


def measure(url: str) -> dict[str, object]:
    now = datetime.now(UTC)
    with Store(url) as store:
        queued_s = fill(store, now)
        queue, labelling = ReviewQueue(store.database), Labelling(store.database)
        middle = queue.page(now, limit=ROWS // 2)[-1].place
        anna = Holder("a", "Анна")

        def work_five() -> None:
            taken = queue.claim(anna, now, LEASE, count=5)
            word = Label(
                taken[0].message_id, "topic", None, "utilities.no_water", "im-2026", "Анна", now
            )
            labelling.correct([word])

        facts: dict[str, object] = {
            "queued_a_second": round(ROWS / queued_s),
            "first_page": timed(lambda: queue.page(now, limit=20)),
            "middle_page": timed(lambda: queue.page(now, after=middle, limit=20)),
            "claim_five_label_one": timed(work_five),
            "counts": timed(lambda: queue.counts(now)),
        }
    return facts | race(url, now)


def race(url: str, now: datetime) -> dict[str, object]:
    given: list[int] = []
    together = threading.Barrier(CLAIMERS)

    def work(name: str) -> None:
        with Store(url) as store:
            together.wait()
            while len(given) < TAKEN:
                taken = ReviewQueue(store.database).claim(Holder(name, name), now, LEASE, count=5)
                given.extend(one.message_id for one in taken)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(CLAIMERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    return {
        "claimed_at_once": len(given),
        "given_twice": len(given) - len(set(given)),
        "claimed_a_second": round(len(given) / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--postgresql", help="URL of an empty database.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {"sqlite": measure(f"sqlite:///{Path(folder) / 'store.db'}")}
    if given.postgresql:
        found["postgresql"] = measure(given.postgresql)
    print(json.dumps(found, ensure_ascii=False, indent=None if given.json else 2))


if __name__ == "__main__":
    main()
