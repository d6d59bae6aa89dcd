"""Sheets of .xlsx and .xls files, through calamine."""

import datetime as dt
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from otklik.datasets.errors import BadFile
from otklik.datasets.gzipped import BROKEN, is_gzipped


def iter_sheet(path: Path) -> Iterator[list[str]]:
    """Rows of the first visible sheet that holds any, cells as text.

    Calamine keeps the whole sheet in memory, outside of Python; the rows become Python objects
    one at a time.

    Raises
    ------
    BadFile
        Encrypted, cut off, damaged, or without a filled sheet.
    """
    try:
        with _open(path) as workbook:
            for sheet_about in workbook.sheets_metadata:
                if sheet_about.visible is not SheetVisibleEnum.Visible:
                    continue
                sheet = workbook.get_sheet_by_name(sheet_about.name)
                if sheet.total_height:
                    for row in sheet.iter_rows():
                        yield [cell_text(cell) for cell in row]
                    return
    except PasswordError as error:
        raise BadFile(
            f"{path.name} is protected by a password. Save it without one and import it again."
        ) from error
    except (CalamineError, *BROKEN) as error:
        raise BadFile(
            f"{path.name} cannot be read as a spreadsheet ({error}): cut off, damaged or "
            "protected. Fetch it again, or open it and save it as .xlsx or .csv."
        ) from error
    raise BadFile(f"{path.name} has no visible sheet with rows.")


def _open(path: Path) -> CalamineWorkbook:
    if is_gzipped(path):
        return CalamineWorkbook.from_filelike(io.BytesIO(gzip.decompress(path.read_bytes())))
    return CalamineWorkbook.from_path(path)


def cell_text(value: object) -> str:
    """A cell as a person would type it: 717475.0 is «717475», a date is ISO, nothing is «»."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # not a number: an empty cell of a numeric column
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)
