"""Stages of a week's work: each is whole or not there at all, and found again by its fingerprint.

A stage writes into `NAME.part` and is renamed when done. Whatever a kill leaves behind is either a
finished stage, which the next run recognises by what it was made from, or a `.part`, which it
throws away.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

PART, OLD = ".part", ".old"
MARK = "fingerprint"


def stage(folder: Path, fingerprint: str, make: Callable[[Path], None]) -> bool:
    """Make a folder unless it was made from the same.

    Parameters
    ----------
    folder : Path
        Where the result goes.
    fingerprint : str
        Hash of everything that the result depends on.
    make : callable
        Fills an empty folder.

    Returns
    -------
    bool
        Whether anything had to be done.
    """
    if is_done(folder, fingerprint):
        return False
    part = folder.with_name(folder.name + PART)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    make(part)
    _finish(part, fingerprint, folder)
    return True


def stage_by_content(folder: Path, make: Callable[[Path], None]) -> str:
    """Make a folder whose fingerprint is the hash of its own files; an equal one is kept.

    For what comes from outside: whether it has changed is seen only when it has been read.

    Returns
    -------
    str
        The fingerprint.
    """
    part = folder.with_name(folder.name + PART)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    make(part)
    fingerprint = hash_files(part.iterdir())
    if is_done(folder, fingerprint):
        shutil.rmtree(part)
    else:
        _finish(part, fingerprint, folder)
    return fingerprint


def is_done(folder: Path, fingerprint: str) -> bool:
    """Whether that folder is finished and was made from the same."""
    mark = folder / MARK
    return mark.is_file() and mark.read_text(encoding="ascii").strip() == fingerprint


def clear_leftovers(parent: Path) -> None:
    """Throw away what a kill has left."""
    for name in (PART, OLD):
        for left in parent.glob(f"*{name}"):
            shutil.rmtree(left, ignore_errors=True)


def hash_files(paths: Iterable[Path]) -> str:
    """Hash of names and bytes of files, 32 hexadecimal digits."""
    found = hashlib.blake2b(digest_size=16)
    for path in sorted(paths):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def hash_texts(*texts: str) -> str:
    """Hash of texts, 32 hexadecimal digits."""
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


def _finish(part: Path, fingerprint: str, folder: Path) -> None:
    (part / MARK).write_text(f"{fingerprint}\n", encoding="ascii")
    _sync(part)
    _replace(part, folder)


def _replace(part: Path, folder: Path) -> None:
    """A folder cannot be renamed over one with files: the old one steps aside first."""
    old = folder.with_name(folder.name + OLD)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Bring files to the disk before their folder gets its name: a power cut is a kill too."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
