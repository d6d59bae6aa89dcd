"""Give rare classes their turn: a head has learned how common each class was, too well.

Cross-entropy makes a common class likely wherever texts are unclear, so rare ones are hardly ever
answered, and in another city or a later month the shares are others anyway. Part of the log of the
shares is taken from the logits before they are calibrated (logit adjustment after training, Menon
and others, 2021).
"""

import numpy as np
import numpy.typing as npt

from otklik.training.targets import Target

Floats = npt.NDArray[np.float32]


def class_shares(
    target: Target, rows: npt.NDArray[np.int64], weights: Floats
) -> npt.NDArray[np.float64]:
    """Share of each class among texts, float64 of shape (n_classes,), sum 1.

    Parameters
    ----------
    rows : int64
        Numbers of the texts of the training side.
    weights : float32 of shape (n_texts,)
        Weight of every text in the loss. One text of weight 1 is added to each class, so a class
        without any has a share all the same.
    """
    seen: npt.NDArray[np.float64]
    own = weights[rows].astype(np.float64)
    if target.shares is None:
        known = target.numbers[rows] >= 0
        numbers = target.numbers[rows][known]
        seen = np.zeros(len(target.classes))
        np.add.at(seen, numbers, own[known])
    else:
        seen = own @ target.shares[rows].astype(np.float64)
    return np.asarray((seen + 1) / (seen.sum() + len(seen)))


def rare_lift(shares: npt.NDArray[np.float64], pull: float) -> Floats:
    """What to add to each class's logit: float32 of shape (n_classes,), mean 0.

    Parameters
    ----------
    shares : float64 of shape (n_classes,)
    pull : float
        0 leaves the shares of training as they are, 1 asks as if all classes were equally common.
    """
    logs = np.log(shares)
    return np.asarray(pull * (logs.mean() - logs), dtype=np.float32)
