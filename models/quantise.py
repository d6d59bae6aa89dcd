"""From a checkpoint to its int8 graph: NNCF, calibrated on texts. Build time only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from otklik.datasets.errors import BadCheckpoint
from otklik.models.batch import Batch, rung_below, token_batches
from otklik.models.calibration_texts import ENOUGH, builtin_texts, choose_texts, texts_sha256
from otklik.models.graph import IDS, LAYERS, LENGTHS, OUTLIER, build_graph
from otklik.models.int8 import CONSTANTS, FOLDER, GRAPH, Int8, checkpoint_id, dump_int8
from otklik.models.manifest import Manifest, check_files, read_manifest, sha256_of
from otklik.models.offline import import_nncf, import_openvino
from otklik.models.outliers import find_outliers, measure_reach
from otklik.models.swap import locked, replaced
from otklik.models.tokens import Tokens
from otklik.models.weights import read_shape

if TYPE_CHECKING:
    import openvino as ov

SMOOTHING = 0.5
FEWEST = 16
STEPS = ("finding outliers", "quantising", "putting it in place")


def build_int8(
    folder: Path,
    texts: Iterable[str] | None = None,
    *,
    most_texts: int = ENOUGH,
    step: Callable[[str], None] = lambda _name: None,
) -> Int8:
    """Quantise the checkpoint in `folder`; the result stands in its `openvino/`.

    Equal checkpoint and texts give an equal graph. Whatever goes wrong, a former one stays.

    Parameters
    ----------
    folder : Path
        A checkpoint that `otklik model base` wrote.
    texts : iterable of str, optional
        Masked messages; `most_texts` of them are chosen by hash. None takes the built-in texts.
    step : callable
        Told the name of each of `STEPS` when it begins.

    Raises
    ------
    BadCheckpoint
        The checkpoint is broken or of an unknown kind, or there are too few texts.
    MissingExtra
        NNCF is not installed.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    chosen = choose_texts(builtin_texts() if texts is None else texts, most_texts)
    if len(chosen) < FEWEST:
        raise BadCheckpoint(
            f"{len(chosen)} different texts to calibrate with; at least {FEWEST} are needed. Name "
            "a larger table, or none for the built-in texts."
        )
    step(STEPS[0])
    batches = list(_batches(folder, manifest, chosen))
    pooling = manifest.pooling
    outliers = find_outliers(measure_reach(build_graph(folder, pooling=pooling), batches))
    step(STEPS[1])
    graph = build_graph(folder, pooling=pooling, byte_embeddings=True, outliers=outliers)
    quantised = _quantise(graph, batches)
    step(STEPS[2])
    made = Int8(
        checkpoint=checkpoint_id(folder),
        texts=len(chosen),
        texts_sha256=texts_sha256(chosen),
        smoothing=SMOOTHING,
        outliers={str(layer): channels for layer, channels in outliers.items()},
        nncf=version("nncf"),
        openvino=version("openvino"),
        files={},
    )
    target = folder / FOLDER
    with locked(target), replaced(target) as part:
        return _write(part, quantised, made)


def _batches(folder: Path, manifest: Manifest, texts: Sequence[str]) -> Iterator[Batch]:
    """One text each, cut to a rung: padding would widen no range but the work, new shapes too."""
    shape = read_shape(folder)
    for ids in Tokens(folder / "tokenizer.json", manifest.prefix)(texts):
        length = min(rung_below(len(ids)), shape.most_tokens)
        cut = ids if len(ids) == length else [*ids[: length - 1], ids[-1]]
        yield from token_batches([cut], pad=shape.pad_id, most=length)


def _quantise(graph: "ov.Model", batches: Sequence[Batch]) -> "ov.Model":
    nncf = import_nncf()
    with redirect_stdout(StringIO()):  # its progress bars
        return nncf.quantize(
            graph,
            nncf.Dataset(batches, _inputs),
            model_type=nncf.ModelType.TRANSFORMER,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(batches),
            ignored_scope=nncf.IgnoredScope(patterns=[rf".*\.{OUTLIER}"], validate=False),
            advanced_parameters=nncf.AdvancedQuantizationParameters(
                smooth_quant_alphas=nncf.AdvancedSmoothQuantParameters(matmul=SMOOTHING)
            ),
        )


def _inputs(batch: Batch) -> dict[str, npt.NDArray[np.int32]]:
    return {IDS: batch.ids, LENGTHS: batch.lengths}


def _name_nodes(graph: "ov.Model") -> None:
    """Name nodes by their place: names of OpenVINO's own count on from graph to graph."""
    for place, node in enumerate(graph.get_ordered_ops()):
        if not node.get_friendly_name().startswith(LAYERS):
            node.set_friendly_name(f"{node.get_type_name()}_{place}")


def _write(part: Path, graph: "ov.Model", made: Int8) -> Int8:
    _name_nodes(graph)
    import_openvino().save_model(graph, part / GRAPH, compress_to_fp16=False)
    files = {name: sha256_of(part / name) for name in (GRAPH, CONSTANTS)}
    sealed = replace(made, files=files)
    dump_int8(part, sealed)
    return sealed
