"""Quantising: the same graph from the same texts, close to float, no stale or broken file used."""

import json
import socket

import numpy as np
import pytest
from checkpoints import make_xlm_r, sealed

from otklik.datasets.errors import BadCheckpoint
from otklik.models.calibration_texts import SHORTEST, builtin_texts, choose_texts
from otklik.models.checkpoint import seal_checkpoint
from otklik.models.encoder import Encoder
from otklik.models.int8 import CONSTANTS, FOLDER, GRAPH, NAME, check_int8, read_int8
from otklik.models.manifest import read_manifest
from otklik.models.quantise import STEPS, build_int8

# NNCF leans on torch where it finds it, and torch on its old names
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

TEXTS = [f"нет {word} на {word[::-1]}" for word in builtin_texts()[0].split()[:3]] + [
    f"{letter * 3} нет воды {letter}" for letter in "абвгдежзийклмнопрст"
]


@pytest.fixture(scope="module")
def quantised(tmp_path_factory):
    folder = sealed(make_xlm_r, tmp_path_factory.mktemp("int8"))
    steps = []
    build_int8(folder, TEXTS, step=steps.append)
    assert tuple(steps) == STEPS
    return folder


@pytest.fixture
def changed(quantised, tmp_path):
    """A copy to be spoilt."""
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(quantised, folder)
    return folder


def test_vectors_stay_close_to_float(quantised):
    rounded = Encoder(quantised, "int8", threads=1, streams=1).encode(TEXTS)
    exact = Encoder(quantised, "fp32", threads=1, streams=1).encode(TEXTS)
    assert (rounded * exact).sum(1).min() > 0.98
    np.testing.assert_allclose(np.linalg.norm(rounded, axis=1), 1, atol=1e-5)


def test_company_changes_little(quantised):
    encoder = Encoder(quantised, streams=1)
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert (together * alone).sum(1).min() > 0.999


def test_weights_are_bytes(quantised):
    graph = (quantised / FOLDER / GRAPH).read_text(encoding="utf-8")
    assert 'element_type="i8"' in graph
    assert "FakeQuantize" in graph


def test_same_texts_give_the_same_graph(quantised, changed):
    before = read_int8(quantised)
    assert build_int8(changed, reversed([*TEXTS, TEXTS[0], ""])) == before


def test_no_text_is_kept(quantised):
    for path in (quantised / FOLDER).iterdir():
        content = path.read_bytes()
        assert not any(text.encode() in content for text in TEXTS)


def test_builds_without_a_network(changed, monkeypatch):
    def refuse(*args, **_kwargs):
        raise AssertionError(f"called outside: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    build_int8(changed, TEXTS)


def test_builtin_texts_are_enough_and_of_many_lengths():
    texts = builtin_texts()
    assert len(texts) > 300
    assert len({len(text) // 50 for text in texts}) > 4
    assert texts == choose_texts(reversed(texts), len(texts))


def test_texts_are_chosen_whatever_their_order():
    texts = [f"текст {number}" for number in range(50)]
    assert choose_texts(texts, 10) == choose_texts(reversed([*texts, "", "а" * (SHORTEST - 1)]), 10)


def test_too_few_texts_are_refused(changed):
    with pytest.raises(BadCheckpoint, match="2 different texts to calibrate with; at least 16"):
        build_int8(changed, ["нет воды", "нет дороги", "нет воды"])
    assert check_int8(changed) == read_int8(changed)


@pytest.mark.parametrize("name", [GRAPH, CONSTANTS])
def test_a_changed_file_is_refused(changed, name):
    path = changed / FOLDER / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadCheckpoint, match=rf"{name} has SHA-256 .*otklik model quantise"):
        Encoder(changed).encode(["нет"])


@pytest.mark.parametrize("name", [GRAPH, CONSTANTS, NAME])
def test_a_missing_file_is_refused(changed, name):
    (changed / FOLDER / name).unlink()
    with pytest.raises(BadCheckpoint, match="otklik model quantise"):
        Encoder(changed).encode(["нет"])


def test_a_broken_description_is_refused(changed):
    path = changed / FOLDER / NAME
    path.write_text("{")
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        check_int8(changed)
    path.write_text(json.dumps({"format": 99}))
    with pytest.raises(BadCheckpoint, match="format 99, this version of otklik reads 1"):
        check_int8(changed)


def test_the_graph_of_another_checkpoint_is_refused(changed):
    config = changed / "config.json"
    config.write_text(config.read_text().replace("1e-05", "1e-06").replace("1e-12", "1e-11"))
    seal_checkpoint(changed, read_manifest(changed))
    with pytest.raises(BadCheckpoint, match="was made of the checkpoint"):
        Encoder(changed).encode(["нет"])
