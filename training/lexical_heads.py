"""Fit the lexical heads: every n-gram a short vector, one linear head per task on their sum.

The whole is one linear model of low rank over all heads, so n-grams that few labels of one head
have seen are placed by the labels of the others, and it ships in a few megabytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn

from otklik.training.network import head_loss
from otklik.training.targets import Target

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LexicalFit:
    """How lexical heads are fitted.

    Parameters
    ----------
    rank : int
        Numbers per n-gram.
    rarest : int
        N-grams that fewer training texts hold are left out.
    most : int
        N-grams kept at most, by document frequency.
    epochs, batch, rate : int, int, float
        Passes, texts per step, learning rate.
    forget : float
        Share of a text's n-grams left out at each step.
    dropout : float
        On the summed vector.
    smoothing : float
        Label smoothing.
    """

    rank: int = 96
    rarest: int = 3
    most: int = 52_000
    epochs: int = 8
    batch: int = 256
    rate: float = 4e-3
    forget: float = 0.3
    dropout: float = 0.3
    smoothing: float = 0.05


class LexicalNetwork(nn.Module):
    """A table of n-gram vectors and linear heads on their weighted sum."""

    def __init__(self, features: int, classes: dict[str, int], fit: LexicalFit) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(
            features, fit.rank, mode="sum", sparse=True, include_last_offset=True
        )
        nn.init.normal_(self.table.weight, std=0.05)
        self.dropout = nn.Dropout(fit.dropout)
        self.heads = nn.ModuleDict({head: nn.Linear(fit.rank, n) for head, n in classes.items()})

    def forward(self, columns: Tensor, ends: Tensor, weights: Tensor) -> dict[str, Tensor]:
        """Logits of every head: float32 of shape (n_texts, n_classes)."""
        vectors = self.dropout(self.table(columns, ends, weights) * LIFT)
        return {name: head(vectors) for name, head in self.heads.items()}


LIFT = 8.0
"""Rows are L2-normalised: a sum of hundreds of small weights must be lifted to be heard."""


def common_columns(rows: csr_matrix, rarest: int, most: int) -> npt.NDArray[np.int64]:
    """Columns that at least `rarest` rows hold, the `most` commonest of them, ascending."""
    seen = np.bincount(rows.indices, minlength=rows.shape[1])
    order = np.lexsort((np.arange(len(seen)), -seen))[:most]
    return np.sort(order[seen[order] >= rarest])


def fit_lexical(
    rows: csr_matrix,
    weights: Floats,
    targets: Sequence[Target],
    fit: LexicalFit,
    *,
    seed: int,
    advance: Callable[[int], None] = lambda _texts: None,
) -> LexicalNetwork:
    """Fit on rows of kept columns; returns the network in evaluation mode.

    Parameters
    ----------
    rows : csr_matrix of shape (n_texts, n_features)
        From `LexicalHasher`, columns chosen by `common_columns`.
    weights : float32 of shape (n_texts,)
        Weight of each text in the loss.
    """
    torch.manual_seed(seed)
    network = LexicalNetwork(rows.shape[1], {t.head: len(t.classes) for t in targets}, fit).train()
    slow: torch.optim.Optimizer = torch.optim.SparseAdam([network.table.weight], lr=fit.rate)
    fast = torch.optim.AdamW(network.heads.parameters(), lr=fit.rate, weight_decay=0.01)
    rng = np.random.default_rng(seed)
    steps = fit.epochs * -(-rows.shape[0] // fit.batch)
    done = 0
    for _ in range(fit.epochs):
        order = rng.permutation(rows.shape[0])
        for start in range(0, len(order), fit.batch):
            batch = order[start : start + fit.batch]
            bag = as_bag(rows[batch])
            kept = torch.rand_like(bag[2]) >= fit.forget
            logits = network(bag[0], bag[1], bag[2] * kept / (1 - fit.forget))
            loss = head_loss(
                logits, targets, batch.tolist(), torch.from_numpy(weights[batch]), fit.smoothing
            )
            for optimizer in (slow, fast):
                optimizer.zero_grad()
                for group in optimizer.param_groups:
                    group["lr"] = fit.rate * (1 - done / steps)
            torch.autograd.backward(loss)
            for optimizer in (slow, fast):
                optimizer.step()
            done += 1
            advance(len(batch))
    return network.eval()


def as_bag(rows: csr_matrix) -> tuple[Tensor, Tensor, Tensor]:
    """Columns, offsets and weights as an embedding bag takes them."""
    return (
        torch.from_numpy(rows.indices.astype(np.int64)),
        torch.from_numpy(rows.indptr.astype(np.int64)),
        torch.from_numpy(rows.data.astype(np.float32)),
    )
