"""Two plots of a head: how far its probabilities can be believed, what it takes for what."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from otklik.models.bundle import Window
from otklik.training.reliability import Reliability

MOST_CLASSES = 30
_NAME_CHARS = 28


def draw_reliability(window: Window, head: str, path: Path) -> None:
    """Accuracy over stated probability; the bars below are how many answers stand behind it."""
    right = window.answers == window.labels
    mass, stated, seen = Reliability(window.confidence, right).table()
    figure = Figure(figsize=(5, 6), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=[4, 1], sharex=True)
    above.plot([0, 1], [0, 1], color="grey", linewidth=1)
    filled = mass > 0
    above.plot(stated[filled], seen[filled], marker="o")
    above.set(ylabel="share of right answers", title=head, xlim=(0, 1), ylim=(0, 1))
    below.bar(stated[filled], mass[filled], width=0.04)
    below.set(xlabel="stated probability", ylabel="answers")
    _save(figure, path)


def draw_confusion(window: Window, classes: Sequence[str], head: str, path: Path) -> None:
    """Share of answers for each true label; only the most frequent labels are shown."""
    known = window.labels >= 0
    truth, answers = window.labels[known], window.answers[known]
    counts = np.bincount(truth, minlength=len(classes))
    shown = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    shown = shown[counts[shown] > 0]
    table = np.zeros((len(classes), len(classes)))
    np.add.at(table, (truth, answers), 1)
    part = table[np.ix_(shown, shown)] / np.maximum(counts[shown], 1)[:, None]
    names = [classes[place][:_NAME_CHARS] for place in shown]
    size = 3 + 0.25 * len(shown)
    figure = Figure(figsize=(size, size), layout="constrained")
    axes = figure.subplots()
    axes.imshow(part, vmin=0, vmax=1, cmap="Blues")
    axes.set_xticks(range(len(shown)), names, rotation=90, fontsize=6)
    axes.set_yticks(range(len(shown)), names, fontsize=6)
    axes.set(xlabel="answered", ylabel="right", title=head)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    # Without the name and version of the program equal plots are equal bytes.
    figure.savefig(path, dpi=100, metadata={"Software": None})
