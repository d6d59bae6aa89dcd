"""Plain text in: one message a line, or one message in all."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from otklik.datasets.errors import BadFile

TextFile = Annotated[
    Path | None, typer.Argument(help="Text file, UTF-8; without it standard input.")
]
Whole = Annotated[bool, typer.Option("--whole", help="The input is one message, not one per line.")]


def read_lines(file: Path | None, *, whole: bool) -> Iterator[str]:
    """Yield messages of a text file or of standard input.

    Raises
    ------
    BadFile
        Not there, or not UTF-8.
    """
    name = "standard input" if file is None else str(file)
    try:
        with nullcontext(sys.stdin) if file is None else file.open(encoding="utf-8-sig") as lines:
            yield from _split(lines, whole=whole)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise BadFile(
            f"{name} is not UTF-8: byte 0x{byte:02x}. Convert it first, as with "
            "`iconv -f cp1251 -t utf-8`."
        ) from error
    except OSError as error:
        raise BadFile(f"{name}: {error.strerror}. Check path and rights.") from error


def _split(lines: Iterable[str], *, whole: bool) -> Iterator[str]:
    if whole:
        yield "".join(lines)
    else:
        for line in lines:
            yield line.rstrip("\r\n")
