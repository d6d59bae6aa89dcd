"""`otklik.json`: what a checkpoint is, where it came from, and the hash of every file."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from otklik.datasets.errors import BadCheckpoint

FORMAT = 1
NAME = "otklik.json"
POOLINGS = ("mean", "cls")
_AGAIN = "Build it again with `otklik model base --force`."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a checkpoint.

    Parameters
    ----------
    source : str
        Where the weights came from: a package, a model of the hub with its revision, a folder.
    source_sha256 : str
        Hash of the file of weights at the source.
    prefix : str
        What stands before every text, `"query: "` for e5, empty for most others.
    pooling : str
        How states become a vector, `mean` or `cls`; it is then divided by its length.
    dim, layers : int
        Length of a vector; layers of the encoder.
    vocabulary, vocabulary_before : int
        Tokens now and at the source.
    files : dict of str
        Path within the folder → SHA-256.
    """

    source: str
    source_sha256: str
    prefix: str
    pooling: str
    dim: int
    layers: int
    vocabulary: int
    vocabulary_before: int
    files: dict[str, str] = field(default_factory=dict)


def dump_manifest(manifest: Manifest) -> bytes:
    """A manifest as JSON; equal manifests are equal bytes."""
    record = {"format": FORMAT, **asdict(manifest)}
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a checkpoint; the other files are not looked at.

    Raises
    ------
    BadCheckpoint
        No manifest, one of another format, or one that does not say everything.
    """
    path = folder / NAME
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        found = record.pop("format")
    except FileNotFoundError as error:
        raise BadCheckpoint(
            f"{folder} has no {NAME}: no encoder was built there. Run `otklik model base`, "
            "then `otklik model student`."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCheckpoint(f"{path} cannot be read ({error!r}). {_AGAIN}") from error
    if found != FORMAT:
        raise BadCheckpoint(
            f"{path} has format {found!r}, this version of otklik reads {FORMAT}. {_AGAIN}"
        )
    names = {one.name for one in fields(Manifest)}
    if wrong := names.symmetric_difference(record):
        raise BadCheckpoint(f"{path} has too much or too little: {sorted(wrong)}. {_AGAIN}")
    manifest = Manifest(**record)
    if manifest.pooling not in POOLINGS:
        raise BadCheckpoint(
            f"{path} names the pooling {manifest.pooling!r}; known are {POOLINGS}. {_AGAIN}"
        )
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its hash.

    Raises
    ------
    BadCheckpoint
        A file is missing or another one than was written.
    """
    for name, wanted in manifest.files.items():
        path = folder / name
        try:
            found = sha256_of(path)
        except OSError as error:
            raise BadCheckpoint(f"{path} cannot be read: {error.strerror}. {_AGAIN}") from error
        if found != wanted:
            raise BadCheckpoint(f"{path} has SHA-256 {found}, {NAME} says {wanted}. {_AGAIN}")


def hash_files(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files of a folder, by sorted names."""
    return {name: sha256_of(folder / name) for name in sorted(names)}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
