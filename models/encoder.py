"""The encoder: masked texts in, unit vectors out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from otklik.models.batch import RUNGS, TOKENS, token_batches
from otklik.models.int8 import checkpoint_id, load_int8
from otklik.models.manifest import read_manifest
from otklik.models.runtime import PRECISIONS, OpenVinoRuntime, Runtime, Vectors, share_cores
from otklik.models.tokens import Tokens
from otklik.models.weights import read_shape
from otklik.models.windows import cut_windows

if TYPE_CHECKING:
    import openvino as ov

RUNTIMES = (*PRECISIONS, "torch")
CHUNK = 2048
"""Texts that `encode_stream` holds at a time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How texts are cut and put together.

    Parameters
    ----------
    window : int
        Tokens that are read at once, prefix and special tokens included; a longer text is read in
        windows.
    overlap : int
        Tokens that two windows share.
    batch : int
        Tokens of a batch, padding included.
    """

    window: int = RUNGS[-1]
    overlap: int = 32
    batch: int = TOKENS


class Encoder:
    """Turns texts into vectors; one object may serve many threads and survive a fork.

    >>> encoder = Encoder(Path("var/models/base"))
    >>> encoder.encode(["Нет воды третий день", "Воды нет с понедельника"]).shape
    (2, 384)

    Parameters
    ----------
    path : Path
        A checkpoint that `otklik model base` wrote.
    runtime : str
        `int8` (the fastest, made by `otklik model quantise`), `bf16`, `fp32`, or `torch`.
    threads, streams : int
        Threads of each stream and number of streams; 0 for the default, one thread and as many
        streams as cores. Tokens are made in the calling thread.
    limits : Limits
        Windows and batches.

    Raises
    ------
    BadCheckpoint
        Incomplete, broken, of an unknown kind, or its int8 files are missing, broken or those of
        another checkpoint; the message names the command that helps.
    BadSettings
        More threads than cores.
    """

    def __init__(
        self,
        path: Path,
        runtime: str = "int8",
        *,
        threads: int = 0,
        streams: int = 0,
        limits: Limits = Limits(),
    ) -> None:
        if runtime not in RUNTIMES:
            raise ValueError(f"runtime is {runtime!r}; expected one of {', '.join(RUNTIMES)}.")
        self._path = Path(path)
        manifest = read_manifest(self._path)
        self.dim, self.layers = manifest.dim, manifest.layers
        self._pooling = manifest.pooling
        self._limits = limits
        self._tokens = Tokens(self._path / "tokenizer.json", manifest.prefix)
        shape = read_shape(self._path) if runtime != "torch" else None
        self._most = min(limits.window, shape.most_tokens if shape else limits.window)
        self._pad = shape.pad_id if shape else 0
        self.version = f"{checkpoint_id(self._path)[:12]}-{runtime}"
        """Which vectors these are: those of two versions must not be compared."""
        self._runtime = self._make_runtime(runtime, *share_cores(threads, streams))

    def _make_runtime(self, kind: str, threads: int, streams: int) -> Runtime:
        if kind == "torch":
            from otklik.models.torch_runtime import TorchRuntime

            return TorchRuntime(self._path, self._pooling, threads=threads * streams)
        load = self._load_int8 if kind == "int8" else self._build
        return OpenVinoRuntime(load, kind, threads=threads, streams=streams)

    def _load_int8(self) -> "ov.Model":
        return load_int8(self._path)

    def _build(self) -> "ov.Model":
        from otklik.models.graph import build_graph

        return build_graph(self._path, pooling=self._pooling)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts, in their order.

        Parameters
        ----------
        texts : sequence of str
            Masked messages, of any length. An empty text has a vector too, always the same.

        Returns
        -------
        float32 of shape (n_texts, dim), rows L2-normalised

        Raises
        ------
        TypeError
            One text instead of several, or something that is no text.
        """
        _check_texts(texts)
        pieces = cut_windows(
            self._tokens(texts),
            head=self._tokens.head,
            most=self._most,
            overlap=self._limits.overlap,
        )
        vectors = np.empty((len(pieces.ids), self.dim), dtype=np.float32)
        if pieces.ids:
            batches = token_batches(
                pieces.ids, pad=self._pad, most=self._most, tokens=self._limits.batch
            )
            for batch, found in self._runtime.run(batches):
                vectors[batch.rows] = found
        return pieces.join(vectors)

    def encode_stream(self, texts: Iterable[str], *, chunk: int = CHUNK) -> Iterator[Vectors]:
        """Vectors of any number of texts, `chunk` of them at a time.

        Memory does not grow with their number; texts of like length share batches within a chunk.

        Yields
        ------
        float32 of shape (at most chunk, dim), rows L2-normalised, in the order of the texts
        """
        source = iter(texts)
        while several := list(islice(source, chunk)):
            yield self.encode(several)

    def warm_up(self, longest: int = RUNGS[-1]) -> None:
        """Compile now, and every shape of a single text up to `longest` tokens."""
        self._runtime.start()
        own = self._tokens(["а"])[0]
        filler = own[self._tokens.head]
        for rung in RUNGS:
            if len(own) <= rung <= min(longest, self._most):
                ids = [*own[:-1], *[filler] * (rung - len(own)), own[-1]]
                batches = token_batches([ids], pad=self._pad, most=self._most)
                for _ in self._runtime.run(batches):
                    pass


def _check_texts(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise TypeError("texts is one str; expected a sequence of them, [text] for a single one.")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"texts[{number}] is {type(text).__name__}; expected str.")
