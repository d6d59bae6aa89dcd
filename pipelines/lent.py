"""What `otklik serve` lends the service: imports and promotions, each in a process of its own.

A process of its own, because both load models and compute for long: the service goes on answering
with its memory and its lock to itself, and whatever ends the work does not end the service.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from otklik.serving.app import create_app
from otklik.serving.offers import Declined, Imported, Offers, Promoted

PROGRAM = "otklik.pipelines.cli"
MOST_REJECTS = 100
PREFIX = "otklik: "
COUNTS = ("read", "stored", "changed", "unchanged", "rejected", "duplicates")


def make_app() -> FastAPI:
    """The service with all that the command lends it; uvicorn calls this in each process."""
    # The cores are shared among batches, one thread each: threads of a matrix product in one batch
    # would only take the core of the other.
    threadpool_limits(limits=1, user_api="blas")
    return create_app(offers=Offers(bring_in=bring_in, promote=promote, mend=mend))


async def bring_in(path: Path, preset: str, dry_run: bool) -> Imported:
    """Import a file.

    Raises
    ------
    Declined
        With the line that the command line would tell.
    """
    more = ("--dry-run",) if dry_run else ()
    try:
        found = await _told("import", str(path), "--as", preset, "--json", *more)
    except Declined as error:
        # Where the file stands for a moment is nobody's business.
        raise Declined(str(error).replace(str(path), path.name), store=error.store) from error
    rejects = await asyncio.to_thread(_rejects, found["rejects"])
    counts = {name: int(found[name]) for name in COUNTS}
    return Imported(counts, found["reasons"], rejects)


async def promote(number: int | None, reason: str, by: str) -> Promoted:
    """Ask every gate, and let a version answer if they are open or overruled.

    Raises
    ------
    Declined
    """
    version = () if number is None else (str(number),)
    found = await _told("promote", *version, f"--force-reason={reason}", f"--by={by}", "--json")
    return Promoted(found["champion"], found["before"], found["bundle"], tuple(found["gates"]))


async def mend() -> None:
    """Show in MLflow who answers after a roll-back, which does not wait for it.

    Raises
    ------
    Declined
        MLflow cannot be reached; the next change brings it up.
    """
    await _run(
        "-c",
        "from otklik.training.registry import open_registry as o\n"
        "from otklik.models.registered import MODEL\n"
        "r = o()\n"
        "with r.history.held(): r.mend(MODEL)",
    )


async def _told(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await _run("-m", PROGRAM, *arguments))
    return found


async def _run(*arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await process.communicate()
    except BaseException:  # the service ends: what is stored stays stored
        if process.returncode is None:
            process.terminate()
        raise
    if process.returncode != 0:
        lines = err.decode(errors="replace").strip().splitlines()
        line = next((one for one in reversed(lines) if one.startswith(PREFIX)), "")
        message = line.removeprefix(PREFIX) or f"the process ended with {process.returncode}"
        raise Declined(message, store=message.startswith("Store "))
    return out


def _rejects(path: str | None) -> tuple[dict[str, Any], ...]:
    if path is None:
        return ()
    found = []
    with Path(path).open(encoding="utf-8") as file:
        for _, line in zip(range(MOST_REJECTS), file, strict=False):
            record = json.loads(line)
            found.append({name: record[name] for name in ("line", "column", "value", "reason")})
    return tuple(found)
