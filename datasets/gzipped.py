"""Files that may be gzipped; told by their first bytes, not by their name."""

import gzip
import zlib
from io import BufferedReader
from pathlib import Path

_MAGIC = b"\x1f\x8b"

BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What a gzip file raises that breaks off or is damaged."""


def is_gzipped(path: Path) -> bool:
    """Whether the file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(2) == _MAGIC


def open_bytes(path: Path) -> gzip.GzipFile | BufferedReader:
    """Open for reading, unpacked."""
    return gzip.open(path, "rb") if is_gzipped(path) else path.open("rb")


def read_head(path: Path, max_bytes: int) -> bytes:
    """First bytes, unpacked; of a file that breaks off, those that are there."""
    head = b""
    with open_bytes(path) as file:
        try:
            # read1 gives what it has; read would lose it when the file breaks off.
            while len(head) < max_bytes and (block := file.read1(max_bytes - len(head))):
                head += block
        except BROKEN:
            if not head:
                raise
    return head


def data_suffix(path: Path) -> str:
    """Suffix without «.gz», lower case: «.csv» for `Выгрузка.CSV.gz`."""
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return inner.suffix.lower()
