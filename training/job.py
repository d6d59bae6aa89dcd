"""A whole training: sets → encoder and heads → quantised, fused, calibrated, judged → bundle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.adapter import dump_adapter, merge_adapter
from otklik.models.bundle import BundleLayout, Window, save_bundle
from otklik.models.classifier import GROUP, rubricator_head
from otklik.models.encoder import Encoder
from otklik.models.heads import Head, calibrated
from otklik.models.hierarchy import Tree, rubricator_tree
from otklik.models.lexical import LexicalHasher
from otklik.models.lexical_table import LexicalTable, make_table, pruned_hasher
from otklik.models.predictor import SCALE
from otklik.models.quantise import build_int8
from otklik.training.config import Preset
from otklik.training.examples import CALIBRATION, TEST, TRAIN, Examples
from otklik.training.finetune import finetune
from otklik.training.heads import Branch, drawn_labels, judged_windows, make_heads, topic_tree
from otklik.training.lexical_heads import (
    LIFT,
    LexicalFit,
    LexicalNetwork,
    common_columns,
    fit_lexical,
)
from otklik.training.metrics import Report, evaluate_head
from otklik.training.network import Network
from otklik.training.slices import text_slices
from otklik.training.targets import Target, build_targets

Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Parameters
    ----------
    layout : BundleLayout
        The shipped form, with `adapter.safetensors`.
    encoder : Path
        The merged and quantised encoder.
    reports : dict of str to Report
        Per head, on the test side.
    """

    layout: BundleLayout
    encoder: Path
    targets: list[Target]
    reports: dict[str, Report]
    judged: dict[str, Window]


