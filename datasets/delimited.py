"""Delimited text (CSV, TSV) as a stream of cells; encoding and separator are guessed."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

from otklik.datasets.errors import BadFile
from otklik.datasets.gzipped import BROKEN, open_bytes, read_head

SAMPLE_BYTES = 1 << 16
SAMPLE_ROWS = 20
MAX_CELL_CHARS = 1 << 24
_DELIMITERS = ",;\t|"
# Follows the last line; a quote that is never closed swallows it together with the rest of the
# file, and that must not pass for one long cell.
_END = "\0end of file\n"

Cells = tuple[int, list[str], str | None]
IsHeader = Callable[[Sequence[str]], bool]


def iter_delimited(path: Path, is_header: IsHeader | None = None) -> Iterator[Cells]:
    """Line number, cells and problem of every row; the file is never held in memory.

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
    encoding = _encoding(path)
    sample = read_head(path, SAMPLE_BYTES).decode(encoding, errors="replace")
    if _control_chars(sample) > len(sample) // 100:
        raise BadFile(f"{path.name} is neither a table nor text. Save it as .xlsx or .csv.")
    csv.field_size_limit(MAX_CELL_CHARS)
    with open_bytes(path) as binary:
        text = io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="")
        reader = csv.reader(chain(text, [_END]), delimiter=_delimiter(sample, is_header))
        line = 1
        for cells in reader:
            if cells and cells[-1].endswith(_END):
                problem = "a quote that opens in this row is never closed, the rest went into it"
                yield line, [*cells[:-1], cells[-1].removesuffix(_END)], problem
            elif cells != [_END.rstrip()]:
                yield line, cells, None
            line = reader.line_num + 1


def _encoding(path: Path) -> str:
    """Encoding, by the first block that holds anything but ASCII."""
    block = read_head(path, SAMPLE_BYTES)
    if block.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if block.isascii():
        with open_bytes(path) as file, suppress(*BROKEN):
            while block.isascii() and (following := file.read1(SAMPLE_BYTES)):
                block = following
    return "utf-8-sig" if _is_utf8(block) else "cp1251"


def _is_utf8(block: bytes) -> bool:
    """Whether nearly all of it is UTF-8: one spoilt letter does not make a file Windows-1251."""
    text = block.decode(errors="replace")
    foreign = len(text) - len(text.encode("ascii", errors="ignore"))
    return text.count("\ufffd") * 10 <= foreign + 9


def _control_chars(text: str) -> int:
    return sum(char < " " and char not in "\t\r\n" for char in text)


def _delimiter(sample: str, is_header: IsHeader | None) -> str:
    def fitness(delimiter: str) -> tuple[bool, int, int]:
        """Whether there is a header; rows of equal width; that width."""
        rows = list(
            islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), SAMPLE_ROWS)
        )
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, agreeing = widths.most_common(1)[0] if widths else (1, 0)
        return is_header is not None and any(map(is_header, rows)), agreeing, width

    return max(_DELIMITERS, key=fitness)
