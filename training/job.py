"""A whole training: sets → encoder and heads → quantised, fused, calibrated, judged → bundle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.bundle import BundleLayout, Window, save_bundle
from otklik.models.classifier import GROUP, rubricator_head
from otklik.models.encoder import Encoder
from otklik.models.heads import Head, calibrated
from otklik.models.hierarchy import Tree, rubricator_tree
from otklik.models.predictor import SCALE
from otklik.training.branches import finetuned_branch, kept_branch, lexical_branch
from otklik.training.card import card
from otklik.training.config import Preset
from otklik.training.direct import check_direct
from otklik.training.examples import CALIBRATION, TEST, TRAIN, Examples
from otklik.training.facts import training_facts
from otklik.training.heads import (
    drawn_labels,
    judged_windows,
    make_heads,
    topic_sets,
    topic_tree,
)
from otklik.training.metrics import Report, evaluate_head
from otklik.training.rare import class_shares, rare_lift
from otklik.training.slices import text_slices
from otklik.training.targets import Target, build_targets, rows_of

Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]
WINDOW_PART = 3
"""One group of near-duplicates in so many of the calibration side judges routing and sets."""


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Parameters
    ----------
    layout : BundleLayout
        The finished bundle: `adapter.safetensors` as it ships, and the encoder built of it.
    targets : list of Target
    reports : dict of str to Report
        Per head, on the test side.
    judged : dict of str to Window
        The answers behind the reports.
    """

    layout: BundleLayout
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
        Encoder to start from; with `kind = "heads"` the one that is kept.
    work : Path
        Folder of this training alone: checkpoint, encoder, bundle.
    """
    targets = build_targets(examples, preset.rubricator, preset.head_weights)
    check_direct(targets, preset.direct)
    layout = BundleLayout.of(work / "bundle")
    layout.folder.mkdir(parents=True, exist_ok=True)
    if preset.kind == "full":
        say("fitting encoder and heads")
        state = work / "checkpoint.pt"
        dense = finetuned_branch(preset, examples, targets, base, layout, state, advance, report)
    else:
        say("fitting heads")
        dense = kept_branch(preset, examples, targets, base, layout, advance)
    say("fitting lexical heads")
    train = np.flatnonzero(examples.sides == TRAIN)
    table, lexical = lexical_branch(
        [examples.texts[row] for row in train],
        examples.weights[train],
        [rows_of(target, train) for target in targets],
        direct=preset.direct,
        seed=preset.seed,
    )
    say("fusing and calibrating")
    judge = np.flatnonzero((examples.sides == CALIBRATION) | (examples.sides == TEST))
    judged_texts = [examples.texts[row] for row in judge]
    vectors = Encoder(layout.encoder).encode(judged_texts) * SCALE
    lexical_vectors = table.transform(judged_texts)
    calibration = np.flatnonzero(examples.sides[judge] == CALIBRATION)
    # Risk and sets are bounded on texts that neither heads nor their calibration have seen.
    aside = examples.groups[judge[calibration]] % WINDOW_PART == 0
    fit, window = (
        (vectors[rows], lexical_vectors[rows], judge[rows])
        for rows in (calibration[~aside], calibration[aside])
    )
    trees = head_trees(preset, targets)
    lifts = {
        target.head: rare_lift(class_shares(target, train, examples.weights), preset.rare_pull)
        for target in targets
    }
    heads = make_heads(targets, dense, lexical, *fit, trees, lifts=lifts, seed=preset.seed)
    windows = judged_windows(heads, targets, *window, seed=preset.seed)
    sets = topic_sets(heads, targets, *window, seed=preset.seed)
    test = np.flatnonzero(examples.sides[judge] == TEST)
    reports, judged = judge_heads(
        heads, targets, examples, vectors[test], lexical_vectors[test], judge[test], preset.seed
    )
    facts = bundle_facts(layout.folder, preset, examples, targets, reports)
    save_bundle(layout.folder, heads, table, windows, facts, sets)
    layout.card.write_text(card(preset, examples, targets, reports), encoding="utf-8")
    return Trained(layout, targets, reports, judged)


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
    folder: Path,
    preset: Preset,
    examples: Examples,
    targets: list[Target],
    reports: Mapping[str, Report],
) -> dict[str, Any]:
    """What the manifest of a bundle says of its training; keys of the texts go to the folder."""
    return {
        "name": preset.name,
        **training_facts(folder, examples, targets, preset.rubricator, preset.seed),
        "preset": preset.model_dump(mode="json"),
        "scores": {
            head: {name: round(one.value, 4) for name, one in report.scores.items()}
            for head, report in reports.items()
        },
    }
