"""Fit the encoder and all heads end to end, on CPU in bf16."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from otklik.models.dress import quiet, ungreeted
from otklik.training.batch import pad_ids, padded, token_batches
from otklik.training.checkpoint import Checkpoint
from otklik.training.config import Fit
from otklik.training.network import Network, head_loss
from otklik.training.pretrained import load_encoder, load_tokenizer
from otklik.training.targets import Target

Advance = Callable[[int], None]
_LAYER = re.compile(r"encoder\.encoder\.layer\.(\d+)\.")


def finetune(
    base: Path,
    texts: Sequence[str],
    weights: npt.NDArray[np.float32],
    targets: Sequence[Target],
    fit: Fit,
    *,
    seed: int,
    state: Path,
    prefix: str = "",
    advance: Advance = lambda _texts: None,
    report: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Network:
    """Fit a network on texts; word embeddings stay those of the base.

    Broken off, it goes on from `state` when called again with the same arguments.

    Parameters
    ----------
    base : Path
        Folder of the encoder to start from.
    texts : sequence of str
        Normalised.
    weights : float32 of shape (n_texts,)
        Weight of each text in the loss.
    targets : sequence of Target
        Rows are those of `texts`.
    state : Path
        File of the checkpoint.
    prefix : str
        What the encoder reads before every text.

    Returns
    -------
    Network
        In evaluation mode.
    """
    torch.manual_seed(seed)
    tokenizer = load_tokenizer(base)
    encoder = load_encoder(base)
    # A longer text has no positions to stand at.
    most = min(fit.most, int(encoder.config.max_position_embeddings))
    fit = fit.model_copy(update={"most": most})
    network = Network(
        encoder, {t.head: len(t.classes) for t in targets}, dropout=fit.dropout
    ).train()
    encoder.embeddings.requires_grad_(False)
    read = [prefix + quiet(ungreeted(text)) for text in texts]
    ids = tokenizer(read, truncation=True, max_length=fit.most)["input_ids"]
    plan = list(_plan([len(row) for row in ids], fit, seed))
    groups = parameter_groups(network, fit)
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        [group["lr"] for group in optimizer.param_groups],
        total_steps=len(plan) + 1,
        pct_start=fit.warmup,
    )
    checkpoint = Checkpoint(
        state,
        _fingerprint(base, texts, targets, fit, seed),
        {"network": network, "optimizer": optimizer, "schedule": schedule},
    )
    start = checkpoint.load()
    advance(sum(map(len, plan[:start])))
    for step, batch in enumerate(plan[start:], start):
        rows = [ids[number] for number in batch]
        length = padded(max(map(len, rows)), fit.most)
        arrays = pad_ids(rows, pad=tokenizer.pad_token_id, length=length)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(*map(torch.from_numpy, arrays))
        logits = {head: own.float() for head, own in logits.items()}
        own_weights = torch.from_numpy(weights[batch])
        loss = head_loss(logits, targets, batch.tolist(), own_weights, fit.smoothing)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        report(step, float(loss.detach()))
        advance(len(batch))
        if (step + 1) % fit.checkpoint_steps == 0:
            checkpoint.save(step + 1)
    checkpoint.save(len(plan))
    return network.eval()


def parameter_groups(network: Network, fit: Fit) -> list[dict[str, object]]:
    """Weights with their rates: heads learn fastest, each layer below the top slower by `decay`."""
    layers = network.encoder.config.num_hidden_layers
    by_rate: dict[float, list[nn.Parameter]] = {}
    for name, weight in network.named_parameters():
        if not weight.requires_grad:
            continue
        layer = _LAYER.match(name)
        rate = fit.head_rate
        if layer:
            rate = fit.rate * fit.decay ** (layers - 1 - int(layer.group(1)))
        by_rate.setdefault(rate, []).append(weight)
    return [{"params": weights, "lr": rate} for rate, weights in by_rate.items()]


def _plan(lengths: Sequence[int], fit: Fit, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    for epoch in range(fit.epochs):
        yield from token_batches(
            np.array(lengths),
            tokens=fit.tokens,
            most=fit.most,
            rng=np.random.default_rng((seed, epoch)),
        )


def _fingerprint(
    base: Path, texts: Sequence[str], targets: Sequence[Target], fit: Fit, seed: int
) -> str:
    digest = hashlib.sha256(f"{fit!r} {seed}".encode())
    with (base / "model.safetensors").open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    for text in texts:
        digest.update(text.encode() + b"\0")
    for target in targets:
        shares = target.numbers if target.shares is None else target.shares
        digest.update(target.head.encode() + np.ascontiguousarray(shares).tobytes())
    return digest.hexdigest()
