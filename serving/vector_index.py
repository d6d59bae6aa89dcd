"""Stored vectors in memory: brute force over float16, which follows what is stored."""

import time
from collections.abc import Callable
from threading import Lock

import numpy as np
import numpy.typing as npt

from otklik.datasets.store_engine import Database
from otklik.datasets.vector_rows import (
    VectorRows,
    newest_id,
    vectors_after,
    vectors_of,
    versions_after,
)

CHUNK = 20_000
OVERLAP = 500
"""Ids behind the newest that are read again: what two processes store comes in any order."""
SWEEP_S = 5.0
BLOCK = 8192
LEAST_ROWS = 1024

Floats = npt.NDArray[np.float32]


class VectorIndex:
    """Vectors of one encoder, of the newest messages; may be shared by threads.

    What is new is read before each search. An older message that was edited or read late is
    found by a walk over everything, a part every few seconds: in the time until then its old
    vector may propose it, but whoever asks compares with what is stored.

    Parameters
    ----------
    encoder : str
        Hash under which vectors are stored.
    most_rows : int
        Messages held; a row of 384 numbers takes 768 bytes.
    """

    def __init__(
        self, encoder: str, most_rows: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.encoder = encoder
        self._most, self._clock = most_rows, clock
        self._lock = Lock()
        self._base = 1
        self._versions = np.zeros(0, dtype=np.int32)  # 0: no vector
        self._rows = np.zeros((0, 0), dtype=np.float16)
        self._last = 0
        self._swept, self._swept_at = 0, -np.inf

    def __len__(self) -> int:
        """How many vectors are held."""
        return int(np.count_nonzero(self._versions))

    def follow(self, database: Database) -> None:
        """Read what was stored since the last call."""
        with self._lock:
            after = max(self._last - OVERLAP, newest_id(database) - self._most, 0)
            while (found := vectors_after(database, self.encoder, after, CHUNK)).ids:
                self._keep(found)
                after = self._last = max(self._last, found.ids[-1])
            now = self._clock()
            if now >= self._swept_at + SWEEP_S:
                self._swept_at = now
                self._sweep(database)

    def candidates(self, vector: Floats, most: int) -> list[int]:
        """Ids of the messages nearest to a unit vector of shape (dim,), nearest first."""
        with self._lock:
            rows, versions, base = self._rows, self._versions, self._base
        if not len(rows):
            return []
        cosines = np.concatenate(
            [
                rows[start : start + BLOCK].astype(np.float32) @ vector
                for start in range(0, len(rows), BLOCK)
            ]
        )
        cosines[versions == 0] = -np.inf
        most = min(most, int(np.count_nonzero(versions)))
        if most == 0:
            return []
        best = np.argpartition(-cosines, most - 1)[:most]
        best = best[np.argsort(-cosines[best], kind="stable")]
        nearest: list[int] = (best + base).tolist()
        return nearest

    def _sweep(self, database: Database) -> None:
        found = versions_after(database, self.encoder, max(self._swept, self._base - 1), CHUNK)
        stale = [number for number, version in found if self._version(number) != version]
        if stale:
            self._keep(vectors_of(database, self.encoder, stale))
        self._swept = found[-1][0] if len(found) == CHUNK else 0

    def _version(self, number: int) -> int:
        place = number - self._base
        return int(self._versions[place]) if 0 <= place < len(self._versions) else 0

    def _keep(self, found: VectorRows) -> None:
        if not found.ids:
            return
        self._make_room(found.ids[-1], found.vectors.shape[1])
        places = np.array(found.ids) - self._base
        held = places >= 0
        self._rows[places[held]] = found.vectors[held]
        self._versions[places[held]] = np.array(found.versions)[held]

    def _make_room(self, number: int, dim: int) -> None:
        """Grow, or forget the oldest quarter; arrays that a search holds are left as they are."""
        held = len(self._rows)
        if number - self._base < held and self._rows.shape[1] == dim:
            return
        base = self._base
        if number - base >= self._most:
            base = number + 1 - max(1, self._most * 3 // 4)
        size = min(self._most, max(LEAST_ROWS, 2 * held, number - base + 1))
        rows = np.zeros((size, dim), dtype=np.float16)
        versions = np.zeros(size, dtype=np.int32)
        gone = base - self._base
        kept = min(size, max(0, held - gone))
        if kept and self._rows.shape[1] == dim:
            rows[:kept] = self._rows[gone : gone + kept]
            versions[:kept] = self._versions[gone : gone + kept]
        self._base, self._rows, self._versions = base, rows, versions
