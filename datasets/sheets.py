"""Sheets of .xlsx and .xls files, through calamine."""

import datetime as dt
import gzip
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from otklik.datasets.delimited import HEADER_SEARCH_ROWS, IsHeader
from otklik.datasets.errors import BadFile
from otklik.datasets.gzipped import BROKEN, is_gzipped


def iter_sheet(path: Path, is_header: IsHeader | None = None) -> Iterator[list[str]]:
    """Rows of one sheet, cells as text: the visible one with the header, or the first with rows.

    Calamine keeps the whole sheet in memory, outside of Python; the rows become Python objects
    one at a time.

    Raises
    ------
    BadFile
        Encrypted, cut off, damaged, without a filled sheet, or with the header in two of them.
    """
    try:
        with _open(path) as workbook:
            for row in _chosen(path, workbook, is_header).iter_rows():
                yield [cell_text(cell) for cell in row]
    except PasswordError as error:
        raise BadFile(
            f"{path.name} is protected by a password. Save it without one and import it again."
        ) from error
    except (CalamineError, *BROKEN) as error:
        raise BadFile(
            f"{path.name} cannot be read as a spreadsheet ({error}): cut off, damaged or "
            "protected. Fetch it again, or open it and save it as .xlsx or .csv."
        ) from error


def _chosen(path: Path, workbook: CalamineWorkbook, is_header: IsHeader | None) -> CalamineSheet:
    filled: CalamineSheet | None = None
    wanted: CalamineSheet | None = None
    for about in workbook.sheets_metadata:
        if (
            about.visible is not SheetVisibleEnum.Visible
            or about.typ is not SheetTypeEnum.WorkSheet
        ):
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        if not sheet.height:
            continue
        filled = filled or sheet
        if is_header and _has_header(sheet, is_header):
            if wanted:
                raise BadFile(
                    f"{path.name} has messages in two sheets, «{wanted.name}» and «{sheet.name}»; "
                    "one is read. Save each sheet as a file of its own, or hide what is not meant."
                )
            wanted = sheet
    if not filled:
        raise BadFile(f"{path.name} has no visible sheet with rows.")
    return wanted or filled


def _has_header(sheet: CalamineSheet, is_header: IsHeader) -> bool:
    first = islice(sheet.iter_rows(), HEADER_SEARCH_ROWS)
    return any(is_header([cell_text(cell) for cell in row]) for row in first)


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
