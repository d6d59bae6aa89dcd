"""What must not be lost: answers while versions change, messages while the service is killed."""

import random
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2 as httpx
from serving_load import Load, closed
from serving_sides import ours
from sqlalchemy import func, select

from otklik.datasets.schema import MESSAGES, PREDICTIONS
from otklik.datasets.store import Store
from otklik.models.predictor import load_predictor
from otklik.models.registered import MODEL
from otklik.serving.client import Client
from otklik.serving.message_schemas import StoreIn
from otklik.training.backend import Backend
from otklik.training.holdout import Holdout
from otklik.training.registry import Registry
from otklik.training.tracking import log_training

CLIENTS = 8
SHORT = 120
"""Characters of a message: here it is not the model that is tried."""
PROMOTE_S = 600.0
HOLDOUT_TEXTS = 60


def change_versions(bundle: Path, var: Path, texts: Sequence[str], times: int) -> dict[str, Any]:
    """Promote and roll back over HTTP, with every gate, under load.

    Both versions are the same bundle: what is measured is the exchange. Its gates compare them on a
    few texts, for which the bundle's own answers are the truth.
    """
    register_twice(bundle, var / "mlflow", texts[:HOLDOUT_TEXTS])
    promoted, rolled_back = [], []
    with ours(var, f"sqlite:///{var / 'store.db'}") as side:
        stop, loads = threading.Event(), []

        def load() -> None:
            while not stop.is_set():
                loads.append(closed(side, texts, 4, seconds=2.0, patient=True))

        thread = threading.Thread(target=load)
        thread.start()
        try:
            with httpx.Client(base_url=side.url, timeout=PROMOTE_S, trust_env=False) as http:
                for _ in range(times):
                    promotion = {"version": 2, "reason": "the benchmark of the service"}
                    promoted.append(_change(http, "promote", promotion, f"{MODEL}/2"))
                    leaving = {"leave": f"{MODEL}/2"}
                    rolled_back.append(_change(http, "rollback", leaving, f"{MODEL}/1"))
        finally:
            stop.set()
            thread.join()
    together = Load()
    for one in loads:
        together.statuses += one.statuses
        together.versions += one.versions
    statuses = together.statuses
    return {
        "changes": times,
        "requests": sum(statuses.values()),
        "failed": sum(count for status, count in statuses.items() if status != 200),
        "versions": dict(together.versions),
        "promote_most_s": round(max(promoted), 2),
        "roll_back_most_s": round(max(rolled_back), 2),
    }


def register_twice(bundle: Path, registry: Path, texts: Sequence[str]) -> None:
    """A registry in which version 1 of a bundle answers, and version 2 is the same bundle."""
    predictor = load_predictor(bundle)
    truth: dict[str, list[Mapping[str, float] | None]] = {
        head: [{predictor.bundle.heads[head].classes[place]: 1.0} for place in rows.argmax(axis=1)]
        for head, rows in predictor.probabilities(texts).items()
    }
    holdout = Holdout(list(texts), ["im"] * len(texts), truth)
    opened = Registry(Backend(registry))
    for _ in range(2):
        run = log_training(
            *(opened.backend, bundle), model=MODEL, parameters={}, reports={}, holdout=holdout
        )
        opened.register(run, MODEL, metrics={})
    opened.promote(MODEL, 1, champion=None)
    opened.backend.close()


def _change(http: httpx.Client, what: str, body: Mapping[str, Any], name: str) -> float:
    """Seconds until the named version answers."""
    began = time.perf_counter()
    done = http.post(f"/v1/models/{what}", json=body)
    if not done.is_success:
        raise SystemExit(f"{what}: {done.status_code} {done.text[:500]}")
    while http.get("/health/ready").json()["model"]["name"] != name:
        if time.perf_counter() > began + PROMOTE_S:
            raise SystemExit(f"{name} does not answer")
        time.sleep(0.02)
    return time.perf_counter() - began


def kill_midway(
    var: Path, database: str, texts: Sequence[str], messages: int, kills: int
) -> dict[str, Any]:
    """Kill -9 while messages are stored by clients that try again; count what is there."""
    side = ours(var, database)
    side.start()
    acknowledged: dict[str, int] = {}
    lock, numbers = threading.Lock(), iter(range(messages))
    troubles: list[str] = []

    def store() -> None:
        with Client(
            side.url, attempts=10_000, timeout_s=30, sleep=lambda s: time.sleep(min(s, 1))
        ) as otklik:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                name = f"{number:07d}"
                text = f"{texts[number % len(texts)][:SHORT]} ({number})"
                try:
                    done = otklik.store(
                        StoreIn(source="bench", id=name, kind="сообщение", text=text)
                    )
                except Exception as error:  # a client that gives up is what is looked for
                    troubles.append(f"{type(error).__name__}: {error}"[:200])
                    return
                with lock:
                    acknowledged[name] = done.message.id

    draw = random.Random(7)
    clients = [threading.Thread(target=store) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for one in clients:
        one.start()
    try:
        for number in range(kills):
            # Spread over the work, at a moment that nothing knows of.
            _wait_for(acknowledged, messages * (number + draw.random()) / (kills + 1), clients)
            time.sleep(draw.random() * 0.05)
            side.end(signal.SIGKILL)
            side.start()
        for one in clients:
            one.join()
    finally:
        side.end(signal.SIGTERM)
    seconds = time.perf_counter() - began
    return {
        "messages": messages,
        "kills": kills,
        "seconds": round(seconds, 1),
        "acknowledged": len(acknowledged),
        "troubles": troubles,
        **_counted(database, acknowledged),
    }


def _wait_for(done: dict[str, int], count: float, clients: list[threading.Thread]) -> None:
    while len(done) < count and any(one.is_alive() for one in clients):
        time.sleep(0.005)


def _counted(database: str, acknowledged: dict[str, int]) -> dict[str, int]:
    with Store(database) as store, store.database.reading() as connection:
        rows = connection.execute(select(MESSAGES.c.id, MESSAGES.c.external_id)).all()
        # A message that was sent again after a kill may be read again, never stored again.
        predicted = set(connection.scalars(select(PREDICTIONS.c.message_id).distinct()))
        versions = connection.scalar(select(func.max(MESSAGES.c.version))) or 0
    ids = {row.id for row in rows}
    return {
        "stored": len(rows),
        "distinct": len({row.external_id for row in rows}),
        "acknowledged_but_lost": sum(number not in ids for number in acknowledged.values()),
        "acknowledged_twice": len(acknowledged) - len(set(acknowledged.values())),
        "without_prediction": len(ids - predicted),
        "highest_version": int(versions),
    }
