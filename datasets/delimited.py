"""Delimited text (CSV, TSV) as a stream of cells; encoding and separator are guessed."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from gzip import GzipFile
from io import BufferedReader, BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Self

from otklik.datasets.errors import BadFile
from otklik.datasets.gzipped import BROKEN, open_bytes, read_head

SAMPLE_BYTES = 1 << 16
HEADER_SEARCH_ROWS = 20
MAX_CELL_CHARS = 1 << 24
_DELIMITERS = ",;\t|"
# Follows the last line: a quote that is never closed swallows it with the rest of the file.
_END = "\0end of file\n"

Cells = tuple[int, list[str], str | None]
IsHeader = Callable[[Sequence[str]], bool]


def iter_delimited(path: Path, is_header: IsHeader | None = None) -> Iterator[Cells]:
    """Line number, cells and problem of every row; the file is never held in memory.

    A quote that is never closed, or a cell beyond all measure, costs its own row only: reading
    goes on with the next line.

    Parameters
    ----------
    path : Path
        UTF-8, UTF-16 or Windows-1251, may be gzipped.
    is_header : callable or None
        Helps to tell the separator: the one that makes a header out of one of the first rows.

    Raises
    ------
    BadFile
        Binary, not text.
    """
    encoding = guess_encoding(path)
    sample = "".join(_decoded(BytesIO(read_head(path, SAMPLE_BYTES)), encoding))
    if _control_chars(sample) > len(sample) // 100:
        raise BadFile(f"{path.name} is neither a table nor text. Save it as .xlsx or .csv.")
    csv.field_size_limit(MAX_CELL_CHARS)
    delimiter = _delimiter(sample, is_header)
    with open_bytes(path) as binary:
        lines = _Lines(chain(_decoded(binary, encoding), [_END]))
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            line = lines.begin_row()
            try:
                cells = next(reader)
                unclosed = len(lines.row) > 1 and cells[-1].endswith(_END)
            except StopIteration:
                return
            except csv.Error:
                unclosed = True
            if unclosed:
                cells = lines.row[0].rstrip("\r\n").split(delimiter)
                yield line, cells, "a quote that is never closed, or a cell that is too long"
                lines.put_back()
            elif cells != [_END.rstrip()]:
                yield line, cells, None


def iter_lines(path: Path) -> Iterator[str]:
    """Lines of a text file in any of the encodings that `iter_delimited` takes."""
    with open_bytes(path) as binary:
        yield from _decoded(binary, guess_encoding(path))


class _Lines:
    """Lines of a file; those of a row that went wrong are put back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.row: list[str] = []
        self._lines = lines
        self._again: list[str] = []
        self._number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._number += 1
        self.row.append(line)
        return line

    def begin_row(self) -> int:
        """Forget the lines of the last row; the number of the line that comes next, from 1."""
        self.row.clear()
        return self._number + 1

    def put_back(self) -> None:
        """Let the lines of this row come again, except the first."""
        self._number -= len(self.row) - 1
        self._again.extend(reversed(self.row[1:]))


def guess_encoding(path: Path) -> str:
    """Encoding, by the first block that holds anything but ASCII."""
    block = read_head(path, SAMPLE_BYTES)
    if block.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if block.isascii():
        with open_bytes(path) as file, suppress(*BROKEN):
            while block.isascii() and (following := file.read1(SAMPLE_BYTES)):
                block = following
    return "utf-8" if _is_utf8(block) else "cp1251"


def _decoded(binary: GzipFile | BufferedReader | BytesIO, encoding: str) -> Iterator[str]:
    # Files glued from two exports change their encoding midway: every line tells its own.
    # Latin-1 keeps the bytes until the lines are told apart.
    carrier = encoding if encoding == "utf-16" else "latin-1"
    with io.TextIOWrapper(binary, encoding=carrier, errors="replace", newline="") as lines:
        for number, line in enumerate(lines):
            text = line if encoding == carrier else _decode(line.encode(carrier), encoding)
            yield text if number else text.removeprefix("\ufeff")


def _decode(line: bytes, encoding: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        text = line.decode(errors="replace")
    # One spoilt letter among many does not make a line Windows-1251.
    spoilt = text.count("\ufffd") * 2 <= _foreign(text)
    return text if encoding == "utf-8" and spoilt else line.decode("cp1251", errors="replace")


def _is_utf8(block: bytes) -> bool:
    """Whether nearly all of it is UTF-8: one spoilt letter does not make a file Windows-1251."""
    text = block.decode(errors="replace")
    return text.count("\ufffd") * 10 <= _foreign(text) + 9


def _foreign(text: str) -> int:
    """Count of characters beyond ASCII."""
    return len(text) - len(text.encode("ascii", errors="ignore"))


def _control_chars(text: str) -> int:
    return sum(char < " " and char not in "\t\r\n" for char in text)


def _delimiter(sample: str, is_header: IsHeader | None) -> str:
    def fitness(delimiter: str) -> tuple[bool, int, int]:
        """Whether there is a header; rows of equal width; that width."""
        rows = list(
            islice(
                csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), HEADER_SEARCH_ROWS
            )
        )
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, agreeing = widths.most_common(1)[0] if widths else (1, 0)
        return is_header is not None and any(map(is_header, rows)), agreeing, width

    return max(_DELIMITERS, key=fitness)
