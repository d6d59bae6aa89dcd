"""From weights as they come to a checkpoint: unpacked or copied, with a vocabulary that fits."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadCheckpoint
from otklik.models.bert import WORDS, check_weights, config_of, unpack_weights
from otklik.models.checkpoint import (
    Checkpoint,
    Layout,
    describe_tokenizer,
    seal_checkpoint,
    write_checkpoint,
)
from otklik.models.manifest import Manifest
from otklik.models.packed import Packed
from otklik.models.sentence import E5_PREFIX, read_pooling, read_prefix
from otklik.models.sources import Source
from otklik.models.trim import trim_tokenizer, unigram_pieces
from otklik.models.unigram import BOS, EOS, PAD, build_unigram
from otklik.models.vocabulary import load_vocabulary
from otklik.models.weights import PREFIXES, read_shape

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Rows = npt.NDArray[np.int64]
Tensors = dict[str, npt.NDArray[np.float32]]

_IDS = {"pad_token_id": PAD, "bos_token_id": BOS, "eos_token_id": EOS}
_COPIED = ("config", "weights", "tokenizer", "tokenizer_config", "special_tokens")


@dataclass(frozen=True, slots=True)
class _Parts:
    """A model before its vocabulary is trimmed; `weights` reads chosen rows of the words."""

    config: dict[str, Any]
    tokenizer: "Tokenizer"
    weights: Callable[[Rows], Tensors]
    prefix: str
    pooling: str
    folder: Path | None


def assemble(source: Source, folder: Path, prefix: str | None = None) -> Checkpoint:
    """Write a checkpoint of `source` into `folder`.

    A vocabulary that has every piece of the shipped list is trimmed to it and to the kinds of
    piece that are always kept. A checkpoint with another vocabulary is copied byte by byte.

    Parameters
    ----------
    prefix : str or None
        What stands before every text; None leaves it to the source.

    Raises
    ------
    BadCheckpoint, BadFile
        The source is broken, or not an encoder of a known kind.
    """
    parts = _open_folder(source) if source.path.is_dir() else _open_packed(source.path)
    before = parts.tokenizer.get_vocab_size()
    kept = load_vocabulary()
    fits = kept.listed <= set(unigram_pieces(parts.tokenizer))
    if parts.folder and not fits:
        _copy(Layout.of(parts.folder), folder, parts.tokenizer)
        config = parts.config
        return seal_checkpoint(folder, _manifest(source, parts, config, before, prefix))
    tokenizer, rows = parts.tokenizer, np.arange(before)
    if fits:
        tokenizer, rows = trim_tokenizer(tokenizer, kept)
    # from the tokenizer: the configuration of e5 at the hub calls <s> its padding
    found = {key: tokenizer.token_to_id(token) for key, token in _IDS.items()}
    ids = {key: number for key, number in found.items() if number is not None}
    config = {**parts.config, "vocab_size": len(rows), **ids}
    manifest = _manifest(source, parts, config, before, prefix)
    return write_checkpoint(folder, config, parts.weights(rows), tokenizer, manifest)


def whole_tokenizer(source: Source) -> "Tokenizer":
    """The tokenizer of a source, before anything is trimmed."""
    parts = _open_folder(source) if source.path.is_dir() else _open_packed(source.path)
    return parts.tokenizer


def _open_packed(path: Path) -> _Parts:
    packed = Packed(path)
    return _Parts(
        config=config_of(packed),
        tokenizer=build_unigram(packed.pieces),
        weights=lambda rows: unpack_weights(packed, rows),
        prefix=E5_PREFIX,
        pooling="mean",
        folder=None,
    )


def _open_folder(source: Source) -> _Parts:
    layout = Layout.of(source.path)
    shape = read_shape(source.path)
    config: dict[str, Any] = json.loads(layout.config.read_bytes())
    check_weights(layout.weights, config)
    tokenizer = _read_tokenizer(layout.tokenizer)
    if tokenizer.get_vocab_size() > shape.vocabulary:
        raise BadCheckpoint(
            f"{layout.tokenizer} has {tokenizer.get_vocab_size()} tokens, {layout.config.name} "
            f"{shape.vocabulary}: they are of two models. Fetch the checkpoint again."
        )
    return _Parts(
        config=config,
        tokenizer=tokenizer,
        weights=lambda rows: _read_weights(layout.weights, rows),
        prefix=read_prefix(layout, f"{source.name} {config.get('_name_or_path', '')}"),
        pooling=read_pooling(layout),
        folder=source.path,
    )


def _read_tokenizer(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    if not path.is_file():
        raise BadCheckpoint(
            f"{path} is missing. Open the folder with AutoTokenizer of transformers and "
            "`save_pretrained` it: that writes the file."
        )
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no class of its own
        raise BadCheckpoint(
            f"{path} cannot be read ({error}). Fetch the checkpoint again."
        ) from error


def _read_weights(path: Path, rows: Rows) -> Tensors:
    from safetensors.numpy import load_file

    tensors = load_file(path)
    words = next(prefix + WORDS for prefix in PREFIXES if prefix + WORDS in tensors)
    tensors[words] = tensors[words][rows]
    # tables of numbers (position_ids of old checkpoints) are made anew by transformers
    return {name: tensor for name, tensor in tensors.items() if tensor.dtype.kind == "f"}


def _copy(layout: Layout, folder: Path, tokenizer: "Tokenizer") -> None:
    for name in _COPIED:
        path: Path = getattr(layout, name)
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    if not layout.tokenizer_config.is_file():
        describe_tokenizer(folder, tokenizer)


def _manifest(
    source: Source, parts: _Parts, config: dict[str, Any], before: int, prefix: str | None
) -> Manifest:
    return Manifest(
        source=source.name,
        source_sha256=source.sha256,
        prefix=parts.prefix if prefix is None else prefix,
        pooling=parts.pooling,
        dim=config["hidden_size"],
        layers=config["num_hidden_layers"],
        vocabulary=config["vocab_size"],
        vocabulary_before=before,
    )
