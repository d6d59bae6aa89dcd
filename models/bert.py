"""The weights of a BERT: names and shapes, as `transformers` and as a packed file have them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadCheckpoint
from otklik.models.packed import Packed
from otklik.models.weights import PREFIXES

WORDS = "embeddings.word_embeddings.weight"
_KNOWN_TYPES = ("F32", "F16")
# short name in a packed file, name in transformers, output and input sizes
_LINEAR = (
    ("q", "attention.self.query", "dim", "dim"),
    ("k", "attention.self.key", "dim", "dim"),
    ("v", "attention.self.value", "dim", "dim"),
    ("ao", "attention.output.dense", "dim", "dim"),
    ("fi", "intermediate.dense", "inner", "dim"),
    ("fo", "output.dense", "dim", "inner"),
)
_NORMS = (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm"))

Weight = tuple[str, str, tuple[int, ...]]


def list_weights(config: Mapping[str, Any]) -> Iterator[Weight]:
    """Every weight that a vector depends on: packed name, name in `transformers`, shape."""
    size = {"dim": config["hidden_size"], "inner": config["intermediate_size"]}
    dim = (size["dim"],)
    yield "emb.word", WORDS, (config["vocab_size"], *dim)
    positions = (config["max_position_embeddings"], *dim)
    yield "emb.pos", "embeddings.position_embeddings.weight", positions
    types = (config["type_vocab_size"], *dim)
    yield "emb.type", "embeddings.token_type_embeddings.weight", types
    yield from _pair("emb.ln", "embeddings.LayerNorm", dim)
    for number in range(config["num_hidden_layers"]):
        short, long = f"l{number}", f"encoder.layer.{number}"
        for code, name, rows, columns in _LINEAR:
            yield from _pair(f"{short}.{code}", f"{long}.{name}", (size[rows], size[columns]))
        for code, name in _NORMS:
            yield from _pair(f"{short}.{code}", f"{long}.{name}", dim)


def config_of(packed: Packed) -> dict[str, Any]:
    """`config.json` of a packed encoder."""
    sizes, pieces = packed.sizes, packed.pieces
    return {
        "architectures": ["BertModel"],
        "attention_probs_dropout_prob": 0.1,
        "bos_token_id": pieces.bos,
        "dtype": "float32",
        "eos_token_id": pieces.eos,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": sizes.dim,
        "initializer_range": 0.02,
        "intermediate_size": sizes.inner,
        "layer_norm_eps": float(f"{sizes.eps:.6g}"),  # the file rounds 1e-12 to float32
        "max_position_embeddings": sizes.positions,
        "model_type": "bert",
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "pad_token_id": pieces.pad,
        "type_vocab_size": sizes.types,
        "vocab_size": sizes.vocabulary,
    }


def unpack_weights(
    packed: Packed, rows: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[np.float32]]:
    """All weights of a packed encoder as float32, of the word embeddings only the chosen rows."""
    return {
        name: packed.weight(short, *shape, rows=rows if name == WORDS else None)
        for short, name, shape in list_weights(config_of(packed))
    }


def check_weights(path: Path, config: Mapping[str, Any]) -> None:
    """Compare names, shapes and types in a safetensors file with a configuration.

    Raises
    ------
    BadCheckpoint
        Names the first weight that is missing or of another shape.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            found = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            shapes = {name: tuple(one.get_shape()) for name, one in found.items()}
            types = {name: one.get_dtype() for name, one in found.items()}
    except (OSError, SafetensorError) as error:
        raise BadCheckpoint(
            f"{path} is broken or cut off ({error}). Fetch the checkpoint again."
        ) from error
    prefix = next((p for p in PREFIXES if p + WORDS in shapes), "")
    for _, plain, shape in list_weights(config):
        name = prefix + plain
        if shapes.get(name) != shape:
            raise BadCheckpoint(
                f"{path}: {name} has the shape {shapes.get(name)}, config.json asks for {shape}. "
                "Name a BERT or XLM-R encoder saved by `save_pretrained`."
            )
        if types[name] not in _KNOWN_TYPES:
            raise BadCheckpoint(
                f"{path}: {name} is of type {types[name]}, expected one of "
                f"{', '.join(_KNOWN_TYPES)}. Save the checkpoint in float32."
            )


def _pair(short: str, long: str, shape: tuple[int, ...]) -> Iterator[Weight]:
    yield f"{short}.w", f"{long}.weight", shape
    yield f"{short}.b", f"{long}.bias", shape[:1]
