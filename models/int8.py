"""The int8 graph beside a checkpoint: where it stands, whose it is, whether it is whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otklik.datasets.errors import BadCheckpoint
from otklik.models.manifest import read_manifest, sha256_of
from otklik.models.offline import import_openvino

if TYPE_CHECKING:
    import openvino as ov

FOLDER, NAME, GRAPH, CONSTANTS = "openvino", "int8.json", "int8.xml", "int8.bin"
FORMAT = 1
# What a vector depends on; a card or a prompt may change.
_DECIDING = ("config.json", "model.safetensors", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Int8:
    """How an int8 graph was made.

    Parameters
    ----------
    checkpoint : str
        `checkpoint_id` of the checkpoint it was made of.
    texts : int
        Texts of the calibration; `texts_sha256` is their hash.
    smoothing : float
        Alpha of SmoothQuant; negative where it was off.
    outliers : dict of str to list of int
        Layer → channels that stay in float.
    nncf, openvino : str
        Versions that made it.
    files : dict of str
        Name → SHA-256.
    """

    checkpoint: str
    texts: int
    texts_sha256: str
    smoothing: float
    outliers: Mapping[str, list[int]]
    nncf: str
    openvino: str
    files: Mapping[str, str]


def rebuild_hint(folder: Path) -> str:
    """The command that makes the int8 graph of a checkpoint."""
    return f"Run `otklik model quantise --model {folder}`, or use another runtime."


def checkpoint_id(folder: Path) -> str:
    """Hash of everything that decides a checkpoint's vectors, 64 hexadecimal digits.

    It rests on the hashes in the manifest: weights are not read, they need not even be there.

    Raises
    ------
    BadCheckpoint
        No manifest.
    """
    manifest = read_manifest(folder)
    facts = [manifest.prefix, manifest.pooling, *(manifest.files.get(name) for name in _DECIDING)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def dump_int8(folder: Path, made: Int8) -> None:
    """Write the description into the folder of the graph."""
    record = json.dumps({"format": FORMAT, **asdict(made)}, indent=2) + "\n"
    (folder / NAME).write_text(record, encoding="utf-8")


def read_int8(folder: Path) -> Int8:
    """Description of the int8 graph of the checkpoint in `folder`.

    Raises
    ------
    BadCheckpoint
        None was made, or it cannot be read, or is of another format.
    """
    path = folder / FOLDER / NAME
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        found = record.pop("format")
        if found != FORMAT:
            raise BadCheckpoint(
                f"{path} has format {found!r}, this version of otklik reads {FORMAT}. "
                f"{rebuild_hint(folder)}"
            )
        return Int8(**{one.name: record[one.name] for one in fields(Int8)})
    except FileNotFoundError as error:
        raise BadCheckpoint(
            f"{folder} has no {FOLDER}/{NAME}: the encoder was not quantised. "
            f"{rebuild_hint(folder)}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCheckpoint(f"{path} cannot be read ({error!r}). {rebuild_hint(folder)}") from error


def check_int8(folder: Path) -> Int8:
    """Compare the int8 graph with its hashes and with the checkpoint.

    Raises
    ------
    BadCheckpoint
        It belongs to another state of the checkpoint, or a file is missing or was changed.
    """
    made = read_int8(folder)
    if made.checkpoint != (now := checkpoint_id(folder)):
        raise BadCheckpoint(
            f"{folder / FOLDER} was made of the checkpoint {made.checkpoint[:12]}, the one there "
            f"now is {now[:12]}. {rebuild_hint(folder)}"
        )
    for name in (GRAPH, CONSTANTS):
        path, wanted = folder / FOLDER / name, made.files.get(name)
        try:
            found = sha256_of(path)
        except OSError as error:
            raise BadCheckpoint(
                f"{path} cannot be read: {error.strerror}. {rebuild_hint(folder)}"
            ) from error
        if found != wanted:
            raise BadCheckpoint(
                f"{path} has SHA-256 {found}, {NAME} says {wanted}. {rebuild_hint(folder)}"
            )
    return made


def load_int8(folder: Path) -> "ov.Model":
    """Read the int8 graph of the checkpoint in `folder`, checked.

    Raises
    ------
    BadCheckpoint
        As `check_int8`, or OpenVINO cannot read it.
    """
    check_int8(folder)
    openvino = import_openvino()
    path = folder / FOLDER / GRAPH
    try:
        model: ov.Model = openvino.Core().read_model(path)
        return model
    except RuntimeError as error:
        raise BadCheckpoint(
            f"{path} cannot be read by OpenVINO {openvino.__version__}. {rebuild_hint(folder)}"
        ) from error
