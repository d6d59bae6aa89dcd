"""The base encoder is built, loads everywhere, and whatever goes wrong the former one stays."""

import json
import os
import resource
import shlex
import subprocess
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from commands import OTKLIK, run, run_json
from killing import kill_midway
from packing import FOREIGN, sha256, tiny_pieces, write_packed

from otklik.datasets.errors import BadCheckpoint, BadFile
from otklik.models import swap
from otklik.models.base import STEPS, Order, build_base
from otklik.models.checkpoint import load_checkpoint, write_checkpoint
from otklik.models.manifest import FORMAT
from otklik.models.packed import Packed
from otklik.models.unigram import build_unigram

TEXTS = ["нет воды", "НЕТ ДОРОГИ 😀", "яма № 5, ул. Ӏ", "тел"]


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "tiny.bin"
    write_packed(path)
    return path


def build(packed, out, **more):
    return build_base(out, out.parent / "cache", Order(str(packed), offline=True, **more))


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_built(packed, tmp_path):
    steps = []
    out = tmp_path / "models" / "base"
    order = Order(str(packed), offline=True)
    built = build_base(out, tmp_path / "cache", order, step=steps.append)
    manifest = built.checkpoint.manifest
    assert built.fresh
    assert steps == list(STEPS)
    assert manifest.source == "file tiny.bin"
    assert manifest.source_sha256 == sha256(packed)
    assert (manifest.prefix, manifest.pooling) == ("query: ", "mean")
    assert (manifest.dim, manifest.layers) == (32, 2)
    assert manifest.vocabulary_before == len(tiny_pieces())
    assert manifest.vocabulary == len(tiny_pieces()) - len(FOREIGN) + 1  # the rarest piece stays
    assert set(manifest.files) == {str(name) for name in contents(out)} - {"otklik.json"}
    assert not [p for p in out.parent.iterdir() if p.suffix in (".part", ".old")]
    assert load_checkpoint(out) == built.checkpoint


