"""Plain text in: one message a line, or one message in all."""

import sys
from collections.abc import Iterable, Iterator
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
    if file is None:
        yield from _split(sys.stdin, whole=whole)
        return
    try:
        with file.open(encoding="utf-8-sig") as lines:
            yield from _split(lines, whole=whole)
    except UnicodeDecodeError as error:
        raise BadFile(f"{file}: not UTF-8 at byte {error.start}. Convert it to UTF-8.") from error
    except OSError as error:
        raise BadFile(f"{file}: {error.strerror}.") from error


def _split(lines: Iterable[str], *, whole: bool) -> Iterator[str]:
    if whole:
        yield "".join(lines)
    else:
        for line in lines:
            yield line.rstrip("\r\n")
