"""Training on tiny models: it learns, it can be broken off, a seed fixes the weights."""

import numpy as np
import pytest
import torch
from checkpoints import make_bert

from otklik.training.adapt import AdaptConfig, Pair, adapt, info_nce
from otklik.training.batch import pad_ids, token_batches
from otklik.training.config import Fit
from otklik.training.distill import DistillConfig, cut_student, distill
from otklik.training.finetune import finetune, parameter_groups
from otklik.training.lexical_heads import LexicalFit, as_bag, common_columns, fit_lexical
from otklik.training.network import Network, head_loss
from otklik.training.targets import Target

WATER = ["нет воды", "воды нет", "нет нет воды", "где вода", "вода ушла"]
ROADS = ["яма на дороги", "дороги разбиты", "дорога и яма", "плохие дороги", "яма у дороги"]
TEXTS = (WATER + ROADS) * 2
NUMBERS = np.array(([0] * len(WATER) + [1] * len(ROADS)) * 2)
WEIGHTS = np.ones(len(TEXTS), dtype=np.float32)
TARGETS = [
    Target("topic", ["вода", "дороги"], NUMBERS),
    Target("shared", ["a", "b", "c"], np.empty(0), np.eye(3, dtype=np.float32)[NUMBERS]),
]
FIT = Fit(epochs=30, rate=2e-3, head_rate=2e-2, tokens=128, most=16, checkpoint_steps=5)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    make_bert(folder)
    return folder


class Stopped(Exception):
    pass


