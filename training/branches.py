"""The two branches of a training: what the encoder says, what the n-grams say."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from otklik.models.adapter import dump_adapter, merge_adapter
from otklik.models.bundle import BundleLayout
from otklik.models.dress import ungreeted
from otklik.models.encoder import Encoder
from otklik.models.lexical import LexicalHasher
from otklik.models.lexical_table import LexicalTable, make_table, pruned_hasher
from otklik.models.manifest import read_manifest
from otklik.models.quantise import build_int8
from otklik.training.config import Preset
from otklik.training.dense_heads import DenseFit, DenseNetwork, fit_dense
from otklik.training.direct import fit_direct, joined_vectors
from otklik.training.examples import TRAIN, Examples
from otklik.training.finetune import finetune
from otklik.training.heads import Branch
from otklik.training.lexical_heads import (
    LIFT,
    LexicalFit,
    LexicalNetwork,
    common_columns,
    fit_lexical,
)
from otklik.training.network import Network
from otklik.training.targets import Target, rows_of

Floats = npt.NDArray[np.float32]
LAYERS = "encoder.layer."


def finetuned_branch(
    preset: Preset,
    examples: Examples,
    targets: Sequence[Target],
    base: Path,
    layout: BundleLayout,
    state: Path,
    advance: Callable[[int], None],
    report: Callable[[int, float], None],
) -> Branch:
    """Fit encoder and heads end to end; layers and int8 encoder go into the bundle's folder."""
    train = np.flatnonzero(examples.sides == TRAIN)
    read = np.repeat(train, examples.repeats[train])
    network = finetune(
        base,
        [examples.texts[row] for row in read],
        examples.weights[read],
        [rows_of(target, read) for target in targets],
        preset.fit,
        seed=preset.seed,
        state=state,
        prefix=preset.prefix,
        advance=advance,
        report=report,
    )
    layers = {
        name.removeprefix("encoder."): weight.numpy()
        for name, weight in network.state_dict().items()
        if name.startswith(f"encoder.{LAYERS}")
    }
    said = {"layers": network.encoder.config.num_hidden_layers, "prefix": preset.prefix}
    dump_adapter(layout.adapter, layers, {**said, "name": preset.name})
    merge_adapter(base, layout.adapter, layout.encoder)
    build_int8(layout.encoder, [examples.texts[row] for row in train])
    return branch_of(network)


def kept_branch(
    preset: Preset,
    examples: Examples,
    targets: Sequence[Target],
    base: Path,
    layout: BundleLayout,
    advance: Callable[[int], None],
) -> Branch:
    """Fit heads alone: the encoder in `base` is taken as it is."""
    from safetensors.numpy import load_file

    manifest = read_manifest(base)
    layers = load_file(base / "model.safetensors")
    said = {"layers": manifest.layers, "prefix": manifest.prefix, "name": preset.name}
    dump_adapter(layout.adapter, layers, said)
    shutil.copytree(base, layout.encoder, dirs_exist_ok=True)
    encoder = Encoder(layout.encoder)
    train = np.flatnonzero(examples.sides == TRAIN)
    texts = [examples.texts[row] for row in train]
    vectors = encoder.encode(texts)
    advance(len(texts))
    own = [rows_of(target, train) for target in targets]
    return branch_of(fit_dense(vectors, examples.weights[train], own, DenseFit(), seed=preset.seed))


def lexical_branch(
    texts: list[str],
    weights: Floats,
    targets: Sequence[Target],
    *,
    direct: Sequence[str] = (),
    seed: int,
) -> tuple[LexicalTable, Branch]:
    """Table of n-grams and the heads over it, in the scale in which they are served.

    Parameters
    ----------
    direct : sequence of str
        Heads whose n-grams speak for themselves; see `otklik.training.direct`.
    """
    fit = LexicalFit()
    texts = [ungreeted(text) for text in texts]  # as the table will read them
    hasher = LexicalHasher().fit(texts)
    assert hasher.idf is not None
    columns = common_columns(hasher.transform(texts), fit.rarest, fit.most)
    hasher = pruned_hasher(
        hasher.word_bits, hasher.char_bits, columns, hasher.idf[columns], float(hasher.idf.max())
    )
    rows = hasher.transform(texts)[:, columns].tocsr()
    network = fit_lexical(rows, weights, targets, fit, seed=seed)
    vectors = network.table.weight.detach().numpy().astype(np.float32) * np.float32(LIFT)
    branch = branch_of(network)
    for target in targets:
        if target.head in direct:
            own, bias = fit_direct(rows, weights, target, seed=seed)
            before = vectors.shape[1]
            vectors, factor = joined_vectors(vectors, own)
            branch = _listening(branch, target.head, bias, before, 1 / factor)
    return make_table(hasher, columns, vectors), branch


def _listening(branch: Branch, head: str, bias: Floats, before: int, loudness: float) -> Branch:
    """Widen every head by the new numbers; the one head listens to them alone."""
    new = len(bias)
    weights = {
        name: np.hstack([rows, np.zeros((len(rows), new), dtype=np.float32)])
        for name, rows in branch.weights.items()
    }
    weights[head] = np.hstack(
        [np.zeros((new, before), dtype=np.float32), np.eye(new, dtype=np.float32) * loudness]
    ).astype(np.float32)
    return Branch(weights, {**branch.biases, head: bias})


def branch_of(network: Network | DenseNetwork | LexicalNetwork) -> Branch:
    """Weights of a network's heads."""
    weights, biases = {}, {}
    with torch.inference_mode():
        for name, head in network.heads.items():
            weights[name] = head.get_parameter("weight").detach().numpy().copy()
            biases[name] = head.get_parameter("bias").detach().numpy().copy()
    return Branch(weights, biases)
