"""A folder that is replaced at once: built beside the old one, then both change places."""

import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HERE = -100  # AT_FDCWD: paths are as given
_EXCHANGE = 2  # RENAME_EXCHANGE
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the lock of a folder: one builder at a time, the next one waits.

    The lock ends with the process, however it ends.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target, "lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _heal(target)
        yield


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """Give a new folder beside `target`, which takes its place when the block ends well.

    Everything is on disk before the places are changed; on an error the old folder stays as it
    is. To be used under `locked`: what a killed builder left behind is cleared away.
    """
    part = _beside(target, "part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        _sync_tree(part)
        _put(part, target)
        _sync(target.parent)
    finally:
        # the unfinished new folder, or the old one after the change
        shutil.rmtree(part, ignore_errors=True)


def _beside(target: Path, kind: str) -> Path:
    return target.with_name(f".{target.name}.{kind}")


def _put(part: Path, target: Path) -> None:
    if not target.exists():
        part.rename(target)
        return
    try:
        _exchange(part, target)
    except (OSError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno not in _UNSUPPORTED:
            raise
        # No exchange here (NFS, another libc): between two renames the old folder stands aside,
        # where `_heal` finds it.
        old = _beside(target, "old")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        part.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))


def _heal(target: Path) -> None:
    old = _beside(target, "old")
    if old.exists() and not target.exists():
        old.rename(target)


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
