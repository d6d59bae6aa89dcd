"""What people run instead of our encoder: each contender turns texts into vectors.

All get the same checkpoint, the same texts and the same number of threads. Texts of more than 512
tokens are cut by them and read in windows by ours.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from otklik.models.manifest import read_manifest

BATCH = 32
MOST = 512
MULTIPLE = 16

Contender = Callable[[Sequence[str]], np.ndarray]


class Eager:
    """`transformers` in float32 or bfloat16, batches of 32, mean of the real tokens.

    `ordered` sorts texts by length first, which few do; `compiled` runs `torch.compile` on lengths
    padded to multiples of 16, since every new one costs a compilation.
    """

    def __init__(
        self, folder: Path, *, ordered: bool = False, compiled: bool = False, bf16: bool = False
    ) -> None:
        dtype = torch.bfloat16 if bf16 else torch.float32
        self._prefix = read_manifest(folder).prefix
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModel.from_pretrained(folder, dtype=dtype, add_pooling_layer=False).eval()
        self._model = torch.compile(model, dynamic=True) if compiled else model
        self._ordered = ordered
        self._multiple = MULTIPLE if compiled else None

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        order = np.arange(len(texts))
        if self._ordered:
            order = np.argsort([-len(text) for text in texts], kind="stable")
        vectors: np.ndarray | None = None
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            found = self._encode([self._prefix + texts[row] for row in rows])
            if vectors is None:
                vectors = np.empty((len(texts), found.shape[1]), dtype=np.float32)
            vectors[rows] = found
        return vectors

    def _encode(self, texts: list[str]) -> np.ndarray:
        batch = self._tokenizer(
            texts, padding=True, truncation=True, max_length=MOST, return_tensors="pt",
            pad_to_multiple_of=self._multiple, return_token_type_ids=False,
        )  # fmt: skip
        with torch.inference_mode():
            states = self._model(**batch).last_hidden_state.float()
            weights = batch["attention_mask"].unsqueeze(-1)
            pooled = (states * weights).sum(1) / weights.sum(1)
            return torch.nn.functional.normalize(pooled, dim=-1).numpy()


class OnnxInt8:
    """ONNX Runtime with dynamic int8 quantisation, sorted batches."""

    def __init__(self, folder: Path, scratch: Path, threads: int) -> None:
        self._prefix = read_manifest(folder).prefix
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        whole, small = scratch / "encoder.onnx", scratch / "encoder-int8.onnx"
        _export(folder, whole)
        quantize_dynamic(whole, small, weight_type=QuantType.QInt8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(small), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        order = np.argsort([-len(text) for text in texts], kind="stable")
        parts = []
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch = self._tokenizer(
                [self._prefix + texts[row] for row in rows],
                padding=True, truncation=True, max_length=MOST, return_tensors="np",
            )  # fmt: skip
            mask = batch["attention_mask"].astype(np.int64)
            ids = batch["input_ids"].astype(np.int64)
            [states] = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
            pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
            parts.append(pooled / np.linalg.norm(pooled, axis=1, keepdims=True))
        vectors = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
        vectors[order] = np.concatenate(parts)
        return vectors


def _export(folder: Path, path: Path) -> None:
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=input_ids, attention_mask=attention_mask)[0]

    ids = torch.ones((2, 16), dtype=torch.int64)
    names = ["input_ids", "attention_mask"]
    axes = {name: {0: "texts", 1: "length"} for name in (*names, "states")}
    torch.onnx.export(
        States(), (ids, ids), path, input_names=names, output_names=["states"],
        dynamic_axes=axes, dynamo=False, opset_version=17,
    )  # fmt: skip


def sentence_transformer(folder: Path) -> Contender:
    """`SentenceTransformer.encode`, which sorts by length itself."""
    model = SentenceTransformer(str(folder), device="cpu")
    return lambda texts: model.encode(
        list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
    )


def make_rivals(folder: Path, scratch: Path, threads: int) -> dict[str, Callable[[], Contender]]:
    """Name → how to open it; the first one is what the others are compared with."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    disable_progress_bar()
    torch.set_num_threads(threads)
    return {
        "eager fp32": lambda: Eager(folder),
        "eager fp32 sorted": lambda: Eager(folder, ordered=True),
        "sentence-transformers": lambda: sentence_transformer(folder),
        "torch.compile bf16": lambda: Eager(folder, ordered=True, compiled=True, bf16=True),
        "ONNX Runtime int8": lambda: OnnxInt8(folder, scratch, threads),
    }
