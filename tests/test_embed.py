"""`otklik embed`: a row for a row, bad ones counted, gone on with after a kill."""

import json
from contextlib import suppress

import numpy as np
import pytest
from checkpoints import make_xlm_r, sealed
from commands import OTKLIK, run, run_json
from killing import kill_midway

from otklik.models.encoder import Encoder
from otklik.pipelines.vector_file import open_vectors

TEXTS = ["нет воды", "", "дороги нет", "звоните 8 928 000-11-22", "  "]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return sealed(make_xlm_r, tmp_path_factory.mktemp("model"))


def write(path, texts, column="text"):
    lines = (json.dumps({column: text}, ensure_ascii=False) for text in texts)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_for_a_row(tmp_path, model):
    table = write(tmp_path / "m.jsonl", TEXTS)
    out = tmp_path / "v.npy"
    facts = run_json("embed", table, "--out", out, "--model", model, "--runtime", "fp32")
    vectors = np.load(out)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 16)
    assert (facts["rows"], facts["without_text"], facts["without_text_lines"]) == (5, 2, [2, 5])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1, 1, 0], atol=1e-5)
    wanted = Encoder(model, "fp32", streams=1).encode(["дороги нет", "звоните [ТЕЛЕФОН]"])
    np.testing.assert_allclose(vectors[2:4], wanted, atol=1e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.jsonl", "v.npy"]


def test_masked_texts_are_taken_as_they_are(tmp_path, model):
    table = write(tmp_path / "m.jsonl", TEXTS[3:4], column="сообщение")
    out = tmp_path / "v.npy"
    options = ("--model", model, "--runtime", "fp32", "--no-mask", "--text-column", "сообщение")
    assert run_json("embed", table, "--out", out, *options)["masked"] is False
    wanted = Encoder(model, "fp32", streams=1).encode(TEXTS[3:4])
    np.testing.assert_allclose(np.load(out), wanted, atol=1e-5)


def test_refusals(tmp_path, model):
    table = write(tmp_path / "m.jsonl", TEXTS)
    out = tmp_path / "v.npy"
    no_column = run("embed", table, "--out", out, "--model", model, "--text-column", "нет")
    assert (no_column.returncode, no_column.stdout) == (1, "")
    assert "has no column 'нет'; there are text" in no_column.stderr
    no_int8 = run("embed", table, "--out", out, "--model", model)
    assert no_int8.returncode == 1
    assert "otklik model quantise" in no_int8.stderr
    no_model = run("embed", table, "--out", out, "--model", tmp_path / "none")
    assert "otklik model base" in no_model.stderr
    assert not out.exists()


@pytest.mark.slow
def test_goes_on_after_a_kill(tmp_path, model):
    texts = [f"нет воды {number % 97 * 'а'}" for number in range(12_000)]
    table = write(tmp_path / "m.jsonl", texts)
    out = tmp_path / "v.npy"
    options = ("--model", model, "--runtime", "fp32", "--no-mask")
    command = [*OTKLIK, "embed", table, "--out", out, *options]
    side = tmp_path / "v.npy.progress"
    assert kill_midway(command, begun=side.exists, delay_s=0, timeout_s=120)
    assert not out.exists()
    done = json.loads(side.read_text())["done"]
    assert 0 < done < len(texts)
    part = tmp_path / "v.npy.part"
    half = np.lib.format.open_memmap(part, mode="r+")
    half[0] = 7  # what is done is not done again
    half.flush()
    run_json("embed", table, "--out", out, *options)
    vectors = np.load(out)
    assert (vectors[0] == 7).all()
    picked = [1, done - 1, done, len(texts) - 1]
    wanted = Encoder(model, "fp32", streams=1).encode([texts[place] for place in picked])
    np.testing.assert_allclose(vectors[picked], wanted, atol=1e-5)
    assert not side.exists()
    assert not part.exists()


def begin(path, vectors):
    """Write a part of a file under the key `a` and break off."""
    with suppress(KeyError), open_vectors(path, "a", 4, 3) as file:
        file.append(vectors)
        raise KeyError


def test_another_input_starts_anew(tmp_path):
    path = tmp_path / "v.npy"
    ones = np.ones((2, 3), dtype=np.float32)
    for key, left in (("a", 2), ("b", 0)):
        begin(path, ones)
        with open_vectors(path, key, 4, 3) as file:
            assert file.progress.done == left
            while file.progress.done < 4:
                file.append(ones)
        assert np.load(path).sum() == 12


def test_a_spoilt_side_file_starts_anew(tmp_path):
    path = tmp_path / "v.npy"
    begin(path, np.ones((2, 3), dtype=np.float32))
    (tmp_path / "v.npy.progress").write_text("{")
    with open_vectors(path, "a", 4, 3) as file:
        assert file.progress.done == 0
        file.append(np.ones((4, 3), dtype=np.float32))
    assert np.load(path).shape == (4, 3)
