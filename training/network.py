"""The network that is fitted: one encoder, one linear head per task on the mean vector."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from otklik.models.predictor import SCALE
from otklik.training.targets import Target


class Network(nn.Module):
    """Encoder and heads.

    Parameters
    ----------
    encoder : BertModel
        Without pooling layer.
    classes : mapping of str to int
        Number of classes of each head.
    dropout : float
        On the mean vector, while training.
    """

    def __init__(
        self, encoder: BertModel, classes: Mapping[str, int], *, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({head: _linear(width, n) for head, n in classes.items()})

    def vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Mean of token states scaled to unit variance: float32 of shape (n_texts, dim)."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()
        mean = (states * weights).sum(1) / weights.sum(1)
        return functional.normalize(mean, dim=-1)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Logits of every head: float32 of shape (n_texts, n_classes)."""
        vectors = self.dropout(self.vectors(ids, mask) * SCALE)
        return {name: head(vectors) for name, head in self.heads.items()}


def _linear(width: int, classes: int) -> nn.Linear:
    head = nn.Linear(width, classes)
    nn.init.normal_(head.weight, std=0.02)
    nn.init.zeros_(head.bias)
    return head


def head_loss(
    logits: Mapping[str, Tensor],
    targets: Sequence[Target],
    rows: Sequence[int],
    weights: Tensor,
    smoothing: float,
) -> Tensor:
    """Mean over the batch of every head's weighted cross-entropy, summed over heads.

    A text without a label of a head adds nothing to it. Heads are divided by the batch, not by
    their labels, so a rare head does not shout when one text of it comes along.
    """
    total = torch.zeros(())
    for target in targets:
        known = torch.from_numpy(target.known[rows])
        if not known.any():
            continue
        own = logits[target.head][known]
        if target.shares is None:
            wanted = torch.from_numpy(target.numbers[rows])[known]
            loss = functional.cross_entropy(
                own, wanted, reduction="none", label_smoothing=smoothing
            )
        else:
            shares = torch.from_numpy(target.shares[rows])[known]
            shares = shares * (1 - smoothing) + smoothing / shares.shape[1]
            loss = -(shares * functional.log_softmax(own, dim=-1)).sum(-1)
        total = total + target.weight * (loss * weights[known]).sum() / len(rows)
    return total
