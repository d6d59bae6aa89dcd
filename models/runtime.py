"""OpenVINO under the encoder: compiled once a process, one request a stream, safe to share.

A process that was forked compiles anew: threads do not come along, and locks may be held by one
that is gone.
"""

import ctypes
import os
import queue
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadSettings
from otklik.models.batch import Batch
from otklik.models.offline import import_openvino

if TYPE_CHECKING:
    import openvino as ov

Vectors = npt.NDArray[np.float32]
KEPT_SHAPES = 1024  # executors of the ladder's shapes, times the nodes that share one cache
PRECISIONS = {"int8": "f32", "bf16": "bf16", "fp32": "f32"}
"""Runtime → what everything is computed in that is not quantised."""


class Runtime(Protocol):
    """What the encoder asks of a runtime."""

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Vectors]]:
        """Vectors of each batch, float32 of shape (n, dim), unit length; in the batches' order."""
        ...

    def start(self) -> None:
        """Load and compile now instead of at the first batch."""
        ...


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def share_cores(threads: int, streams: int) -> tuple[int, int]:
    """Threads of each stream and number of streams; 0 stands for the default.

    By default every stream has one thread, and there is a stream for each core: the most texts a
    second. `threads=2, streams=1` answers a single text sooner.

    Raises
    ------
    BadSettings
        Negative, or more threads in all than cores.
    """
    most = cores()
    if min(threads, streams) < 0:
        raise BadSettings(f"{threads} threads and {streams} streams: expected 0 or more.")
    if not threads:
        threads = max(1, most // streams) if streams else 1
    streams = streams or max(1, most // threads)
    if threads * streams > most:
        raise BadSettings(
            f"{streams} streams of {threads} threads need {threads * streams} cores, this process "
            f"may use {most}. Name fewer of either, or 0 for the default."
        )
    return threads, streams


class OpenVinoRuntime:
    """A graph on the CPU, compiled when it is first needed.

    Parameters
    ----------
    load : callable
        Gives the graph; called once a process.
    kind : str
        One of `PRECISIONS`.
    threads, streams : int
        As `share_cores` gives them.
    """

    def __init__(
        self, load: Callable[[], "ov.Model"], kind: str, *, threads: int, streams: int
    ) -> None:
        self._load, self._kind = load, kind
        self._threads, self._streams = threads, streams
        self._lock = threading.Lock()
        self._state: _Compiled | None = None
        _FORKED.add(self)

    def start(self) -> None:
        """Load and compile now."""
        self._compiled()

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Vectors]]:
        """Vectors of each batch, as many at a time as there are streams."""
        return self._compiled().run(batches)

    def forget(self) -> None:
        """Turn away from what belongs to the process before a fork."""
        # Never released: a graph that is let go waits for its threads, and here it has none.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._state))
        self._lock = threading.Lock()
        self._state = None

    def _compiled(self) -> "_Compiled":
        state = self._state
        if state is None:
            with self._lock:
                state = self._state = self._state or _Compiled(
                    self._load(), self._kind, self._threads, self._streams
                )
        return state


class _Compiled:
    """A compiled graph of this process, its requests, and threads that keep them busy."""

    def __init__(self, graph: "ov.Model", kind: str, threads: int, streams: int) -> None:
        settings = {
            "INFERENCE_PRECISION_HINT": PRECISIONS[kind],
            "INFERENCE_NUM_THREADS": threads * streams,
            "NUM_STREAMS": streams,
            "CPU_RUNTIME_CACHE_CAPACITY": KEPT_SHAPES,
        }
        self._model = import_openvino().Core().compile_model(graph, "CPU", settings)
        self._requests: queue.SimpleQueue[ov.InferRequest] = queue.SimpleQueue()
        for _ in range(streams):
            request = self._model.create_infer_request()
            fill_tables(request)
            self._requests.put(request)
        self._pool = ThreadPoolExecutor(streams, thread_name_prefix="otklik-encoder")

    def run(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Vectors]]:
        several = list(batches)
        if len(several) == 1:  # not worth a change of threads
            yield several[0], self._infer(several[0])
            return
        yield from zip(several, self._pool.map(self._infer, several), strict=True)

    def _infer(self, batch: Batch) -> Vectors:
        request = self._requests.get()
        try:
            request.infer([batch.ids, batch.lengths], share_inputs=True)
            return np.array(request.get_output_tensor(0).data, dtype=np.float32)
        finally:
            self._requests.put(request)


def fill_tables(request: "ov.InferRequest") -> None:
    """Let OpenVINO fill its table of types while one thread runs.

    Two threads that ask for it first at the same time wait for each other for ever: one holds the
    table and wants the interpreter, the other the reverse.
    """
    ov = import_openvino()
    for tensor in request.input_tensors:
        kind = tensor.get_element_type()
        if kind != ov.Type.string:
            ov.Tensor(np.zeros((1,) * len(tensor.shape), kind.to_dtype()), shared_memory=True)


_FORKED: "weakref.WeakSet[OpenVinoRuntime]" = weakref.WeakSet()


def _forget_all() -> None:
    for runtime in list(_FORKED):
        runtime.forget()


os.register_at_fork(after_in_child=_forget_all)
