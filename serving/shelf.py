"""The store behind the interface: opened when first needed, written by one thread in groups."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import SystemRandom
from threading import Lock
from typing import TypeVar

import numpy as np

from otklik.datasets.records import GivenAnswer, Message, Prediction
from otklik.datasets.settings import Settings
from otklik.datasets.store import Store, Stored, open_store
from otklik.datasets.store_intake import Intake
from otklik.datasets.store_vectors import save_vectors
from otklik.datasets.told_answers import TOLD, Told, tell_answer
from otklik.models.incident_book import link_messages
from otklik.models.incident_signal import signal_of
from otklik.serving.event_body import event_of
from otklik.serving.incident_desk import topics_of
from otklik.serving.intake import IntakeDesk, outcome_of, prediction_of
from otklik.serving.reading import Reading

T = TypeVar("T")

MOST_AT_ONCE = 200
_draw = SystemRandom().random


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored message with its latest prediction; `state` is stored, changed or unchanged."""

    stored: Stored
    prediction: Prediction | None
    state: str


@dataclass(frozen=True, slots=True)
class _Pending:
    intake: Intake
    reading: Reading
    latency_ms: float
    done: "asyncio.Future[Kept]"


class Shelf:
    """Stores messages with what was predicted; whoever is told of it finds both after a kill.

    Parameters
    ----------
    settings : Settings
        Name the database and the salt.
    check_share : float
        Part of what goes out by itself that people shall look at, 0 to 1.
    event_attempts : int
        How often what is decided is told outward at most; 0: nobody is told.
    """

    def __init__(
        self, settings: Settings, check_share: float = 0.0, event_attempts: int = 0
    ) -> None:
        self._settings = settings
        self._event_attempts = event_attempts
        self._check_share = check_share
        self._threads = ThreadPoolExecutor(thread_name_prefix="otklik-store")
        self._lock = Lock()
        self._store: Store | None = None
        self._desk: IntakeDesk | None = None
        self._run_id = 0
        self._pending: list[_Pending] = []
        self._writer: asyncio.Task[None] | None = None

    @property
    def store(self) -> Store:
        """The open store; to be asked for in a thread.

        Raises
        ------
        StoreError, BadSettings
        """
        with self._lock:
            if self._store is None:
                desk = IntakeDesk.open(self._settings)
                store = open_store(self._settings)
                try:
                    self._run_id = store.begin_import(TOLD, TOLD, TOLD, salt_proof=desk.salt_proof)
                except BaseException:
                    store.close()
                    raise
                self._store, self._desk = store, desk
            return self._store

    @property
    def is_open(self) -> bool:
        """Whether anybody has needed the store yet."""
        return self._store is not None

    @property
    def desk(self) -> IntakeDesk:
        """The desk of the open store; to be asked for in a thread."""
        _ = self.store
        assert self._desk is not None
        return self._desk

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def ask(self, question: Callable[[Store], T]) -> T:
        """Put a question to the store in a thread."""
        return await self._aside(lambda: question(self.store))

    async def known(self, given: Message) -> Kept | None:
        """The message as it is stored, if it was stored so and predicted since.

        It is what a client gets that sends a message again because the answer never came.
        """
        return await self._aside(lambda: self._known(given))

    async def put(self, given: Message, reading: Reading, latency_ms: float) -> Kept:
        """Store a message and what was read of it; done when it can no longer be lost.

        Messages that come while a group is being written are the next group.
        """
        desk = await self._aside(lambda: self.desk)
        done: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        intake = desk.take(given, reading)
        self._pending.append(_Pending(intake, reading, latency_ms, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_all())
        return await done

    async def tell(self, source: str, external_id: str, answer: GivenAnswer) -> Told | None:
        """Store an official answer to a message; None where there is no such message."""

        def write(store: Store) -> Told | None:
            key = self.desk.key(source, external_id)
            return tell_answer(store.database, key, answer, self._run_id, datetime.now(UTC))

        return await self.ask(write)

    async def close(self) -> None:
        """Write what waits and close the store."""
        if self._writer is not None:
            await asyncio.gather(self._writer, return_exceptions=True)
        # A question whose asker is gone is answered all the same: not from a store that is closed.
        await asyncio.to_thread(self._threads.shutdown)
        with self._lock:
            store, self._store = self._store, None
        if store is not None:
            await asyncio.to_thread(store.close)

    def _known(self, given: Message) -> Kept | None:
        key = self.desk.key(given.source, given.external_id)
        if self.store.source_hashes([key]).get(key) != self.desk.source_hash(given):
            return None
        stored = self.store.find(*key)
        if stored is None:
            return None
        made = self.store.predictions(stored.id)
        if not made or made[-1].made_at < stored.stored_at:
            return None
        return Kept(stored, made[-1], "unchanged")

    async def _write_all(self) -> None:
        while self._pending:
            batch = self._pending[:MOST_AT_ONCE]
            del self._pending[:MOST_AT_ONCE]
            try:
                kept = await self._aside(partial(self._write, batch))
            except BaseException as error:
                for one in batch:
                    if not one.done.done():
                        one.done.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for one, found in zip(batch, kept, strict=True):
                if not one.done.done():
                    one.done.set_result(found)

    def _write(self, batch: list[_Pending]) -> list[Kept]:
        store = self.store
        before = store.source_hashes([one.intake.key for one in batch])
        store.save([one.intake for one in batch], run_id=self._run_id)
        kept = []
        for one in batch:
            stored = store.find(*one.intake.key)
            assert stored is not None
            known = before.get(one.intake.key)
            state = "unchanged" if known == one.intake.source_hash else "changed"
            made = prediction_of(one.reading, stored.id, one.latency_ms, datetime.now(UTC))
            kept.append(Kept(stored, made, "stored" if known is None else state))
        # Before predictions: a message without one is read again when it is sent again.
        signals = [
            signal_of(done.stored, topics_of(done.prediction), one.reading.vector)
            for one, done in zip(batch, kept, strict=True)
            if done.prediction
        ]
        link_messages(store.database, signals)
        _save_vectors(store, batch, kept)
        made_now = [one.prediction for one in kept if one.prediction is not None]
        outcomes = {
            done.stored.id: outcome_of(one.reading, drawn=_draw() < self._check_share)
            for one, done in zip(batch, kept, strict=True)
        }
        events = [
            event_of(done.stored, one.reading, self._event_attempts)
            for one, done in zip(batch, kept, strict=True)
            if self._event_attempts
        ]
        store.add_predictions(made_now, outcomes, events)
        return kept


def _save_vectors(store: Store, batch: list[_Pending], kept: list[Kept]) -> None:
    """Keep the vectors; of a message that stands twice in the batch, the last one."""
    # A promotion may fall between two readings.
    for encoder in {one.reading.encoder for one in batch}:
        rows = {
            done.stored.id: (done.stored.version, one.reading.vector)
            for one, done in zip(batch, kept, strict=True)
            if one.reading.encoder == encoder and one.reading.vector is not None
        }
        if rows:
            versions, vectors = zip(*rows.values(), strict=True)
            save_vectors(store.database, encoder, list(rows), versions, np.array(vectors))
