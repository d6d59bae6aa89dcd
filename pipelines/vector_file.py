"""A `.npy` file that is written in pieces and can be gone on with after a kill."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SHOWN = 20


@dataclass(slots=True)
class Progress:
    """How far a file has come.

    `key` says what is being written; `done` how many rows are on disk; `bad` how many of them
    stand for a row without a readable text, `bad_lines` the first of those in the table.
    """

    key: str
    done: int = 0
    bad: int = 0
    bad_lines: list[int] = field(default_factory=list)

    def note_bad(self, line: int) -> None:
        """Count a row without a readable text."""
        self.bad += 1
        if len(self.bad_lines) < SHOWN:
            self.bad_lines.append(line)


class VectorFile:
    """Rows of vectors on their way to `path`; open it with `open_vectors`."""

    def __init__(self, path: Path, key: str, rows: int, dim: int) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._side = path.with_name(f"{path.name}.progress")
        self.progress = self._resume(key, rows, dim) or Progress(key)
        self._rows = self._open(rows, dim)

    def append(self, vectors: npt.NDArray[np.float32]) -> None:
        """Write rows, and only then that they are written."""
        done = self.progress.done
        self._rows[done : done + len(vectors)] = vectors
        self._rows.flush()
        self.progress.done = done + len(vectors)
        fresh = self._side.with_name(f"{self._side.name}.new")
        fresh.write_text(json.dumps(asdict(self.progress)), encoding="utf-8")
        fresh.replace(self._side)

    def finish(self) -> None:
        """Give the whole file its name; the side file goes."""
        self._rows.flush()
        with self._part.open("rb") as file:
            os.fsync(file.fileno())
        self._part.replace(self._path)
        self._side.unlink(missing_ok=True)

    def _open(self, rows: int, dim: int) -> np.memmap[Any, np.dtype[np.float32]]:
        if self.progress.done:
            return np.lib.format.open_memmap(self._part, mode="r+")
        opened: np.memmap[Any, np.dtype[np.float32]] = np.lib.format.open_memmap(
            self._part, mode="w+", dtype=np.float32, shape=(rows, dim)
        )
        # A full disk is an error now, and no crash when a page is written.
        with self._part.open("rb+") as file:
            os.posix_fallocate(file.fileno(), 0, self._part.stat().st_size)
        return opened

    def _resume(self, key: str, rows: int, dim: int) -> Progress | None:
        try:
            found = Progress(**json.loads(self._side.read_text(encoding="utf-8")))
            part = np.lib.format.open_memmap(self._part, mode="r")
        except (OSError, ValueError, TypeError):
            return None
        return found if found.key == key and part.shape == (rows, dim) else None


@contextmanager
def open_vectors(path: Path, key: str, rows: int, dim: int) -> Iterator[VectorFile]:
    """A file of `rows` vectors, gone on with where a former run with the same key broke off.

    The rows stand in `path` plus `.part` until all are there; what a failed run leaves behind is
    what the next one goes on with.

    Raises
    ------
    OSError
        No space, or no right to write there.
    """
    file = VectorFile(path, key, rows, dim)
    yield file
    file.finish()
