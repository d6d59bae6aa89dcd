"""A made-up city on disk: a CSV file that the preset `im` reads, and its truth as JSON."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from otklik.datasets.city_message import COLUMNS
from otklik.datasets.city_truth import Truth
from otklik.datasets.errors import BadFile
from otklik.datasets.records import Message


def write_city(messages: Iterable[Message], path: Path) -> int:
    """Write messages as rows of `COLUMNS`; an older file is replaced when the new one is whole.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    BadFile
        Another suffix than .csv, or the file cannot be written.
    """
    if path.suffix.lower() != ".csv":
        raise BadFile(f"{path.name}: expected a name that ends in .csv.")
    count = 0
    with _whole(path) as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for message in messages:
            writer.writerow(message.raw)
            count += 1
    return count


def write_truth(truth: Truth, path: Path) -> None:
    """Write what was planted, as JSON.

    Raises
    ------
    BadFile
        The file cannot be written.
    """
    with _whole(path) as file:
        file.write(truth.to_json())


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    """A file that takes its name when it is whole."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
