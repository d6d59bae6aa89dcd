"""The parts of a running service, made once and handed to every route."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Self

from fastapi import Depends, Request

from otklik.datasets.errors import OtklikError
from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.settings import load_settings
from otklik.models.runtime import cores
from otklik.serving.audit_log import AuditLog
from otklik.serving.automatic import AutomaticSwitch
from otklik.serving.directions import Directs, NoDirections
from otklik.serving.edge import told_of
from otklik.serving.engine import OpenPredictor, Tools, predictor_opener
from otklik.serving.explain import MOST_PIECES
from otklik.serving.keys import KeyFile
from otklik.serving.limits import RateLimits
from otklik.serving.live import LiveModel
from otklik.serving.metrics import Metrics
from otklik.serving.monitor import Monitor
from otklik.serving.offers import NOTHING, Offers
from otklik.serving.queue import BatchQueue
from otklik.serving.reading import Asked, Reading
from otklik.serving.settings import ServeSettings
from otklik.serving.shelf import Shelf
from otklik.serving.table_directions import city_directions
from otklik.serving.upload import FOLDER, sweep
from otklik.serving.vector_index import VectorIndex
from otklik.serving.webhook import Webhook

LOG = logging.getLogger("otklik.serving")
BYTES_A_TOKEN = 7
"""Of Russian text in UTF-8, about; an emoji of four bytes is a token or two."""
SPECIAL_TOKENS = 4
MOST_INDEXES = 1
MOST_SEARCHES = 2
"""Of like messages at once: reading the index first takes long, and storing needs threads too."""


@dataclass(frozen=True)
class Service:
    """Everything that routes work with.

    Parameters
    ----------
    settings : ServeSettings
    var : Path
        OTKLIK_VAR.
    """

    settings: ServeSettings
    var: Path
    tools: Tools
    live: LiveModel
    queue: "BatchQueue[Asked, Reading]"
    keys: KeyFile
    audit: AuditLog
    metrics: Metrics
    shelf: Shelf
    monitor: Monitor
    offers: Offers = NOTHING
    limits: RateLimits = field(default_factory=RateLimits)
    importing: asyncio.Lock = field(default_factory=asyncio.Lock)
    searching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_SEARCHES))
    webhook: Webhook | None = None
    background: set["asyncio.Task[None]"] = field(default_factory=set)
    indexes: "OrderedDict[str, VectorIndex]" = field(default_factory=OrderedDict)

    @classmethod
    def build(
        cls,
        settings: ServeSettings,
        open_predictor: OpenPredictor | None = None,
        directs: Directs | None = None,
        offers: Offers = NOTHING,
    ) -> Self:
        """Put the parts together; nothing is loaded yet."""
        house = load_settings()
        metrics = Metrics()
        switch, audit = AutomaticSwitch(house.var), AuditLog(house.var)
        tools = Tools(
            load_gazetteer(house.city), settings.ner, directs or _directs(settings), switch.halted
        )
        live = LiveModel(
            open_predictor or predictor_opener(settings),
            tools,
            alpha=settings.alpha,
            reload_s=settings.reload_s,
            told=lambda loaded: metrics.loads.labels(str(loaded).lower()).inc(),
        )

        def work(asked: Sequence[Asked]) -> list[Reading]:
            return live.engine.read(asked, tools)

        queue: BatchQueue[Asked, Reading] = BatchQueue(
            work,
            tokens_of,
            workers=settings.workers or cores(),
            batch_tokens=settings.batch_tokens,
            waiting_tokens=settings.waiting_tokens,
            wait_s=settings.wait_s,
            deadline_s=settings.deadline_s,
            observe=metrics.observe_batch,
        )
        shelf = Shelf(
            house,
            settings.check_share,
            event_attempts=settings.webhook_attempts if settings.webhook_url else 0,
        )
        monitor = Monitor(
            shelf,
            live,
            switch,
            audit,
            metrics,
            alpha=settings.alpha,
            every_s=settings.monitor_s,
        )
        return cls(
            settings=settings,
            var=house.var,
            tools=tools,
            live=live,
            queue=queue,
            keys=KeyFile(house.var),
            audit=audit,
            metrics=metrics,
            shelf=shelf,
            monitor=monitor,
            offers=offers,
            webhook=Webhook.of(settings, shelf, metrics),
        )

    async def follow(self) -> None:
        """Prepare the threads that answer, load the model, follow the registry and corrections."""
        try:
            await self.queue.prepare(self.tools.prepare)
        except Exception as error:  # loading the model meets it too, again and again
            LOG.error("the threads that answer are not prepared: %s", told_of(error))
        await asyncio.to_thread(sweep, self.var / FOLDER)
        following = [self.live.follow(), self.monitor.follow()]
        if self.webhook is not None:
            following.append(self.webhook.follow())
        await asyncio.gather(*following)

    def mend_later(self) -> None:
        """Show a roll-back in the registry's own pages; nobody waits for that."""
        mend = self.offers.mend
        if mend is None:
            return

        async def mended() -> None:
            try:
                await mend()
            except OtklikError as error:
                LOG.warning("MLflow does not show the roll-back yet: %s", error)

        task = asyncio.get_running_loop().create_task(mended())
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    def index_of(self, encoder: str) -> VectorIndex:
        """Vectors of an encoder in memory; those of the one before are forgotten."""
        if encoder not in self.indexes:
            self.indexes[encoder] = VectorIndex(encoder, self.settings.similar_rows)
        self.indexes.move_to_end(encoder)
        while len(self.indexes) > MOST_INDEXES:
            self.indexes.popitem(last=False)
        return self.indexes[encoder]

    async def read(
        self, asked: Sequence[Asked], wait_s: float | None = None
    ) -> list[tuple[Reading, float]]:
        """Readings in order, each with the milliseconds it took from here.

        Parameters
        ----------
        wait_s : float or None
            How long the caller would wait for its turn; None means as long as the settings say.

        Raises
        ------
        Problem
            `not_ready`, `overloaded`.
        """
        _ = self.live.engine  # refuse before anything is queued
        began = asyncio.get_running_loop().time()
        readings = await self.queue.submit(asked, wait_s)
        latency_ms = (asyncio.get_running_loop().time() - began) * 1000
        for reading in readings:
            self.metrics.messages.labels(reading.action, reading.model).inc()
        return [(reading, latency_ms) for reading in readings]


def _directs(settings: ServeSettings) -> Directs:
    return city_directions() if settings.routing else NoDirections()


def tokens_of(asked: Asked) -> int:
    """What a reading costs, in tokens, about."""
    tokens = len(asked.text.encode(errors="replace")) // BYTES_A_TOKEN + SPECIAL_TOKENS
    if asked.explain:
        tokens *= 1 + min(MOST_PIECES, asked.text.count(" ") + 1)
    return tokens


def _service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service_of)]


def now() -> datetime:
    """The moment of the call, in UTC."""
    return datetime.now(UTC)