def test_the_same_weights_give_the_same_bytes(packed, tmp_path):
    build(packed, tmp_path / "one")
    build(packed, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_second_build_does_nothing(packed, tmp_path):
    out = tmp_path / "base"
    build(packed, out)
    before = (out / "otklik.json").stat().st_ino
    assert not build(packed, out).fresh
    assert not build_base(out, tmp_path / "cache", Order(offline=True)).fresh
    assert (out / "otklik.json").stat().st_ino == before
    assert build(packed, out, force=True).fresh
    assert build(packed, out, prefix="passage: ").checkpoint.manifest.prefix == "passage: "
    write_packed(packed, seed=1)
    assert build(packed, out).fresh


def test_a_broken_model_is_told_and_replaced(packed, tmp_path):
    out = tmp_path / "base"
    build(packed, out)
    whole = contents(out)
    (out / "tokenizer.json").write_text("{}", encoding="utf-8")
    told = []
    order = Order(str(packed), offline=True)
    assert build_base(out, tmp_path / "cache", order, say=told.append).fresh
    assert "replacing a broken model" in told[0]
    assert contents(out) == whole


def vectors_by_hand(model, tokenizer, texts):
    """Mean of the states of real tokens, of length one."""
    import torch

    rows = []
    for text in texts:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.inference_mode():
            mean = model(input_ids=ids).last_hidden_state[0].mean(0)
        rows.append((mean / mean.norm()).numpy())
    return np.array(rows)


@pytest.mark.slow
def test_vectors_are_those_of_the_untrimmed_model(packed, tmp_path):
    """Three ways to one vector: untrimmed by hand, `transformers`, `sentence-transformers`."""
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoTokenizer

    from otklik.models.bert import config_of, unpack_weights

    trimmed = build(packed, tmp_path / "base").checkpoint
    open_packed = Packed(packed)
    whole = write_checkpoint(
        tmp_path / "whole",
        config_of(open_packed),
        unpack_weights(open_packed, np.arange(open_packed.sizes.vocabulary)),
        build_unigram(open_packed.pieces),
        trimmed.manifest,
    )
    model = AutoModel.from_pretrained(whole.layout.folder).eval()
    prefixed = [f"query: {text}" for text in TEXTS]
    wanted = vectors_by_hand(model, build_unigram(open_packed.pieces), prefixed)

    folder = trimmed.layout.folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.model_max_length == 64
    assert (tokenizer.pad_token_id, tokenizer.mask_token) == (1, "<mask>")
    small = AutoModel.from_pretrained(folder).eval()
    found = vectors_by_hand(small, tokenizer._tokenizer, prefixed)
    assert np.abs(found - wanted).max() < 1e-6
    sentences = SentenceTransformer(str(folder), device="cpu")
    assert np.abs(sentences.encode(TEXTS) - wanted).max() < 1e-6
    assert not np.allclose(sentences.encode(TEXTS, prompt=""), wanted, atol=1e-3)


def test_building_needs_neither_torch_nor_transformers(packed, tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from otklik.models.base import Order, build_base\n"
        f"build_base(Path({str(tmp_path / 'base')!r}), Path({str(tmp_path / 'cache')!r}),"
        f" Order({str(packed)!r}))\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize("content", [b"", b"E5S1", b"PK\x03\x04 no wheel at all"])
def test_a_bad_source_leaves_the_former_model(packed, tmp_path, content):
    out = tmp_path / "base"
    build(packed, out)
    before = contents(out)
    packed.write_bytes(packed.read_bytes()[:5000] if content == b"" else content)
    with pytest.raises(BadFile, match=r"tiny\.bin"):
        build(packed, out)
    assert contents(out) == before
    assert not (tmp_path / ".base.part").exists()


@pytest.mark.slow
def test_a_full_disk_leaves_the_former_model(packed, tmp_path):
    out = tmp_path / "models" / "base"
    build(packed, out)
    before = contents(out)
    for file_bytes in (0, 100, 20_000, 100_000):
        with disk_of(file_bytes), pytest.raises(BadFile, match=r"the disk is full\. A former one"):
            build(packed, out, force=True)
        assert contents(out) == before
        assert not (out.parent / ".base.part").exists()
    command = ["model", "base", "--from", packed, "--out", out, "--force"]
    line = f"ulimit -f 20; exec {shlex.join([*OTKLIK, *map(str, command)])}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert contents(out) == before


@contextmanager
def disk_of(file_bytes):
    """Let no file of this process grow beyond a size, as a full disk or a quota would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.slow
def test_a_killed_build_leaves_a_whole_model(packed, tmp_path):
    out = tmp_path / "models" / "base"
    build(packed, out)
    part = out.parent / ".base.part"
    command = ["model", "base", "--from", str(packed), "--out", str(out), "--force"]
    for delay_s in (0, 0.005, 0.02, 0.05):
        kill_midway(
            [*OTKLIK, *command],
            begun=part.exists,
            delay_s=delay_s,
            env={"OTKLIK_VAR": str(tmp_path / "var")},
        )
        load_checkpoint(out)
    assert build(packed, out, force=True).fresh
    assert not part.exists()


@pytest.mark.slow
def test_two_builds_at_once(packed, tmp_path):
    out = tmp_path / "models" / "base"
    command = ["model", "base", "--from", str(packed), "--out", str(out), "--json"]
    both = [
        subprocess.Popen(
            [*OTKLIK, *command],
            env={**os.environ, "OTKLIK_VAR": str(tmp_path / "var")},
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    printed = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    assert sorted(facts["built"] for facts in printed) == [False, True]
    load_checkpoint(out)


def test_a_folder_of_something_else_is_never_replaced(packed, tmp_path):
    out = tmp_path / "photos"
    out.mkdir()
    (out / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(BadFile, match=r"photos holds other files and no otklik\.json"):
        build(packed, out)
    assert (out / "cat.jpg").read_bytes() == b"cat"
    with pytest.raises(BadFile, match=r"cat\.jpg is a file"):
        build(packed, out / "cat.jpg")


def test_readers_never_meet_half_a_folder(tmp_path):
    target = tmp_path / "base"
    with swap.locked(target):
        for number in range(2):
            with swap.replaced(target) as part:
                (part / "a").write_text(str(number))
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add((target / "a").read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(50):
        with swap.locked(target), swap.replaced(target) as part:
            (part / "a").write_text(str(number))
    stop.set()
    reader.join()
    assert seen
    assert [p.name for p in tmp_path.iterdir() if "lock" not in p.name] == ["base"]


def test_where_folders_cannot_be_exchanged(tmp_path, monkeypatch):
    """On NFS: two renames, and a kill between them is healed by the next one who locks."""
    target = tmp_path / "base"

    def unsupported(*_paths):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(swap, "_exchange", unsupported)
    for number in range(2):
        with swap.locked(target), swap.replaced(target) as part:
            (part / "a").write_text(str(number))
    assert (target / "a").read_text() == "1"
    target.rename(tmp_path / ".base.old")
    with swap.locked(target):
        assert (target / "a").read_text() == "1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.unlink(), r"has no otklik\.json: no encoder was built there"),
        (lambda m: m.write_text("{"), "cannot be read"),
        (lambda m: m.write_text("[]"), "cannot be read"),
        (
            lambda m: m.write_text(m.read_text().replace(f'"format": {FORMAT}', '"format": 99')),
            rf"has format 99, this version of otklik reads {FORMAT}",
        ),
        (
            lambda m: m.write_text(m.read_text().replace('"pooling": "mean"', '"pooling": "max"')),
            "names the pooling 'max'",
        ),
        (
            lambda m: m.write_text(m.read_text().replace('"dim"', '"width"')),
            r"too much or too little: \['dim', 'width'\]",
        ),
        (
            lambda m: m.with_name("config.json").write_text("{}"),
            r"config\.json has SHA-256 44136fa3\w+, otklik\.json says \w{64}\. Build it again",
        ),
        (
            lambda m: m.with_name("tokenizer.json").unlink(),
            r"tokenizer\.json cannot be read: No such file",
        ),
    ],
)
def test_a_checkpoint_that_is_not_whole(packed, tmp_path, change, message):
    out = tmp_path / "base"
    build(packed, out)
    change(out / "otklik.json")
    with pytest.raises(BadCheckpoint, match=message):
        load_checkpoint(out)


def test_command(packed, tmp_path):
    var = tmp_path / "var"
    facts = run_json("model", "base", "--from", packed, var=var)
    assert facts["built"]
    assert facts["vocabulary"] < facts["vocabulary_before"] == len(tiny_pieces())
    load_checkpoint(var / "models" / "base")
    again = run("model", "base", "--offline", "--json", var=var)
    assert "nothing was done" in again.stderr
    assert not json.loads(again.stdout)["built"]
    failed = run("model", "base", "--from", tmp_path / "none", var=var)
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1


def test_vocabulary_command(packed, tmp_path):
    var = tmp_path / "var"
    for name, line in (("a.csv", "Wasser в подвале"), ("b.csv", "нет Wasser")):
        rows = f"text,n\n{line},1\nнет вод,2\n"
        (tmp_path / name).write_text(rows, encoding="utf-8")
    tables = ["--texts", tmp_path / "a.csv", "--texts", tmp_path / "b.csv"]
    out = tmp_path / "list.txt"
    report = run_json("model", "vocabulary", "--from", packed, "--out", out, *tables, var=var)
    assert [facts["changed"] for facts in report] == [1, 1]
    assert report[1]["tokens"] == 4
    assert report[1]["changed_percent"] == 25.0
    assert "▁Wasser" in out.read_text(encoding="utf-8").splitlines()
