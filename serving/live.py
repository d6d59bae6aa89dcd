"""The model that answers now: loaded, warmed up, and exchanged when another one is promoted."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from otklik.datasets.errors import OtklikError
from otklik.datasets.settings import load_settings
from otklik.models.bundle import BundleLayout
from otklik.models.history import CHAMPION, NAME
from otklik.models.registered import MODEL, registered_versions, registry_folder
from otklik.serving.edge import told_of
from otklik.serving.engine import Engine, OpenPredictor, Tools
from otklik.serving.problems import Problem

LOG = logging.getLogger("otklik.serving")
KEPT = 2
"""Engines in memory: the one that answers and the one before it, so a roll-back loads nothing."""
RETRY_S = 10.0
CATCH_UP_S = 0.02

Stamp = tuple[int, int, int]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version that should answer; `stamp` tells a bundle that was built anew from the old."""

    name: str
    folder: Path
    stamp: Stamp | None


def find_wanted() -> Wanted:
    """The champion, or the shipped bundle while there is none.

    Raises
    ------
    BadRegistry
        The history was changed.
    """
    for one in registered_versions(MODEL):
        if CHAMPION in one.aliases:
            return Wanted(one.name, one.folder, _stamp(BundleLayout.of(one.folder).manifest))
    folder = load_settings().var / "models" / "default"
    return Wanted("default", folder, _stamp(BundleLayout.of(folder).manifest))


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class LiveModel:
    """Holds the engine that answers and follows the registry.

    Parameters
    ----------
    open_predictor : callable
        Folder of a bundle → predictor.
    tools : Tools
        For the first readings of a new engine.
    alpha : float
    reload_s : float
        Seconds between looks at the registry.
    told : callable
        Told of each attempt: whether the engine was loaded.
    """

    def __init__(
        self,
        open_predictor: OpenPredictor,
        tools: Tools,
        *,
        alpha: float,
        reload_s: float,
        told: Callable[[bool], None] = lambda _loaded: None,
    ) -> None:
        self._open, self._tools, self._alpha = open_predictor, tools, alpha
        self._reload_s, self._told = reload_s, told
        self._kept: OrderedDict[Wanted, Engine] = OrderedDict()
        self._engine: Engine | None = None
        self._seen: object = None
        self._retry_at = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="otklik-model")
        self.trouble = "The model is being loaded."

    @property
    def engine(self) -> Engine:
        """The engine that answers.

        Raises
        ------
        Problem
            `not_ready`: none is loaded yet.
        """
        if self._engine is None:
            raise Problem("not_ready", retry_after_s=5)
        return self._engine

    @property
    def ready(self) -> bool:
        """Whether there is one."""
        return self._engine is not None

    async def aside(self, work: Callable[[], T]) -> T:
        """Do something in the thread that loads models, away from those that answer."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def follow(self) -> None:
        """Look at the registry again and again; a version that cannot be loaded changes nothing."""
        while True:
            try:
                await self.refresh()
            except Exception as error:  # the next look may find the registry whole again
                LOG.error("the registry cannot be looked at: %s", told_of(error))
            await asyncio.sleep(self._reload_s)

    async def refresh(self) -> None:
        """Look at the registry once, and load what should answer if it does not yet."""
        loop = asyncio.get_running_loop()
        state = (_stamp(registry_folder() / NAME), self._stamp_of_default())
        if state == self._seen and (not self.trouble or loop.time() < self._retry_at):
            return
        self._seen = state
        try:
            await self.aside(self._load)
        except Exception as error:  # a broken bundle must not stop the one that answers
            expected = isinstance(error, OtklikError)
            self.trouble = str(error) if expected else type(error).__name__
            self._retry_at = loop.time() + RETRY_S
            LOG.error("the promoted model cannot be loaded: %s", self.trouble)
            self._told(False)
        else:
            self.trouble = ""

    async def catch_up(self, name: str, timeout_s: float) -> bool:
        """Wait until a version answers that was just promoted; whether it does.

        The look-out may have noticed it first, and be loading it.
        """
        loop = asyncio.get_running_loop()
        stop = loop.time() + timeout_s
        while self._engine is None or self._engine.name != name:
            if loop.time() > stop:
                return False
            await self.refresh()
            await asyncio.sleep(CATCH_UP_S)
        return True

    def close(self) -> None:
        """Let the loading thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _stamp_of_default(self) -> Stamp | None:
        return _stamp(BundleLayout.of(load_settings().var / "models" / "default").manifest)

    def _load(self) -> None:
        wanted = find_wanted()
        engine = self._kept.get(wanted)
        if engine is None:
            engine = Engine(wanted.name, self._open(wanted.folder), self._alpha)
            engine.warm_up(self._tools)
            self._told(True)
        self._kept[wanted] = engine
        self._kept.move_to_end(wanted)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if engine is not self._engine:
            self._engine = engine
            LOG.info("%s (%s) answers", engine.name, engine.version)
