import json

import numpy as np
import pytest
from checkpoints import make_bert
from commands import run_json

from otklik.datasets.errors import BadCheckpoint
from otklik.models.adapter import dump_adapter, load_adapter, merge_adapter, quantise_rows
from otklik.models.base import Order, build_base
from otklik.models.checkpoint import load_checkpoint


def test_rows_are_rounded_to_half_a_step_at_most():
    matrix = np.random.default_rng(1).normal(size=(5, 40)).astype(np.float32)
    matrix[3] = 0
    steps, scales = quantise_rows(matrix)
    assert steps.dtype == np.int8
    assert (np.abs(steps * scales - matrix) <= scales / 2 + 1e-7).all()


@pytest.fixture
def base(tmp_path):
    make_bert(tmp_path / "source")
    return build_base(tmp_path / "base", tmp_path / "cache", Order(str(tmp_path / "source")))


def layers_of(folder):
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


def test_merging_puts_layers_on_the_embeddings_of_the_base(base, tmp_path):
    from transformers import AutoModel

    weights = layers_of(tmp_path / "base")
    ours = {name: weight * 2 for name, weight in weights.items()}
    path = tmp_path / "adapter.safetensors"
    dump_adapter(path, ours, {"layers": 1, "prefix": "", "name": "ours"})
    merged = merge_adapter(tmp_path / "base", path, tmp_path / "merged")
    found = layers_of(tmp_path / "merged")
    for name, weight in weights.items():
        if name.startswith("encoder.layer."):
            assert np.allclose(found[name], 2 * weight, atol=np.abs(weight).max() * 2 / 127)
        else:
            assert (found[name] == weight).all()
    assert merged.manifest.source.endswith("+ ours")
    assert load_checkpoint(tmp_path / "merged").manifest == merged.manifest
    assert AutoModel.from_pretrained(tmp_path / "merged").config.num_hidden_layers == 1


def test_equal_layers_give_equal_bytes(base, tmp_path):
    weights = layers_of(tmp_path / "base")
    for name in ("a", "b"):
        dump_adapter(tmp_path / name, weights, {"layers": 1, "prefix": ""})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_truncated_or_foreign_adapter_is_told(base, tmp_path):
    path = tmp_path / "adapter.safetensors"
    dump_adapter(path, layers_of(tmp_path / "base"), {"layers": 1, "prefix": ""})
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        load_adapter(path)
    path.write_bytes(whole.replace(b'format\\": 1', b'format\\": 9'))
    with pytest.raises(BadCheckpoint, match=r"format 9.*reads 1"):
        load_adapter(path)


def test_a_base_of_another_width_is_refused(base, tmp_path):
    path = tmp_path / "adapter.safetensors"
    query = "encoder.layer.0.attention.self.query.weight"
    dump_adapter(path, {query: np.ones((8, 8), np.float32)}, {"layers": 1, "prefix": ""})
    with pytest.raises(BadCheckpoint, match=r"8 wide, the base .* 16"):
        merge_adapter(tmp_path / "base", path, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_facts_survive(tmp_path):
    facts = {"layers": 6, "prefix": "", "name": "ученик"}
    dump_adapter(tmp_path / "a", {}, facts)
    assert load_adapter(tmp_path / "a") == ({}, facts)
    assert json.dumps(facts)


def test_commands_adapt_distil_and_build(base, tmp_path):
    pairs = tmp_path / "pairs.csv"
    lines = [f"нет воды {n},вода будет {n}" for n in "абвгдежзик" * 10]
    pairs.write_text("first,second\n" + "\n".join(lines), encoding="utf-8")
    out = tmp_path / "adapted"
    told = run_json("model", "adapt", pairs, "--model", tmp_path / "base", "--out", out)
    assert told["pairs"] == 100
    built = run_json(
        "model", "student", "--base", tmp_path / "base", "--layers", out / "student.safetensors",
        "--out", tmp_path / "built",
    )  # fmt: skip
    assert built["layers"] == 1
    assert "adapted on 100 pairs" in built["source"]
    first = layers_of(tmp_path / "base")["encoder.layer.0.output.dense.weight"]
    assert not np.array_equal(
        first, layers_of(tmp_path / "built")["encoder.layer.0.output.dense.weight"]
    )