def run_training(
    preset: Preset,
    examples: Examples,
    base: Path,
    work: Path,
    *,
    say: Say = lambda _text: None,
    advance: Callable[[int], None] = lambda _texts: None,
    report: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Trained:
    """Fit, fuse, calibrate and judge; every stage that is done is found again in `work`.

    Parameters
    ----------
    base : Path
        Encoder to start from.
    work : Path
        Folder of this training alone: checkpoint, encoder, bundle.
    """
    targets = build_targets(examples, preset.rubricator, preset.head_weights)
    train = np.flatnonzero(examples.sides == TRAIN)
    own = [_part(target, train) for target in targets]
    texts = [examples.texts[row] for row in train]
    weights = examples.weights[train]
    say("fitting encoder and heads")
    network = finetune(
        base, texts, weights, own, preset.fit, seed=preset.seed, state=work / "checkpoint.pt",
        prefix=preset.prefix, advance=advance, report=report,
    )  # fmt: skip
    layout = BundleLayout.of(work / "bundle")
    layout.folder.mkdir(parents=True, exist_ok=True)
    layers = {
        name.removeprefix("encoder."): weight.numpy()
        for name, weight in network.state_dict().items()
        if name.startswith("encoder.encoder.layer.")
    }
    facts = {
        "layers": network.encoder.config.num_hidden_layers,
        "prefix": preset.prefix,
        "name": preset.name,
    }
    dump_adapter(layout.adapter, layers, facts)
    say("quantising the encoder")
    encoder = work / "encoder"
    merge_adapter(base, layout.adapter, encoder)
    build_int8(encoder, texts)
    say("fitting lexical heads")
    table, lexical = fit_lexical_branch(texts, weights, own, seed=preset.seed)
    say("fusing and calibrating")
    judge = np.flatnonzero((examples.sides == CALIBRATION) | (examples.sides == TEST))
    judged_texts = [examples.texts[row] for row in judge]
    vectors = Encoder(encoder).encode(judged_texts) * SCALE
    lexical_vectors = table.transform(judged_texts)
    calibration = np.flatnonzero(examples.sides[judge] == CALIBRATION)
    arrays = vectors[calibration], lexical_vectors[calibration], judge[calibration]
    trees = head_trees(preset, targets)
    heads = make_heads(targets, dense_branch(network), lexical, *arrays, trees, seed=preset.seed)
    windows = judged_windows(heads, targets, *arrays, seed=preset.seed)
    test = np.flatnonzero(examples.sides[judge] == TEST)
    reports, judged = judge_heads(
        heads, targets, examples, vectors[test], lexical_vectors[test], judge[test], preset.seed
    )
    save_bundle(layout.folder, heads, table, windows, bundle_facts(preset, examples, reports))
    return Trained(layout, encoder, targets, reports, judged)


def fit_lexical_branch(
    texts: list[str], weights: Floats, targets: list[Target], *, seed: int
) -> tuple[LexicalTable, Branch]:
    """Table of n-grams and the heads over it, in the scale in which they are served."""
    fit = LexicalFit()
    hasher = LexicalHasher().fit(texts)
    assert hasher.idf is not None
    columns = common_columns(hasher.transform(texts), fit.rarest, fit.most)
    hasher = pruned_hasher(
        hasher.word_bits, hasher.char_bits, columns, hasher.idf[columns], float(hasher.idf.max())
    )
    rows = hasher.transform(texts)[:, columns].tocsr()
    network = fit_lexical(rows, weights, targets, fit, seed=seed)
    vectors = network.table.weight.detach().numpy().astype(np.float32) * np.float32(LIFT)
    return make_table(hasher, columns, vectors), _branch(network)


def head_trees(preset: Preset, targets: list[Target]) -> dict[str, tuple[str, Tree]]:
    """Which heads are topics and groups of one tree."""
    by_name = {target.head: target for target in targets}
    topic = rubricator_head(preset.rubricator)
    trees = {topic: (topic + GROUP, rubricator_tree(load_rubricator(preset.rubricator)))}
    for child, parent in preset.parents.items():
        tree = topic_tree(by_name[child], by_name[parent])
        if tree is not None:
            trees[child] = (parent, tree)
    return trees


def judge_heads(
    heads: Mapping[str, Head],
    targets: list[Target],
    examples: Examples,
    vectors: Floats,
    lexical_vectors: Floats,
    rows: npt.NDArray[np.int64],
    seed: int,
) -> tuple[dict[str, Report], dict[str, Window]]:
    """Reports of every head on the test side, and the answers behind them."""
    found = calibrated(
        heads, {name: head.logits(vectors, lexical_vectors) for name, head in heads.items()}
    )
    reports, judged = {}, {}
    for target in targets:
        known = np.flatnonzero(target.known[rows])
        if not len(known):
            continue
        probabilities = found[target.head][known]
        labels = drawn_labels(target, rows, seed)[known]
        texts = [examples.texts[row] for row in rows[known]]
        names = [target.classes[label] for label in labels]
        reports[target.head] = evaluate_head(
            probabilities,
            target.classes,
            labels,
            examples.groups[rows[known]],
            text_slices(texts, names),
            seed,
        )
        answers = probabilities.argmax(axis=1).astype(np.int64)
        judged[target.head] = Window(answers, labels, probabilities.max(axis=1))
    return reports, judged


def bundle_facts(
    preset: Preset, examples: Examples, reports: Mapping[str, Report]
) -> dict[str, Any]:
    """What the manifest of a bundle says of its training."""
    rubricator = load_rubricator(preset.rubricator)
    return {
        "name": preset.name,
        "rubricator": preset.rubricator,
        "rubricator_fingerprint": rubricator.fingerprint,
        "data": examples.fingerprint,
        "seed": preset.seed,
        "preset": preset.model_dump(mode="json"),
        "scores": {
            head: {name: round(one.value, 4) for name, one in report.scores.items()}
            for head, report in reports.items()
        },
    }


def dense_branch(network: Network) -> Branch:
    """Heads over the encoder's vector."""
    return _branch(network)


def _branch(network: Network | LexicalNetwork) -> Branch:
    weights, biases = {}, {}
    with torch.inference_mode():
        for name, head in network.heads.items():
            weights[name] = head.get_parameter("weight").detach().numpy().copy()
            biases[name] = head.get_parameter("bias").detach().numpy().copy()
    return Branch(weights, biases)


def _part(target: Target, rows: npt.NDArray[np.int64]) -> Target:
    if target.shares is None:
        return replace(target, numbers=target.numbers[rows])
    return replace(target, shares=target.shares[rows])
