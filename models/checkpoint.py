"""A checkpoint folder: what `transformers` and `sentence-transformers` load, and our manifest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from otklik.models.manifest import (
    NAME,
    Manifest,
    check_files,
    dump_manifest,
    hash_files,
    read_manifest,
)
from otklik.models.weights import read_shape

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_ROLES = (
    "bos_token",
    "eos_token",
    "cls_token",
    "sep_token",
    "pad_token",
    "unk_token",
    "mask_token",
)
_XLM_R = ("<s>", "</s>", "<s>", "</s>", "<pad>", "<unk>", "<mask>")
_BERT = ("[CLS]", "[SEP]", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files of a checkpoint stand."""

    folder: Path
    config: Path
    weights: Path
    tokenizer: Path
    tokenizer_config: Path
    special_tokens: Path
    modules: Path
    transformer: Path
    pooling: Path
    prompts: Path
    manifest: Path

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Layout of a folder, there or not."""
        return cls(
            folder=folder,
            config=folder / "config.json",
            weights=folder / "model.safetensors",
            tokenizer=folder / "tokenizer.json",
            tokenizer_config=folder / "tokenizer_config.json",
            special_tokens=folder / "special_tokens_map.json",
            modules=folder / "modules.json",
            transformer=folder / "sentence_bert_config.json",
            pooling=folder / "1_Pooling" / "config.json",
            prompts=folder / "config_sentence_transformers.json",
            manifest=folder / NAME,
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint on disk: where its files stand and what it is."""

    layout: Layout
    manifest: Manifest


def load_checkpoint(folder: Path, *, check: bool = True) -> Checkpoint:
    """Open a checkpoint that `otklik` wrote.

    Parameters
    ----------
    check : bool
        Compare every file with its hash (a fifth of a second for 180 MB).

    Raises
    ------
    BadCheckpoint
        Nothing there, another format, a file that is missing or was changed.
    """
    folder = folder.resolve()
    manifest = read_manifest(folder)
    if check:
        check_files(folder, manifest)
    return Checkpoint(Layout.of(folder), manifest)


def write_checkpoint(
    folder: Path,
    config: Mapping[str, Any],
    tensors: Mapping[str, npt.NDArray[np.float32]],
    tokenizer: "Tokenizer",
    manifest: Manifest,
) -> Checkpoint:
    """Write a whole checkpoint into `folder`; equal arguments give equal bytes.

    The folder should be a new one that takes its place afterwards: see `otklik.models.swap`.

    Parameters
    ----------
    config : mapping
        Content of `config.json`.
    tensors : mapping of str to float32 arrays
        Weights by the names that `transformers` gives them.
    tokenizer : tokenizers.Tokenizer
        With special tokens named as those of BERT or of XLM-R.
    manifest : Manifest
        What the checkpoint is; `files` is filled in.
    """
    from safetensors.numpy import save

    layout = Layout.of(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _dump(layout.config, dict(sorted(config.items())))
    whole = {name: np.ascontiguousarray(tensors[name], np.float32) for name in sorted(tensors)}
    # not save_file: it makes a file for its owner alone and reports no errno
    layout.weights.write_bytes(save(whole, metadata={"format": "pt"}))
    layout.tokenizer.write_text(tokenizer.to_str(), encoding="utf-8")
    describe_tokenizer(folder, tokenizer)
    return seal_checkpoint(folder, manifest)


def describe_tokenizer(folder: Path, tokenizer: "Tokenizer") -> None:
    """Write what `AutoTokenizer` asks for beside `tokenizer.json`; `config.json` must be there."""
    layout = Layout.of(folder)
    special = _special_tokens(tokenizer)
    _dump(layout.special_tokens, special)
    _dump(
        layout.tokenizer_config,
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": read_shape(folder).most_tokens,
            "clean_up_tokenization_spaces": False,
            **special,
        },
    )


def seal_checkpoint(folder: Path, manifest: Manifest) -> Checkpoint:
    """Complete a folder with what `sentence-transformers` reads and with the manifest."""
    layout = Layout.of(folder)
    layout.pooling.parent.mkdir(exist_ok=True)
    _dump(layout.modules, _modules(layout))
    most_tokens = read_shape(folder).most_tokens
    _dump(layout.transformer, {"max_seq_length": most_tokens, "do_lower_case": False})
    modes = {f"pooling_mode_{name}": False for name in ("max_tokens", "mean_sqrt_len_tokens")}
    modes["pooling_mode_cls_token"] = manifest.pooling == "cls"
    modes["pooling_mode_mean_tokens"] = manifest.pooling == "mean"
    _dump(layout.pooling, {"word_embedding_dimension": manifest.dim, **modes})
    prompts = {"query": manifest.prefix} if manifest.prefix else {}
    name = "query" if manifest.prefix else None
    _dump(layout.prompts, {"prompts": prompts, "default_prompt_name": name})
    names = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    files = hash_files(folder, (name for name in names if name != NAME))
    sealed = replace(manifest, files=files)
    layout.manifest.write_bytes(dump_manifest(sealed))
    return Checkpoint(layout, sealed)


def _modules(layout: Layout) -> list[dict[str, Any]]:
    paths = {"Transformer": "", "Pooling": layout.pooling.parent.name, "Normalize": "2_Normalize"}
    return [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(paths.items())
    ]


def _special_tokens(tokenizer: "Tokenizer") -> dict[str, str]:
    names = _XLM_R if tokenizer.token_to_id(_XLM_R[0]) is not None else _BERT
    return {
        role: token
        for role, token in zip(_ROLES, names, strict=True)
        if tokenizer.token_to_id(token) is not None
    }


def _dump(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
