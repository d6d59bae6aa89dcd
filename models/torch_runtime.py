"""PyTorch under the encoder: the yardstick, and the way out where OpenVINO builds no graph.

Needs the `train` extra; nothing else of the encoder imports it.
"""

import threading
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from otklik.datasets.errors import BadCheckpoint, MissingExtra
from otklik.models.batch import Batch
from otklik.models.runtime import Vectors

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class TorchRuntime:
    """A `transformers` model in float32, with the pooling of the checkpoint.

    Parameters
    ----------
    folder : Path
        The checkpoint.
    pooling : str
        `mean` or `cls`.
    threads : int
        For the whole process: PyTorch knows no streams.
    """

    def __init__(self, folder: Path, pooling: str, *, threads: int) -> None:
        self._folder, self._pooling, self._threads = folder, pooling, threads
        self._lock = threading.Lock()

    def start(self) -> None:
        """Load the weights now."""
        with self._lock:
            _ = self._model

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Vectors]]:
        """Vectors of each batch, one after the other."""
        self.start()
        for batch in batches:
            yield batch, self._infer(batch)

    @cached_property
    def _model(self) -> "PreTrainedModel":
        try:
            import torch
            from transformers import AutoModel
        except ImportError as error:
            raise MissingExtra(
                "runtime='torch' needs PyTorch and transformers: pip install 'otklik[train]'. "
                "The other runtimes do without."
            ) from error
        torch.set_num_threads(self._threads)
        try:
            model: PreTrainedModel = AutoModel.from_pretrained(self._folder, dtype=torch.float32)
            model.train(False)
            return model
        except (OSError, ValueError, KeyError) as error:
            raise BadCheckpoint(
                f"{self._folder} cannot be loaded by transformers: {error}. Build it again with "
                "`otklik model base --force`."
            ) from error

    def _infer(self, batch: Batch) -> Vectors:
        import torch

        places = np.arange(batch.ids.shape[1])
        mask = torch.from_numpy((places < batch.lengths[:, None]).astype(np.int64))
        with torch.inference_mode():
            ids = torch.from_numpy(batch.ids.astype(np.int64))
            states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
            if self._pooling == "cls":
                pooled = states[:, 0]
            else:
                pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            vectors: Vectors = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return vectors
