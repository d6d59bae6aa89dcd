"""Linear heads over an encoder's vector and a lexical vector, and the tree that joins two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from otklik.models.calibrate import Calibrator, load_calibrator
from otklik.models.hierarchy import Tree, joined
from otklik.models.venn_abers import corrected_top

Floats = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Head:
    """One task.

    Parameters
    ----------
    name : str
    classes : tuple of str
        Labels: codes for a rubricator's head, names as in the data for the others.
    dense : float32 of shape (n_classes, dim)
        Weights of the encoder's vector.
    lexical : float32 of shape (n_classes, rank)
        Weights of the lexical vector.
    bias : float32 of shape (n_classes,)
    calibrator : Calibrator
    parent : str or None
        Head of the groups of these topics.
    tree : Tree or None
        Group of each topic; set where `parent` is.
    group_say : float
        Weight of the group head about groups, 0 to 1.
    """

    name: str
    classes: tuple[str, ...]
    dense: Floats
    lexical: Floats
    bias: Floats
    calibrator: Calibrator
    parent: str | None = None
    tree: Tree | None = None
    group_say: float = 0.5

    def logits(self, vectors: Floats, lexical: Floats) -> Floats:
        """Logits, float32 of shape (n_texts, n_classes).

        Parameters
        ----------
        vectors : float32 of shape (n_texts, dim)
        lexical : float32 of shape (n_texts, rank)
        """
        scores: Floats = vectors @ self.dense.T + lexical @ self.lexical.T + self.bias
        return scores

    def dump(self) -> Arrays:
        """Arrays for a safetensors file; `load_head` reads them."""
        arrays: Arrays = {
            "dense": self.dense.astype(np.float16),
            "lexical": self.lexical.astype(np.float16),
            "bias": self.bias,
            "group_say": np.array([self.group_say]),
        }
        arrays |= {f"calibrator.{key}": value for key, value in self.calibrator.dump().items()}
        if self.tree is not None:
            arrays["tree"] = self.tree.parents
        return arrays


def load_head(name: str, classes: Sequence[str], parent: str | None, arrays: Arrays) -> Head:
    """Head from what `Head.dump` returned.

    Raises
    ------
    KeyError
        An array is missing.
    ValueError
        Arrays and classes do not belong together.
    """
    dense = arrays["dense"].astype(np.float32)
    if len(dense) != len(classes):
        raise ValueError(f"head {name!r} has {len(dense)} rows of weights, {len(classes)} classes.")
    prefix = "calibrator."
    calibration = {
        key.removeprefix(prefix): value.astype(np.float64)
        for key, value in arrays.items()
        if key.startswith(prefix)
    }
    return Head(
        name,
        tuple(classes),
        dense,
        arrays["lexical"].astype(np.float32),
        arrays["bias"].astype(np.float32),
        load_calibrator(calibration),
        parent,
        Tree(arrays["tree"].astype(np.int64)) if "tree" in arrays else None,
        float(arrays["group_say"][0]),
    )


def calibrated(heads: Mapping[str, Head], logits: Mapping[str, Floats]) -> dict[str, Probabilities]:
    """Probabilities of every head: float64 of shape (n_texts, n_classes), rows of sum 1.

    Topics and their groups are joined first, so a topic is never likelier than its group.
    """
    found: dict[str, Probabilities] = {}
    for name, head in heads.items():
        if head.tree is None or head.parent is None or head.parent not in logits:
            continue
        group = heads[head.parent]
        topics, groups = joined(
            logits[name] / head.calibrator.temperatures[0],
            logits[head.parent] / group.calibrator.temperatures[0],
            head.tree,
            head.group_say,
        )
        found[name] = corrected_top(topics, head.calibrator.curve)
        found[head.parent] = corrected_top(groups, group.calibrator.curve)
    for name, scores in logits.items():
        if name not in found:
            found[name] = heads[name].calibrator.apply(scores)
    return {name: found[name] for name in logits}
