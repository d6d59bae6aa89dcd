"""Weights of a BERT-like checkpoint under short names, and what the graph needs to know of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadCheckpoint

CONFIG, WEIGHTS = "config.json", "model.safetensors"
PREFIXES = ("", "bert.", "roberta.", "model.")
# Positions of RoBERTa count from pad + 1; those of BERT from 0.
SHIFTED = ("xlm-roberta", "roberta", "camembert")
KINDS = ("bert", *SHIFTED)
ACTIVATIONS = {
    "gelu": "erf",
    "gelu_python": "erf",
    "gelu_new": "tanh",
    "gelu_fast": "tanh",
    "gelu_pytorch_tanh": "tanh",
    "relu": "relu",
}

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes and kinds of a checkpoint.

    `first_position` is the row of the position table that the first token takes; `most_tokens`
    how many tokens a text may have; `activation` one of `erf`, `tanh`, `relu`.
    """

    dim: int
    layers: int
    heads: int
    vocabulary: int
    first_position: int
    most_tokens: int
    pad_id: int
    eps: float
    activation: str


def read_shape(folder: Path) -> Shape:
    """Shape of the checkpoint in `folder`.

    Raises
    ------
    BadCheckpoint
        No readable `config.json`, or an architecture that the runtime does not build.
    """
    path = folder / CONFIG
    try:
        config: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadCheckpoint(
            f"{path} cannot be read: {error}. Expected a checkpoint of `transformers`; "
            "`otklik model base` makes one."
        ) from error
    _refuse_unknown(path, config)
    try:
        kind, pad = config["model_type"], config.get("pad_token_id") or 0
        first = pad + 1 if kind in SHIFTED else 0
        return Shape(
            dim=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            vocabulary=config["vocab_size"],
            first_position=first,
            most_tokens=config["max_position_embeddings"] - first,
            pad_id=pad,
            eps=config["layer_norm_eps"],
            activation=ACTIVATIONS[config["hidden_act"]],
        )
    except KeyError as error:
        raise BadCheckpoint(f"{path} has no {error}. Fetch the checkpoint again.") from error


def _refuse_unknown(path: Path, config: dict[str, Any]) -> None:
    """Name the first thing that the graph would compute otherwise than `transformers` does."""
    for key, value, known in (
        ("model_type", config.get("model_type"), KINDS),
        ("hidden_act", config.get("hidden_act"), tuple(ACTIVATIONS)),
        (
            "position_embedding_type",
            config.get("position_embedding_type") or "absolute",
            ("absolute",),
        ),
        ("is_decoder", bool(config.get("is_decoder")), (False,)),
    ):
        if value not in known:
            raise BadCheckpoint(
                f"{path}: {key} is {value!r}; the OpenVINO runtime builds "
                f"{', '.join(map(str, known))}. Use runtime='torch' or another checkpoint."
            )


class Weights:
    """Weights of one checkpoint, read when asked for: float32, names without the model's prefix.

    Raises
    ------
    BadCheckpoint
        No `model.safetensors`, a broken one, or one without the embeddings of a BERT.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors import SafetensorError, safe_open

        self._path = folder / WEIGHTS
        try:
            self._file = cast(Any, safe_open(self._path, framework="numpy"))
            names = set(self._file.keys())
        except (OSError, SafetensorError) as error:
            raise BadCheckpoint(
                f"{self._path} cannot be read: {error}. Weights must be in the safetensors format; "
                "fetch the checkpoint again."
            ) from error
        found = (p for p in PREFIXES if f"{p}embeddings.word_embeddings.weight" in names)
        prefix = next(found, None)
        if prefix is None:
            raise BadCheckpoint(
                f"{self._path} holds no embeddings.word_embeddings.weight: it is no BERT-like "
                "model. Use runtime='torch' or another checkpoint."
            )
        self._prefix = prefix

    def __call__(self, *path: str) -> Array:
        """Weight by the parts of its name, as float32.

        Raises
        ------
        BadCheckpoint
            It is missing, or of a type that numpy does not know.
        """
        from safetensors import SafetensorError

        name = self._prefix + ".".join(path)
        try:
            return np.asarray(self._file.get_tensor(name), dtype=np.float32)
        except (SafetensorError, TypeError, AttributeError) as error:
            raise BadCheckpoint(
                f"{self._path}: weight {name} cannot be read ({error}). Save the checkpoint in "
                "float32 or float16, or fetch it again."
            ) from error

    def linear(self, *path: str) -> Iterator[Array]:
        """Weight (out, in) and bias (out,) of a linear layer, or scale and shift of a norm."""
        yield self(*path, "weight")
        yield self(*path, "bias")
