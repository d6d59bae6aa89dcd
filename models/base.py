"""The base encoder: built from whatever source there is, checked, put in place at once."""

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from otklik.datasets.errors import BadCheckpoint, BadFile
from otklik.models.assemble import assemble
from otklik.models.checkpoint import Checkpoint, load_checkpoint
from otklik.models.manifest import NAME
from otklik.models.sources import Say, Source, find_source
from otklik.models.swap import locked, replaced

STEPS = ("finding weights", "building the checkpoint", "putting it in place")
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Built:
    """The base encoder; `fresh` is False when an intact one was there already."""

    checkpoint: Checkpoint
    fresh: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built.

    Parameters
    ----------
    source : str
        As for `otklik.models.sources.find_source`; empty means the default, from anywhere.
    prefix : str or None
        What stands before every text; None leaves it to the source.
    offline, force : bool
        Fetch nothing; build even if an intact model is there.
    """

    source: str = ""
    prefix: str | None = None
    offline: bool = False
    force: bool = False


def build_base(
    out: Path,
    cache: Path,
    order: Order,
    *,
    step: Callable[[str], None] = lambda _name: None,
    say: Say = lambda _text: None,
) -> Built:
    """Build the base encoder into `out`, unless it is there and intact.

    Whatever goes wrong, the former model stays as it was.

    Parameters
    ----------
    step : callable
        Told the name of each of `STEPS` when it begins.
    say : callable
        Told what a person should know: a source passed over, a broken model replaced.

    Raises
    ------
    NoWeights
        No source has the weights, or they are not the pinned ones.
    BadCheckpoint, BadFile
        The source is broken or of an unknown kind; `out` is something else; the disk is full.
    """
    named = bool(order.source) or order.prefix is not None
    if not order.force and not named and (found := _intact(out)):
        return Built(found, fresh=False)
    try:
        with locked(out):
            found = None if order.force else _intact(out, say)
            if found and not named:  # another process has built it meanwhile
                return Built(found, fresh=False)
            step(STEPS[0])
            source = find_source(order.source, cache, offline=order.offline, say=say)
            if found and _is_from(found, source, order.prefix):
                return Built(found, fresh=False)
            _refuse_foreign(out)
            with replaced(out) as part:
                step(STEPS[1])
                assemble(source, part, order.prefix)
                step(STEPS[2])
            return Built(load_checkpoint(out), fresh=True)
    except OSError as error:
        reason = "the disk is full" if error.errno in _FULL else error.strerror or str(error)
        raise BadFile(
            f"The encoder cannot be built in {out}: {reason}. A former one is unharmed. "
            "Free some space (about 1 GB while building) or check rights, and repeat."
        ) from error


def _intact(out: Path, say: Say = lambda _text: None) -> Checkpoint | None:
    try:
        return load_checkpoint(out)
    except BadCheckpoint as error:
        if (out / NAME).exists():
            say(f"replacing a broken model: {error}")
        return None


def _is_from(found: Checkpoint, source: Source, prefix: str | None) -> bool:
    same_prefix = prefix is None or prefix == found.manifest.prefix
    return same_prefix and found.manifest.source_sha256 == source.sha256


def _refuse_foreign(out: Path) -> None:
    """Never take the place of a folder that holds something else."""
    if out.is_dir() and not (out / NAME).exists() and any(out.iterdir()):
        raise BadFile(
            f"{out} holds other files and no {NAME}: it would be lost. Name an empty folder."
        )
    if out.exists() and not out.is_dir():
        raise BadFile(f"{out} is a file. Name a folder.")