def stop_at(wanted):
    def report(step, *_loss):
        if step == wanted:
            raise Stopped

    return report


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_every_text_stands_in_one_batch_within_the_budget():
    lengths = np.random.default_rng(1).integers(1, 90, size=300)
    batches = list(token_batches(lengths, tokens=256, most=64, rng=np.random.default_rng(2)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(300))
    for batch in batches:
        rungs = np.minimum(64, -(-lengths[batch] // 16) * 16)
        assert len(set(rungs.tolist())) == 1
        assert len(batch) * rungs[0] <= 256


def test_padding_is_masked():
    ids, mask = pad_ids([[5, 6], [7]], pad=1, length=3)
    assert ids.tolist() == [[5, 6, 1], [7, 1, 1]]
    assert mask.tolist() == [[1, 1, 0], [1, 0, 0]]


def test_it_learns_twenty_texts_by_heart(base, tmp_path):
    losses = []
    network = finetune(
        base, TEXTS, WEIGHTS, TARGETS, FIT, seed=7, state=tmp_path / "state.pt",
        report=lambda _step, loss: losses.append(loss),
    )  # fmt: skip
    assert losses[-1] < losses[0] / 2
    assert not network.training
    from transformers import AutoTokenizer

    rows = AutoTokenizer.from_pretrained(base)(TEXTS, padding=True, return_tensors="pt")
    with torch.inference_mode():
        logits = network(rows["input_ids"], rows["attention_mask"])
    assert (logits["topic"].argmax(-1).numpy() == NUMBERS).mean() == 1
    assert (logits["shared"].argmax(-1).numpy() == NUMBERS).mean() == 1


def test_broken_off_it_ends_with_the_same_weights(base, tmp_path):
    short = FIT.model_copy(update={"epochs": 4})
    arguments = (base, TEXTS, WEIGHTS, TARGETS, short)
    whole = finetune(*arguments, seed=7, state=tmp_path / "whole.pt")
    state = tmp_path / "broken.pt"
    with pytest.raises(Stopped):
        finetune(*arguments, seed=7, state=state, report=stop_at(8))
    done = []
    resumed = finetune(
        *arguments, seed=7, state=state, report=lambda step, _loss: done.append(step)
    )
    assert done[0] == 5
    assert same(whole.state_dict(), resumed.state_dict())
    other = finetune(*arguments, seed=8, state=state)
    assert not same(whole.state_dict(), other.state_dict())


def test_a_text_longer_than_the_positions_is_cut(base, tmp_path):
    longer = FIT.model_copy(update={"epochs": 1, "most": 192})
    texts = [" ".join(TEXTS), *TEXTS[1:]]
    finetune(base, texts, WEIGHTS, TARGETS, longer, seed=7, state=tmp_path / "long.pt")


def test_word_embeddings_stay(base, tmp_path):
    from transformers import AutoModel

    network = finetune(
        base, TEXTS, WEIGHTS, TARGETS, FIT.model_copy(update={"epochs": 1}), seed=7,
        state=tmp_path / "s.pt",
    )  # fmt: skip
    before = AutoModel.from_pretrained(base, add_pooling_layer=False)
    assert same(before.embeddings.state_dict(), network.encoder.embeddings.state_dict())


def test_lower_layers_learn_slower(base):
    from transformers import AutoModel

    encoder = cut_student(AutoModel.from_pretrained(base, add_pooling_layer=False), (0, 0))
    encoder.embeddings.requires_grad_(False)
    groups = parameter_groups(Network(encoder, {"topic": 2}), Fit(rate=1.0, decay=0.5, head_rate=3))
    assert [group["lr"] for group in groups] == [0.5, 1.0, 3.0]
    counted = sum(weight.numel() for group in groups for weight in group["params"])
    assert counted == sum(w.numel() for w in encoder.encoder.parameters()) + 2 * 16 + 2


def test_a_text_without_a_label_adds_nothing():
    logits = {"topic": torch.randn(3, 2)}
    unknown = [Target("topic", ["a", "b"], np.array([-1, -1, -1]))]
    assert float(head_loss(logits, unknown, [0, 1, 2], torch.ones(3), 0.0)) == 0
    one = [Target("topic", ["a", "b"], np.array([-1, 1, -1]))]
    alone = head_loss({"topic": logits["topic"][1:2]}, [one[0]], [1], torch.ones(1), 0.0)
    among = head_loss(logits, one, [0, 1, 2], torch.ones(3), 0.0)
    assert float(among) == pytest.approx(float(alone) / 3)


def test_shares_of_one_class_are_its_label():
    logits = {"topic": torch.randn(2, 3), "shared": torch.randn(2, 3)}
    logits["shared"] = logits["topic"]
    hard = [Target("topic", ["a", "b", "c"], np.array([2, 0]))]
    soft = [Target("shared", ["a", "b", "c"], np.empty(0), np.eye(3, dtype=np.float32)[[2, 0]])]
    losses = [float(head_loss(logits, t, [0, 1], torch.ones(2), 0.1)) for t in (hard, soft)]
    assert losses[0] == pytest.approx(losses[1])


STUDENT = DistillConfig(
    layers=(0,), prefix="нет", epochs=20, rate=1e-2, tokens=128, most=16, checkpoint_steps=4
)


def test_a_student_of_all_layers_comes_near_its_teacher(base, tmp_path):
    losses = []
    distill(base, TEXTS, tmp_path, STUDENT, report=lambda _s, one: losses.append(sum(one.values())))
    assert losses[-1] < losses[0] / 2
    assert {path.name for path in tmp_path.iterdir()} >= {"model.safetensors", "tokenizer.json"}
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_student_broken_off_is_the_same_student(base, tmp_path):
    distill(base, TEXTS, tmp_path / "whole", STUDENT)
    with pytest.raises(Stopped):
        distill(base, TEXTS, tmp_path / "broken", STUDENT, report=stop_at(9))
    distill(base, TEXTS, tmp_path / "broken", STUDENT)
    first, second = ((tmp_path / n / "model.safetensors").read_bytes() for n in ("whole", "broken"))
    assert first == second


def test_pairs_come_together(base, tmp_path):
    pairs = [Pair(a, b, a) for a, b in zip(WATER, ROADS, strict=True)] * 4
    config = AdaptConfig(epochs=20, batch=5, rate=3e-3, most=16, checkpoint_steps=3)
    losses = []
    weights = adapt(
        base, pairs, config, state=tmp_path / "s.pt", report=lambda _s, loss: losses.append(loss)
    )
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    with pytest.raises(Stopped):
        adapt(base, pairs, config, state=tmp_path / "t.pt", report=stop_at(7))
    assert same(weights, adapt(base, pairs, config, state=tmp_path / "t.pt"))


def test_a_partner_of_the_same_key_is_no_counter_example():
    vectors = torch.nn.functional.normalize(torch.randn(3, 4), dim=-1)
    alone = info_nce(vectors[:1], vectors[:1], ["a"], 0.1)
    twice = info_nce(vectors[[0, 0]], vectors[[0, 0]], ["a", "a"], 0.1)
    assert float(alone) == float(twice) == 0
    assert float(info_nce(vectors[[0, 0]], vectors[[0, 0]], ["a", "b"], 0.1)) > 0


def test_lexical_heads_learn_words():
    from otklik.models.lexical import LexicalHasher

    rows = LexicalHasher(word_bits=10, char_bits=10).fit(TEXTS).transform(TEXTS)
    columns = common_columns(rows, rarest=2, most=100)
    assert (np.diff(columns) > 0).all()
    kept = rows[:, columns]
    fit = LexicalFit(rank=8, epochs=40, batch=5, rate=2e-2)
    network = fit_lexical(kept, WEIGHTS, TARGETS, fit, seed=7)
    again = fit_lexical(kept, WEIGHTS, TARGETS, fit, seed=7)
    assert same(network.state_dict(), again.state_dict())
    with torch.inference_mode():
        logits = network(*as_bag(kept))
    assert (logits["topic"].argmax(-1).numpy() == NUMBERS).all()
