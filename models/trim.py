"""Trimming of a unigram vocabulary: pieces that are kept, and the rows of the embeddings for them.

Where a text touched kept pieces only, it is cut as before: what was the best way to cut it is
still there and still the best.
"""

import json
from collections.abc import Container
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def unigram_pieces(tokenizer: "Tokenizer") -> tuple[str, ...]:
    """Pieces in the order of their ids; empty for a tokenizer of another kind."""
    model = json.loads(tokenizer.to_str())["model"]
    return tuple(piece for piece, _ in model["vocab"]) if model["type"] == "Unigram" else ()


def trim_tokenizer(
    tokenizer: "Tokenizer", kept: Container[str]
) -> tuple["Tokenizer", npt.NDArray[np.int64]]:
    """Tokenizer with the kept pieces, in their old order.

    Special tokens, and the least likely piece, are kept in any case: the price of an unknown
    character is reckoned from the latter.

    Returns
    -------
    tokenizer : Tokenizer
    ids : int64 of shape (n_kept,)
        The old id of each new one: the rows of the embeddings to keep.
    """
    from tokenizers import Tokenizer

    spec: dict[str, Any] = json.loads(tokenizer.to_str())
    vocab: list[tuple[str, float]] = spec["model"]["vocab"]
    special = {token["content"] for token in spec["added_tokens"]}
    rarest = min(range(len(vocab)), key=lambda number: vocab[number][1], default=-1)
    ids = [
        number
        for number, (piece, _) in enumerate(vocab)
        if piece in kept or piece in special or number == rarest
    ]
    # tokens beyond the vocabulary have the ids that follow it
    beyond = [token["id"] for token in spec["added_tokens"] if token["id"] >= len(vocab)]
    ids += sorted(beyond)
    new = {old: number for number, old in enumerate(ids)}
    spec["model"]["vocab"] = [vocab[number] for number in ids if number < len(vocab)]
    spec["model"]["unk_id"] = new[spec["model"]["unk_id"]]
    for token in spec["added_tokens"]:
        token["id"] = new[token["id"]]
    for token in (spec["post_processor"] or {}).get("special_tokens", {}).values():
        token["ids"] = [new[old] for old in token["ids"]]
    trimmed = Tokenizer.from_str(json.dumps(spec, ensure_ascii=False))
    return trimmed, np.array(ids, dtype=np.int64)
