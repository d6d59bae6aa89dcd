"""The layers that ship: int8 rows that make an encoder of our own out of the base's embeddings.

A fine-tuned or shallower encoder differs from the base in its layers only; word embeddings, nine
tenths of a small multilingual model, stay the base's. Each row of a matrix is kept as 127 steps of
its own largest number, which is what the int8 runtime does with it anyway.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadCheckpoint
from otklik.models.checkpoint import Checkpoint, load_checkpoint, write_checkpoint

FORMAT = 1
KEY = "otklik"
LAYER = "encoder.layer."
SCALE = ".scale"
STEPS = 127

Floats = npt.NDArray[np.float32]
Array = npt.NDArray[Any]


def quantise_rows(matrix: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Round every row to whole steps.

    Returns
    -------
    steps : int8 of shape (n_rows, n_columns)
    scales : float32 of shape (n_rows, 1)
        Length of one step; matrix ≈ steps * scales.
    """
    scales = np.abs(matrix).max(axis=1, keepdims=True) / STEPS
    scales[scales == 0] = 1
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


def dump_adapter(path: Path, layers: Mapping[str, Floats], facts: Mapping[str, Any]) -> None:
    """Write layers into one file.

    Parameters
    ----------
    layers : mapping of str to float32 arrays
        Weights under the names that `transformers` gives them; only `encoder.layer.*` are kept.
    facts : mapping
        `layers` (their number), `prefix`, and whatever a reader should know.
    """
    from safetensors.numpy import save

    tensors: dict[str, Array] = {}
    for name, weight in sorted(layers.items()):
        if not name.startswith(LAYER):
            continue
        if weight.ndim == 2:
            tensors[name], tensors[name + SCALE] = quantise_rows(weight)
        else:
            tensors[name] = weight.astype(np.float32)
    # One key: the library writes several in an order of its own, another one each time.
    said = json.dumps({"format": FORMAT, "facts": dict(facts)}, ensure_ascii=False)
    part = path.with_name(path.name + ".part")
    part.write_bytes(save(tensors, metadata={KEY: said}))
    part.replace(path)


def load_adapter(path: Path) -> tuple[dict[str, Floats], dict[str, Any]]:
    """Read layers and facts.

    Raises
    ------
    BadCheckpoint
        Not there, truncated, or of another format.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            said = json.loads((file.metadata() or {}).get(KEY, "{}"))
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadCheckpoint(
            f"{path} cannot be read: {error}. Fetch the file again or train the model anew."
        ) from error
    if said.get("format") != FORMAT:
        raise BadCheckpoint(
            f"{path} has format {said.get('format')!r}, this version of otklik reads "
            f"{FORMAT}. Use the version that wrote it, or train the model anew."
        )
    layers = {
        name: weight.astype(np.float32) * stored.get(name + SCALE, np.float32(1))
        for name, weight in stored.items()
        if not name.endswith(SCALE)
    }
    return layers, said["facts"]


def merge_adapter(base: Path, adapter: Path, out: Path) -> Checkpoint:
    """Write a checkpoint of the base's embeddings and the adapter's layers into a new folder.

    Raises
    ------
    BadCheckpoint
        One of both is broken, or their widths differ.
    """
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    below = load_checkpoint(base)
    layers, facts = load_adapter(adapter)
    config = json.loads(below.layout.config.read_bytes())
    query = f"{LAYER}0.attention.self.query.weight"
    width = layers[query].shape[1] if query in layers else 0
    if width != below.manifest.dim:
        raise BadCheckpoint(
            f"{adapter.name} is {width} wide, the base in {base} {below.manifest.dim}. "
            "Build the base that the adapter was made for: `otklik model base --force`."
        )
    tensors = {
        name: weight
        for name, weight in load_file(below.layout.weights).items()
        if not name.startswith(LAYER)
    }
    config["num_hidden_layers"] = facts["layers"]
    manifest = replace(
        below.manifest,
        source=f"{below.manifest.source} + {facts.get('name', adapter.stem)}",
        prefix=facts["prefix"],
        layers=facts["layers"],
    )
    tokenizer = Tokenizer.from_file(str(below.layout.tokenizer))
    return write_checkpoint(out, config, tensors | layers, tokenizer, manifest)
