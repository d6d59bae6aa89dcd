"""Tables and reports without personal data: what `otklik data` writes and prints."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TypeVar, cast

from otklik.datasets.labelled import LabelledTable
from otklik.datasets.masking import Masker
from otklik.datasets.personal_columns import placeholder_of
from otklik.datasets.rubricator_names import is_rubricator_name
from otklik.datasets.tables import free_name

_Thing = TypeVar("_Thing")


def mask_table(
    table: LabelledTable, masker: Masker, advance: Callable[[], object] = lambda: None
) -> LabelledTable:
    """Mask every cell; topics that a rubricator knows stay as they are.

    Parameters
    ----------
    table : LabelledTable
        As read.
    masker : Masker
        Told every distinct cell once.
    advance : callable
        Called after each distinct cell.
    """
    cells = list(dict.fromkeys(cell for row in table.rows for cell in row.values.values() if cell))
    masked = {"": ""}
    for cell, found in zip(cells, masker.mask_many(cells), strict=True):
        masked[cell] = cell if found.text != cell and is_rubricator_name(cell) else found.text
        advance()
    hidden = {name: placeholder_of(name) for name in table.header}

    def mask(name: str, cell: str) -> str:
        return cell and (hidden.get(name) or masked[cell])

    rows = (
        replace(row, values={name: mask(name, cell) for name, cell in row.values.items()})
        for row in table.rows
    )
    return replace(table, rows=tuple(rows))


def mask_report(report: _Thing, masker: Masker) -> _Thing:
    """Mask every string of a report made of data classes, dicts and tuples.

    A column of labels may turn out to be one of people: their names are counted, not shown.
    """

    @cache
    def mask_name(name: str) -> str:
        found = masker.mask(name).text
        return name if found == name or is_rubricator_name(name) else found

    def mask(thing: object) -> object:
        if isinstance(thing, str):
            return mask_name(thing)
        if isinstance(thing, dict):
            return mask_keys(thing)
        if isinstance(thing, list | tuple):
            return type(thing)(map(mask, thing))
        if is_dataclass(thing) and not isinstance(thing, type):
            return replace(thing, **{f.name: mask(getattr(thing, f.name)) for f in fields(thing)})
        return thing

    def mask_keys(counts: dict[str, object]) -> dict[str, object]:
        masked: dict[str, object] = {}
        for key, value in counts.items():
            masked[free_name(mask_name(key), masked)] = mask(value)
        return masked

    return cast(_Thing, mask(report))
