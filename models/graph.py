"""The encoder as an OpenVINO graph, built straight from a checkpoint: no torch, no tracing.

What tracing would not give: queries, keys and values come from one product, the query's scale is
folded into its weights, token types into positions, and pooling and normalisation belong to the
graph, so that a text's vector is all that leaves it.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from otklik.models.offline import import_openvino
from otklik.models.weights import Array, Shape, Weights, read_shape

if TYPE_CHECKING:
    import openvino as ov

IDS, LENGTHS, VECTORS = "ids", "lengths", "vectors"
LAYERS, WIDE, OUTLIER = "encoder.layer.", "wide", "outlier"  # in names of nodes
MASKED = -1e4  # exp of it is zero, and bfloat16 holds it
POOLINGS = ("mean", "cls")
_BYTE = 127

Outliers = Mapping[int, Sequence[int]]


def build_graph(
    folder: Path,
    *,
    pooling: str = "mean",
    byte_embeddings: bool = False,
    outliers: Outliers = MappingProxyType({}),
) -> "ov.Model":
    """Graph of a checkpoint: token ids in, unit vectors out.

    Inputs are `ids`, int32 of shape (n_texts, length), and `lengths`, int32 of shape (n_texts,):
    how many of a row's ids are real, the padding stands behind them. The output is `vectors`,
    float32 of shape (n_texts, dim), rows L2-normalised.

    Parameters
    ----------
    folder : Path
        A BERT or XLM-R checkpoint: `config.json` and `model.safetensors`.
    pooling : str
        `mean` of the real tokens, or `cls`, the first token.
    byte_embeddings : bool
        Keep the table of words in int8 with a scale a row: a quarter of the memory.
    outliers : mapping of int to sequence of int
        Layer → channels of its wide inner state that take a product of their own (`OUTLIER` in its
        name): a few channels of a trained BERT reach ten times as far as all others, and would
        leave those only a few steps of int8. The result is the same.

    Raises
    ------
    BadCheckpoint
        The checkpoint cannot be read, or has parts that this graph does not know.
    """
    if pooling not in POOLINGS:
        raise ValueError(f"pooling is {pooling!r}; expected one of {', '.join(POOLINGS)}.")
    return _Builder(read_shape(folder), Weights(folder)).build(pooling, byte_embeddings, outliers)


class _Builder:
    """Puts the nodes together; methods take and return nodes."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        self._ov = import_openvino()
        self._op = self._ov.opset15
        self._shape = shape
        self._weights = weights

    def build(self, pooling: str, byte_embeddings: bool, outliers: Outliers) -> "ov.Model":
        op = self._op
        self._ids = op.parameter([-1, -1], np.int32, name=IDS)
        self._lengths = op.parameter([-1], np.int32, name=LENGTHS)
        x = self._embeddings(byte_embeddings)
        for number in range(self._shape.layers):
            x = self._layer(x, f"{LAYERS}{number}", outliers.get(number, ()))
        pooled = self._mean(x) if pooling == "mean" else self._first(x)
        norm = op.reduce_l2(pooled, self._axis(1), keep_dims=True)
        vectors = op.divide(pooled, op.maximum(norm, np.float32(1e-12)))
        vectors.output(0).set_names({VECTORS})
        self._ids.output(0).set_names({IDS})
        self._lengths.output(0).set_names({LENGTHS})
        return self._ov.Model([vectors], [self._ids, self._lengths], "encoder")

    def _axis(self, *numbers: int) -> npt.NDArray[np.int64]:
        return np.array(numbers, dtype=np.int64)

    @cached_property
    def _real(self) -> "ov.Node":
        """Whether a token is real: bool of shape (n_texts, length)."""
        op = self._op
        length = op.gather(op.shape_of(self._ids, "i32"), np.int32(1), np.int32(0))
        places = op.range(np.int32(0), length, np.int32(1), "i32")
        return op.less(
            op.unsqueeze(places, self._axis(0)), op.unsqueeze(self._lengths, self._axis(1))
        )

    @cached_property
    def _bias(self) -> "ov.Node":
        """What is added to attention scores: float32 of shape (n_texts, 1, 1, length)."""
        op = self._op
        bias = op.select(self._real, np.float32(0), np.float32(MASKED))
        return op.unsqueeze(bias, self._axis(1, 2))

    def _embeddings(self, in_bytes: bool) -> "ov.Node":
        op, weights = self._op, self._weights
        words = self._words(weights("embeddings.word_embeddings.weight"), in_bytes)
        places = weights("embeddings.position_embeddings.weight")
        places = places + weights("embeddings.token_type_embeddings.weight")[0]
        length = op.gather(op.shape_of(self._ids, "i64"), self._axis(1), np.int64(0))
        row = op.slice(
            op.constant(places[self._shape.first_position :]),
            self._axis(0),
            length,
            self._axis(1),
            self._axis(0),
        )
        return self._norm(op.add(words, row), "embeddings.LayerNorm")

    def _words(self, table: Array, in_bytes: bool) -> "ov.Node":
        op = self._op
        if not in_bytes:
            return op.gather(op.constant(table), self._ids, np.int64(0))
        scale = np.abs(table).max(1, keepdims=True) / np.float32(_BYTE)
        scale[scale == 0] = 1
        whole = op.constant(np.rint(table / scale).astype(np.int8))
        rows = op.convert(op.gather(whole, self._ids, np.int64(0)), "f32")
        return op.multiply(rows, op.gather(op.constant(scale), self._ids, np.int64(0)))

    def _norm(self, x: "ov.Node", name: str) -> "ov.Node":
        op = self._op
        scale, shift = self._weights.linear(name)
        even = op.mvn(x, self._axis(-1), True, self._shape.eps, "inside_sqrt")
        return op.add(op.multiply(even, scale), shift)

    def _product(self, x: "ov.Node", weight: Array, bias: Array, name: str) -> "ov.Node":
        product = self._op.matmul(x, self._op.constant(weight), False, True)
        product.set_friendly_name(name)
        return self._op.add(product, bias)

    def _linear(self, x: "ov.Node", name: str) -> "ov.Node":
        weight, bias = self._weights.linear(name)
        return self._product(x, weight, bias, name)

    def _layer(self, x: "ov.Node", name: str, outliers: Sequence[int]) -> "ov.Node":
        op = self._op
        attended = self._linear(self._attention(x, name), f"{name}.attention.output.dense")
        x = self._norm(op.add(attended, x), f"{name}.attention.output.LayerNorm")
        wide = self._activate(self._linear(x, f"{name}.intermediate.dense"))
        wide.set_friendly_name(f"{name}.{WIDE}")
        narrow = self._narrow(wide, f"{name}.output.dense", outliers)
        return self._norm(op.add(narrow, x), f"{name}.output.LayerNorm")

    def _narrow(self, wide: "ov.Node", name: str, outliers: Sequence[int]) -> "ov.Node":
        if not outliers:
            return self._linear(wide, name)
        op = self._op
        weight, bias = self._weights.linear(name)
        far = np.array(outliers, dtype=np.int64)
        near = np.ones(weight.shape[1], dtype=np.float32)
        near[far] = 0
        apart = op.gather(wide, far, np.int64(2))
        extra = op.matmul(apart, op.constant(np.ascontiguousarray(weight[:, far])), False, True)
        extra.set_friendly_name(f"{name}.{OUTLIER}")
        return op.add(self._product(op.multiply(wide, near), weight, bias, name), extra)

    def _activate(self, x: "ov.Node") -> "ov.Node":
        kind = self._shape.activation
        return self._op.relu(x) if kind == "relu" else self._op.gelu(x, kind)

    def _attention(self, x: "ov.Node", name: str) -> "ov.Node":
        op, shape = self._op, self._shape
        size = shape.dim // shape.heads
        parts = [
            list(self._weights.linear(f"{name}.attention.self.{part}"))
            for part in ("query", "key", "value")
        ]
        for array in parts[0]:
            array /= np.float32(np.sqrt(size))
        weight, bias = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        joint = self._product(x, weight, bias, f"{name}.attention.self.joint")
        query, key, value = (self._heads(part) for part in op.split(joint, 2, 3).outputs())
        mixed = op.scaled_dot_product_attention(query, key, value, self._bias, np.float32(1))
        together = op.transpose(mixed, self._axis(0, 2, 1, 3))
        return op.reshape(together, self._axis(0, 0, shape.dim), True)

    def _heads(self, x: "ov.Output") -> "ov.Node":
        """Part of the joint product, apart by heads: (n_texts, heads, length, size)."""
        shape = self._shape
        apart = self._axis(0, 0, shape.heads, shape.dim // shape.heads)
        return self._op.transpose(self._op.reshape(x, apart, True), self._axis(0, 2, 1, 3))

    def _mean(self, x: "ov.Node") -> "ov.Node":
        op = self._op
        weights = op.unsqueeze(op.convert(self._real, "f32"), self._axis(2))
        total = op.reduce_sum(op.multiply(x, weights), self._axis(1))
        return op.divide(total, op.unsqueeze(op.convert(self._lengths, "f32"), self._axis(1)))

    def _first(self, x: "ov.Node") -> "ov.Node":
        return self._op.gather(x, np.int32(0), np.int32(1))
