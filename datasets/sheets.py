"""Sheets of .xlsx and .xls files, through calamine."""

import datetime as dt
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from otklik.datasets.errors import BadFile


def iter_sheet(path: Path) -> Iterator[list[str]]:
    """Rows of the first visible sheet that holds any, cells as text.

    Raises
    ------
    BadFile
        Encrypted, broken, or without a filled sheet.
    """
    try:
        if path.suffix == ".gz":
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(gzip.decompress(path.read_bytes())))
        else:
            workbook = CalamineWorkbook.from_path(str(path))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.total_height:
                for row in sheet.iter_rows():
                    yield [cell_text(cell) for cell in row]
                return
    except (CalamineError, OSError, ValueError) as error:
        raise BadFile(
            f"{path.name} cannot be read as a spreadsheet: {error}. If it is protected by a "
            "password or damaged, save it again as .xlsx or .csv."
        ) from error
    raise BadFile(f"{path.name} has no sheet with rows.")


def cell_text(value: object) -> str:
    """A cell as a person would type it: 717475.0 is «717475», a date is ISO, nothing is «»."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)
