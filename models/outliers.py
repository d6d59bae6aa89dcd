"""Channels of the wide inner states that reach far beyond all others.

A trained BERT keeps a few such channels: multilingual-e5-small has one in most layers, at the
first or the last token of every text, which reaches 12 to 70 where all others stay below 6. With
one int8 scale it would leave the others a few steps, and every fourth of the nearest neighbours
would be another one.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from otklik.models.batch import Batch
from otklik.models.graph import WIDE
from otklik.models.offline import import_openvino

if TYPE_CHECKING:
    import openvino as ov

FAR = 1.6
RANK = 8
"""An outlier reaches `FAR` times as far as the channel of this rank; so there are at most 8."""

ONE_THREAD = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}

Reach = npt.NDArray[np.float32]


def find_outliers(reach: Mapping[int, Reach]) -> dict[int, list[int]]:
    """Outliers of each layer that has some.

    Parameters
    ----------
    reach : mapping of int to float32 of shape (width,)
        Layer → the largest absolute value of each channel.
    """
    found: dict[int, list[int]] = {}
    for layer, largest in reach.items():
        if len(largest) > RANK:
            usual = np.sort(largest)[-1 - RANK]
            if len(far := np.flatnonzero(largest > FAR * usual)):
                found[layer] = far.tolist()
    return found


def measure_reach(graph: "ov.Model", batches: Iterable[Batch]) -> dict[int, Reach]:
    """How far each channel of each layer's wide state goes on some texts.

    Parameters
    ----------
    graph : openvino.Model
        From `build_graph`, in float; it gets further outputs and is of no other use afterwards.
    batches : iterable of Batch
        Texts; padding counts as well, so batches should have little.
    """
    ov = import_openvino()
    op = ov.opset15
    nodes = {node.get_friendly_name(): node for node in graph.get_ordered_ops()}
    names = [name for name in nodes if name.endswith(f".{WIDE}")]
    across = np.array([0, 1], dtype=np.int64)
    largest = [op.reduce_max(op.abs(nodes[name]), across) for name in names]
    graph.add_outputs([node.output(0) for node in largest])
    request = ov.Core().compile_model(graph, "CPU", ONE_THREAD).create_infer_request()
    reach: dict[int, Reach] = {}
    for batch in batches:
        request.infer([batch.ids, batch.lengths])
        for place in range(len(names)):
            found = request.get_output_tensor(1 + place).data
            reach[place] = np.maximum(reach.get(place, 0), found)
    return reach
