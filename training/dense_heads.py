"""Fit heads over the vectors of an encoder that stays as it is: minutes instead of an hour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from otklik.models.predictor import SCALE
from otklik.training.network import head_loss
from otklik.training.targets import Target

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DenseFit:
    """How heads over vectors are fitted.

    Parameters
    ----------
    epochs, batch, rate : int, int, float
        Passes, texts per step, peak learning rate.
    dropout, smoothing, decay : float
        On the vector; of the labels; of the weights.
    """

    epochs: int = 12
    batch: int = 256
    rate: float = 3e-3
    dropout: float = 0.2
    smoothing: float = 0.05
    decay: float = 0.01


class DenseNetwork(nn.Module):
    """One linear head per task on a scaled vector."""

    def __init__(self, width: int, classes: dict[str, int], fit: DenseFit) -> None:
        super().__init__()
        self.dropout = nn.Dropout(fit.dropout)
        self.heads = nn.ModuleDict({head: nn.Linear(width, n) for head, n in classes.items()})

    def forward(self, vectors: Tensor) -> dict[str, Tensor]:
        """Logits of every head: float32 of shape (n_texts, n_classes)."""
        vectors = self.dropout(vectors * SCALE)
        return {name: head(vectors) for name, head in self.heads.items()}


def fit_dense(
    vectors: Floats, weights: Floats, targets: Sequence[Target], fit: DenseFit, *, seed: int
) -> DenseNetwork:
    """Fit heads on vectors; returns the network in evaluation mode.

    Parameters
    ----------
    vectors : float32 of shape (n_texts, dim)
        L2-normalised, as the encoder gives them.
    weights : float32 of shape (n_texts,)
        Weight of each text in the loss.
    """
    torch.manual_seed(seed)
    classes = {target.head: len(target.classes) for target in targets}
    network = DenseNetwork(vectors.shape[1], classes, fit).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=fit.rate, weight_decay=fit.decay)
    steps = fit.epochs * -(-len(vectors) // fit.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, fit.rate, total_steps=steps + 1)
    rng = np.random.default_rng(seed)
    for _ in range(fit.epochs):
        order = rng.permutation(len(vectors))
        for start in range(0, len(order), fit.batch):
            batch = order[start : start + fit.batch]
            logits = network(torch.from_numpy(vectors[batch]))
            loss = head_loss(
                logits, targets, batch.tolist(), torch.from_numpy(weights[batch]), fit.smoothing
            )
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return network.eval()
