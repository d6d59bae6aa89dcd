"""What commands print: results as tables or JSON, progress and errors on standard error."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

out = Console()
err = Console(stderr=True)


def print_json(result: Any) -> None:  # noqa: ANN401 - whatever json can write
    """Write a result for machines: UTF-8, indented, one trailing line break."""
    json.dump(result, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_table(columns: list[str], rows: list[list[str]], title: str | None = None) -> None:
    """Write a table for people."""
    table = Table(title=title, title_justify="left")
    for column, *cells in zip(columns, *rows, strict=True):
        # a code that is cut or broken is no code
        is_code = all(" " not in cell for cell in cells)
        table.add_column(column, no_wrap=is_code, overflow="fold")
    for row in rows:
        table.add_row(*row)
    out.print(table)


def print_facts(facts: dict[str, Any], *, as_json: bool) -> None:
    """Write name–value pairs: one line each for people, one object for machines."""
    if as_json:
        print_json(facts)
        return
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        lines = _lines(value)
        for label, line in zip_longest([name], lines, fillvalue=""):
            out.print(f"{label:<{width}}  {line}", highlight=False, markup=False, soft_wrap=True)


def _lines(value: object) -> list[str]:
    if isinstance(value, list):
        return [": ".join(map(str, _values(item))) for item in value]
    if isinstance(value, dict):
        return [f"{name}: {item}" for name, item in value.items()]
    return [str(value)]


def _values(item: object) -> Iterable[object]:
    return item.values() if isinstance(item, dict) else [item]


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator["Step"]:
    """Progress bar on standard error; silent where that is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield Step(bar, task)


class Step:
    """A running progress bar; `advance` tells it how much is done."""

    def __init__(self, bar: Progress, task: Any) -> None:  # noqa: ANN401 - rich's own id type
        self._bar = bar
        self._task = task
        self._label: str | None = None

    def advance(self, amount: int = 1) -> None:
        """Count `amount` more items as done."""
        self._bar.advance(self._task, amount)

    def expect(self, total: int) -> None:
        """Say how much there is to do, where that is known only after the start."""
        self._bar.update(self._task, total=total)

    def name(self, label: str) -> None:
        """Say what is being done now, and count what was done before as done."""
        done = self._label is not None
        self._label = label
        self._bar.update(self._task, description=label, advance=int(done))
