"""Domain adaptation: texts that belong together are drawn together, all others apart.

Pairs come without labels: an appeal and its official answer, two wordings of one event, a text and
the name that its author chose for it. In a batch every other pair is a counter-example
(InfoNCE, van den Oord et al. 2018), but not one that shares a key: two answers to like appeals are
often the same sentence.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast

from otklik.training.batch import pad_ids, padded
from otklik.training.checkpoint import Checkpoint
from otklik.training.distill import pool
from otklik.training.pretrained import load_encoder, load_tokenizer


class Pair(NamedTuple):
    """Two texts that belong together; pairs of one key are no counter-examples of each other."""

    first: str
    second: str
    key: str


@dataclass(frozen=True, slots=True)
class AdaptConfig:
    """How an encoder is adapted.

    Parameters
    ----------
    epochs, batch, rate, warmup, seed
        Passes, pairs per step, peak learning rate, share of steps that warm up, seed.
    temperature : float
        Of the similarities; smaller looks harder at near misses.
    most : int
        Longer texts are cut to this many tokens.
    keep : float
        Weight of staying near the vectors of the encoder before.
    """

    epochs: int = 1
    batch: int = 48
    rate: float = 3e-5
    warmup: float = 0.1
    seed: int = 7
    temperature: float = 0.05
    most: int = 128
    keep: float = 0.0
    checkpoint_steps: int = 200


def adapt(
    base: Path,
    pairs: Sequence[Pair],
    config: AdaptConfig,
    *,
    state: Path,
    prefix: str = "",
    advance: Callable[[int], None] = lambda _pairs: None,
    report: Callable[[int, float], None] = lambda _step, _loss: None,
) -> dict[str, Tensor]:
    """Draw pairs together; returns the weights of the adapted encoder.

    Word embeddings stay; `prefix` is what the encoder reads before every text. Broken off, it goes
    on from `state` with the same arguments.
    """
    torch.manual_seed(config.seed)
    tokenizer = load_tokenizer(base)
    model = load_encoder(base).train()
    model.embeddings.requires_grad_(False)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    steps = config.epochs * (len(pairs) // config.batch)
    optimizer = torch.optim.AdamW(weights, lr=config.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.rate, total_steps=steps + 1, pct_start=config.warmup
    )
    digest = hashlib.sha256(repr((asdict(config), prefix, list(pairs))).encode())
    digest.update((base / "model.safetensors").read_bytes())
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    checkpoint = Checkpoint(state, digest.hexdigest(), parts)
    start = checkpoint.load()
    step = 0
    for epoch in range(config.epochs):
        order = np.random.default_rng((config.seed, epoch)).permutation(len(pairs))
        for place in range(0, len(order) - config.batch + 1, config.batch):
            step += 1
            if step <= start:
                continue
            batch = [pairs[number] for number in order[place : place + config.batch]]
            first, second = (
                _vectors(model, tokenizer, [prefix + pair[side] for pair in batch], config.most)
                for side in (0, 1)
            )
            loss = info_nce(first, second, [pair.key for pair in batch], config.temperature)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            schedule.step()
            report(step, float(loss.detach()))
            advance(len(batch))
            if step % config.checkpoint_steps == 0:
                checkpoint.save(step)
    checkpoint.remove()
    return dict(model.eval().state_dict())


def info_nce(first: Tensor, second: Tensor, keys: Sequence[str], temperature: float) -> Tensor:
    """Symmetric cross-entropy of finding the partner; partners of the same key do not count.

    Parameters
    ----------
    first, second : float32 of shape (n_pairs, dim)
        Unit vectors; row i of both belong together.
    """
    scores = first @ second.T / temperature
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    names = torch.tensor([number[key] for key in keys])
    same = (names[:, None] == names[None, :]) & ~torch.eye(len(names), dtype=torch.bool)
    scores = scores.masked_fill(same, float("-inf"))
    wanted = torch.arange(len(names))
    both = functional.cross_entropy(scores, wanted) + functional.cross_entropy(scores.T, wanted)
    return both / 2


def _vectors(
    model: nn.Module, tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], most: int
) -> Tensor:
    ids = tokenizer(list(texts), truncation=True, max_length=most)["input_ids"]
    length = padded(max(map(len, ids)), most)
    arrays = pad_ids(ids, pad=tokenizer.pad_token_id, length=length)
    rows, mask = map(torch.from_numpy, arrays)
    with torch.autocast("cpu", torch.bfloat16):
        states = model(input_ids=rows, attention_mask=mask).last_hidden_state
    return pool(states, mask)
