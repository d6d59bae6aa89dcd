"""A student half as deep as its teacher: the same vectors from half the layers.

The student starts from chosen layers of the teacher and learns, text by text, the teacher's states
of every token after the layers it replaces, the teacher's sentence vector, and how the vectors of
a batch lie to each other. It reads texts without the teacher's prefix («query: »), so a message
costs two tokens less. Embeddings stay the teacher's: only the layers are new.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel, PreTrainedTokenizerFast

from otklik.training.batch import pad_ids, padded, token_batches
from otklik.training.checkpoint import Checkpoint
from otklik.training.pretrained import load_encoder, load_tokenizer

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class DistillConfig:
    """How a student is made.

    Parameters
    ----------
    layers : tuple of int
        Layers of the teacher that the student starts from; also the states it learns.
    prefix : str
        What the teacher reads before every text and the student does not.
    epochs, rate, warmup, seed
        Passes over the texts, peak learning rate, share of steps that warm up, seed.
    tokens, most : int
        Tokens of a batch after padding; longest text.
    state_weight, vector_weight, relation_weight : float
        Weights of the three parts of the loss.
    checkpoint_steps : int
        Steps between checkpoints.
    """

    layers: tuple[int, ...] = (1, 3, 5, 7, 9, 11)
    prefix: str = "query: "
    epochs: int = 1
    rate: float = 6e-4
    warmup: float = 0.05
    seed: int = 7
    tokens: int = 2048
    most: int = 256
    state_weight: float = 1.0
    vector_weight: float = 20.0
    relation_weight: float = 20.0
    checkpoint_steps: int = 200


def cut_student(teacher: BertModel, layers: Sequence[int]) -> BertModel:
    """Build a student from the chosen layers of a teacher; its weights are copies."""
    config = type(teacher.config).from_dict(teacher.config.to_dict())
    config.num_hidden_layers = len(layers)
    student = BertModel(config, add_pooling_layer=False)
    student.embeddings.load_state_dict(teacher.embeddings.state_dict())
    for own, number in zip(student.encoder.layer, layers, strict=True):
        own.load_state_dict(teacher.encoder.layer[number].state_dict())
    return student


def pool(states: Tensor, mask: Tensor) -> Tensor:
    """Mean of the states of real tokens, L2-normalised: float32 of shape (n_texts, dim)."""
    weights = mask.unsqueeze(-1).float()
    return functional.normalize((states.float() * weights).sum(1) / weights.sum(1), dim=-1)


def distill(
    teacher_path: Path,
    texts: Sequence[str],
    out: Path,
    config: DistillConfig,
    advance: Advance = lambda _texts: None,
    report: Callable[[int, dict[str, float]], None] = lambda _step, _losses: None,
) -> None:
    """Train a student on texts and write it to `out` as a `transformers` checkpoint.

    Broken off, it goes on from the last checkpoint in `out` when called again with the same
    teacher, texts and configuration; another combination starts anew.
    """
    torch.manual_seed(config.seed)
    tokenizer = load_tokenizer(teacher_path)
    teacher = load_encoder(teacher_path)
    teacher.train(mode=False)
    # Without dropout: the noise would be as large as what is left to learn.
    student = cut_student(teacher, config.layers)
    student.train(mode=False)
    student.embeddings.requires_grad_(False)
    lesson = _Lesson(teacher, student, config)
    ids, prefix = _tokenize(tokenizer, texts, config)
    lengths = np.array([len(row) for row in ids], dtype=np.int64)
    plan = [
        batch
        for epoch in range(config.epochs)
        for batch in token_batches(
            lengths,
            tokens=config.tokens,
            most=config.most,
            rng=np.random.default_rng((config.seed, epoch)),
        )
    ]
    optimizer = torch.optim.AdamW(
        [weight for weight in student.parameters() if weight.requires_grad],
        lr=config.rate,
        weight_decay=0.01,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.rate, total_steps=len(plan) + 1, pct_start=config.warmup
    )
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = Checkpoint(
        out / "checkpoint.pt",
        _fingerprint(teacher_path, texts, config),
        {"student": student, "optimizer": optimizer, "schedule": schedule},
    )
    start = checkpoint.load()
    advance(sum(len(batch) for batch in plan[:start]))
    for step, batch in enumerate(plan[start:], start):
        rows = [ids[number] for number in batch]
        losses = lesson.losses(rows, prefix, tokenizer.pad_token_id)
        optimizer.zero_grad()
        torch.autograd.backward(sum(losses.values(), torch.zeros(())))
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        report(step, {name: float(loss.detach()) for name, loss in losses.items()})
        if (step + 1) % config.checkpoint_steps == 0:
            checkpoint.save(step + 1)
        advance(len(batch))
    student.save_pretrained(out)
    tokenizer.save_pretrained(out)
    checkpoint.remove()


class _Lesson:
    """What the student is asked about a batch, and how far it is off."""

    def __init__(self, teacher: BertModel, student: BertModel, config: DistillConfig) -> None:
        self._teacher, self._student, self._config = teacher, student, config

    def losses(self, rows: list[list[int]], prefix: list[int], pad: int) -> dict[str, Tensor]:
        config = self._config
        long = [[row[0], *prefix, *row[1:]] for row in rows]
        with torch.inference_mode():
            theirs, their_mask = self._states(self._teacher, long, pad)
        ours, mask = self._states(self._student, rows, pad)
        real = mask.bool()
        kept = torch.ones_like(their_mask)
        kept[:, 1 : 1 + len(prefix)] = 0
        kept = (kept * their_mask).bool()
        states = torch.zeros(())
        for number, layer in enumerate(config.layers):
            wanted = theirs[layer + 1][kept].float()
            scale = wanted.var(0).mean()
            states = states + functional.mse_loss(ours[number + 1][real].float(), wanted) / scale
        vectors, wanted_vectors = pool(ours[-1], mask), pool(theirs[-1], their_mask)
        spread = (wanted_vectors - wanted_vectors.mean(0)).pow(2).sum(-1).mean().clamp(min=1e-4)
        off = (vectors - wanted_vectors).pow(2).sum(-1).mean() / spread
        own = functional.normalize(vectors - wanted_vectors.mean(0), dim=-1)
        their = functional.normalize(wanted_vectors - wanted_vectors.mean(0), dim=-1)
        relation = (own @ own.T - their @ their.T).pow(2).mean()
        return {
            "states": config.state_weight * states / len(config.layers),
            "vector": config.vector_weight * off / 20,
            "relation": config.relation_weight * relation,
        }

    def _states(
        self, model: BertModel, rows: list[list[int]], pad: int
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        length = padded(max(map(len, rows)), 512)
        ids, mask = (torch.from_numpy(array) for array in pad_ids(rows, pad=pad, length=length))
        with torch.autocast("cpu", torch.bfloat16):
            done = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        return done.hidden_states, mask


def _tokenize(
    tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], config: DistillConfig
) -> tuple[list[list[int]], list[int]]:
    """Ids of every text without prefix, and those of the prefix."""
    ids = tokenizer(list(texts), truncation=True, max_length=config.most)["input_ids"]
    prefix = tokenizer(config.prefix.rstrip(), add_special_tokens=False)["input_ids"]
    return ids, prefix


def _fingerprint(teacher: Path, texts: Sequence[str], config: DistillConfig) -> str:
    digest = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode())
    with (teacher / "model.safetensors").open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()
