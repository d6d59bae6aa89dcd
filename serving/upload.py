"""A file that comes in a request: onto the disk as it comes, up to a limit, and away afterwards."""

import asyncio
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from otklik.serving.problems import Problem

FOLDER = "uploads"
UPLOAD_S = 600.0
LEFT_S = 60.0
"""A folder so old that nobody holds was left by a process that was killed."""
FORM = "multipart/form-data"
TYPES = (
    FORM,
    "application/octet-stream",
    "application/gzip",
    "application/x-ndjson",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text/csv",
    "text/plain",
)
_UNSAFE = re.compile(r"[^\w. -]")
_MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file on the disk, and the fields that came with it in a form."""

    path: Path
    fields: dict[str, str]


def is_taken(content_type: str) -> bool:
    """Whether a body of this type may be a file."""
    return content_type.partition(";")[0].strip().lower() in TYPES


@asynccontextmanager
async def uploaded(
    request: Request, chunks: AsyncGenerator[bytes, None], var: Path, name: str
) -> AsyncIterator[Uploaded]:
    """Hold what comes: the body itself, or the one file of a form.

    Parameters
    ----------
    chunks : async generator of bytes
        Of the body; it ends, or raises, at the limit.
    name : str
        Of a file that comes without one.

    Raises
    ------
    Problem
        `bad_upload`, `slow_body`, and what `chunks` raises.
    """
    folder, held = await asyncio.to_thread(_make_folder, var / FOLDER)
    try:
        try:
            async with asyncio.timeout(UPLOAD_S):
                found = await _receive(request, chunks, folder, name)
        except TimeoutError:
            raise Problem("slow_body", seconds=int(UPLOAD_S)) from None
        yield found
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        os.close(held)


def _make_folder(home: Path) -> tuple[Path, int]:
    """An empty folder, and the lock that says it is in use."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(home)
    folder = Path(tempfile.mkdtemp(dir=home))
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    return folder, held


def sweep(home: Path) -> None:
    """Remove what killed processes left: it is what residents wrote, unmasked."""
    for folder in home.glob("*"):
        try:
            if time.time() - folder.stat().st_mtime < LEFT_S:
                continue
            number = os.open(folder, os.O_RDONLY)
        except OSError:
            continue  # somebody else has just removed it
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # in use
        finally:
            os.close(number)


async def _receive(
    request: Request, chunks: AsyncGenerator[bytes, None], folder: Path, name: str
) -> Uploaded:
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != FORM:
        path = folder / safe_name(name)
        with path.open("wb") as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
        return Uploaded(path, {})
    try:
        form = await MultiPartParser(request.headers, chunks, max_files=1, max_fields=8).parse()
    except (MultiPartException, MultipartParseError, KeyError, UnicodeError) as error:
        raise Problem("bad_upload") from error
    try:
        file_part = form.get("file")
        if not isinstance(file_part, UploadFile):
            raise Problem("bad_upload")
        path = folder / safe_name(file_part.filename or name)
        with path.open("wb") as file:
            await asyncio.to_thread(shutil.copyfileobj, file_part.file, file, 1 << 20)
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        return Uploaded(path, fields)
    finally:
        await form.close()


def safe_name(name: str) -> str:
    """The last part of a name, without anything that means something to a file system.

    Examples
    --------
    >>> safe_name("../../выгрузка за март.csv"), safe_name("..")
    ('выгрузка за март.csv', 'upload')
    """
    last = re.split(r"[/\\]", name)[-1]
    cleaned = _UNSAFE.sub("_", last).strip(" .")[-_MOST_NAME:]
    return cleaned.lstrip(".") or "upload"
