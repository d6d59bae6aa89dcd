"""A whole training on a tiny base: from labelled files to a bundle that answers."""

import csv
import json
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from checkpoints import make_bert
from commands import run, run_json
from labelling import fill

from otklik.datasets.errors import BadBundle, BadSettings
from otklik.datasets.records import Label
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.store import Store
from otklik.models.base import Order, build_base
from otklik.models.build import build_bundle
from otklik.models.bundle import load_bundle
from otklik.models.checkpoint import load_checkpoint
from otklik.models.classifier import Classifier
from otklik.models.predictor import load_predictor
from otklik.training.config import load_preset
from otklik.training.examples import CALIBRATION, HINTS, TEST, TRAIN, load_examples
from otklik.training.job import run_training

PRESET = """
name = "tiny"
seed = 3
test = 0.2
calibration = 0.3

[parents]
perm_topic = "perm_group"

[fit]
epochs = 3
tokens = 512
most = 32
head_rate = 0.02

[[sets]]
file = "posts.csv"
heads = { perm_topic = "topic", perm_group = "group" }
crossing = { version = "im-perm-2023", column = "topic", group = "group" }

[[sets]]
file = "moods.csv"
source = "tweet"
heads = { sentiment = "mood" }
[sets.words.sentiment]
plus = "positive"
minus = "negative"
"[]" = "neutral"
"""
WATER = "нет воды в доме {}, дом стоит без воды, {} сутки ждём"
ROADS = "яма на дороге у дома {}, колесо пробито, едем {} раз мимо"


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    rubricator = load_rubricator("im-perm-2023")
    one, two = rubricator.topics[3], rubricator.topics[40]
    rng = np.random.default_rng(1)
    words = [f"слово{chr(1072 + i)}{chr(1072 + j)}" for i in range(20) for j in range(20)]
    rows = []
    for number in range(120):
        topic = (one, two)[number % 2]
        own = " ".join(rng.choice(words, 6))
        text = (WATER, ROADS)[number % 2].format(number, own)
        rows.append((text, topic.group.name, topic.name))
    write(folder / "posts.csv", ["text", "group", "topic"], rows)
    moods = [
        (f"{('спасибо молодцы', 'ужас позор')[n % 2]} {' '.join(rng.choice(words, 5))}",
         ("plus", "minus", "other")[n % 3])
        for n in range(90)
    ]  # fmt: skip
    write(folder / "moods.csv", ["text", "mood"], moods)
    (folder / "tiny.toml").write_text(PRESET, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    make_bert(work / "source")
    build_base(work / "base", work / "cache", Order(str(work / "source")))
    preset = load_preset(folder / "tiny.toml")
    examples = load_examples(preset, folder)
    return work, preset, examples, run_training(preset, examples, work / "base", work / "job")


@pytest.fixture(scope="module")
def built(trained):
    work, _, _, done = trained
    build_bundle(done.layout.folder, work / "base", work / "built")
    return work / "built"


def test_sides_of_the_examples(trained):
    _, _, examples, _ = trained
    sides = {side: examples.sides == side for side in (TRAIN, CALIBRATION, TEST)}
    own = np.array([source != HINTS for source in examples.sources])
    assert 0.15 <= (sides[TEST] & own).sum() / own.sum() <= 0.25
    assert sides[TRAIN][~own].all()
    for first, second in ((TRAIN, TEST), (CALIBRATION, TEST)):
        assert not set(examples.groups[sides[first] & own]) & set(
            examples.groups[sides[second] & own]
        )
    assert set(examples.labels["sentiment"]) == {None, "positive", "negative"}
    assert all(sum(share.values()) == pytest.approx(1) for share in examples.shares if share)


def test_the_bundle_answers(trained, built):
    _, preset, _, done = trained
    bundle = load_bundle(built)
    assert set(bundle.heads) == {
        "perm_topic",
        "perm_group",
        "sentiment",
        "im_2026",
        "im_2026_group",
    }
    assert bundle.version == load_bundle(done.layout.folder).version
    assert bundle.facts["name"] == preset.name
    card = done.layout.card.read_text(encoding="utf-8")
    assert all(part.file in card for part in preset.sets)
    assert all(f"| {head} |" in card for head in bundle.heads)
    predictor = load_predictor(built)
    texts = [WATER.format(5, "третьи"), ROADS.format(7, "второй"), ""]
    found = predictor.probabilities(texts)
    for name, rows in found.items():
        assert rows.shape == (3, len(bundle.heads[name].classes))
        assert np.allclose(rows.sum(axis=1), 1)
    topics, groups = found["im_2026"], found["im_2026_group"]
    tree = bundle.heads["im_2026"].tree
    assert (topics <= groups[:, tree.parents] + 1e-9).all()
    again = predictor.probabilities(texts[::-1])
    assert np.allclose(again["perm_topic"][::-1], found["perm_topic"], atol=0.02)


def test_it_has_learned_what_it_was_taught(trained):
    _, _, _, done = trained
    assert done.reports["perm_group"].scores["accuracy"].value >= 0.9
    assert done.reports["perm_topic"].rows == 24


def test_decisions_carry_a_reason(built):
    classifier = Classifier(load_predictor(built), alpha=0.05)
    said = classifier.classify([WATER.format(5, "третьи")], ["perm_topic"])[0]
    assert said.decision in ("auto", "review")
    assert said.reason.startswith("тема: ")
    assert list(said.answers) == ["perm_topic"]


def test_commands(folder, built, tmp_path):
    out = tmp_path / "answers.csv"
    done = run("classify", folder / "posts.csv", "--bundle", built, "--out", out, "--json")
    assert json.loads(done.stdout)["rows"] == 120
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:6] == [
        "text",
        "group",
        "topic",
        "perm_topic",
        "perm_topic_p",
        "perm_topic_2",
    ]
    assert {row["decision"] for row in rows} <= {"auto", "review"}
    assert rows[0]["im_2026_group"]
    for suffix in (".jsonl", ".parquet"):
        run("classify", folder / "posts.csv", "--bundle", built, "--heads", "sentiment",
            "--out", tmp_path / f"a{suffix}")  # fmt: skip
    line = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert {"sentiment", "sentiment_p", "sentiment_2", "decision", "reason"} <= set(line)
    judged = tmp_path / "judged.json"
    run("evaluate", built, "--data", folder / "posts.csv", "--label-column", "topic", "--head",
        "perm_topic", "--json", judged)  # fmt: skip
    report = json.loads(judged.read_text(encoding="utf-8"))
    assert report["rows"] == 120
    assert report["unknown"] == {}
    run("evaluate", built, "--data", folder / "posts.csv", "--label-column", "topic", "--head",
        "im_2026_group", "--crosswalk", "im-perm-2023", "--json", judged)  # fmt: skip
    assert json.loads(judged.read_text(encoding="utf-8"))["rows"] == 120


def test_a_bundle_that_is_not_whole_is_refused(built, tmp_path):
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(built, broken)
    heads = broken / "heads.safetensors"
    heads.write_bytes(heads.read_bytes()[:-100])
    with pytest.raises(BadBundle, match="SHA-256"):
        load_bundle(broken)
    with pytest.raises(BadBundle, match="no bundle"):
        load_bundle(tmp_path / "nothing")
    with pytest.raises(BadBundle, match="no head 'x'; it has perm_topic"):
        load_predictor(built).check_heads(["x"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[fit]\nepochs = 0", "fit.epochs.*given: 0"),
        ("colour = 1", "'colour'.*given: 1"),
        ("name = ", "not valid TOML"),
    ],
)
def test_a_bad_preset_is_told(tmp_path, line, message):
    path = tmp_path / "bad.toml"
    path.write_text(f'name = "x"\n{line}\n[[sets]]\nfile = "a.csv"\n', encoding="utf-8")
    with pytest.raises(BadSettings, match=message):
        load_preset(path)


def test_shipped_presets_are_valid(tmp_path):
    assert load_preset(tmp_path / "default").rubricator == "im-2026"
    with pytest.raises(BadSettings, match="shipped ones are default"):
        load_preset(tmp_path / "nothing.toml")


def test_the_command_registers_a_challenger_and_goes_on_after_a_break(folder, trained, tmp_path):
    work, *_ = trained
    given = ("train", folder / "tiny.toml", "--data", folder, "--base", work / "base")
    with Store(f"sqlite:///{tmp_path / 'otklik.db'}") as store:
        number = fill(store)
        at = datetime(2026, 3, 1, tzinfo=UTC)
        said = [(1, "roads.potholes", 0), (1, "Нет такой темы", -1), (2, "Нет такой темы", 0)]
        store.add_labels(
            [
                Label(number[n], "topic", None, new, "im-2026", "coordinator", at + timedelta(days))
                for n, new, days in said
            ]
        )
    made = run_json(*given, var=tmp_path)
    assert (made["corrections"], made["corrections_left_out"]) == (1, 1)
    assert made["version"] == "tiny/1"
    assert made["aliases"] == ["challenger"]
    again = run_json(*given, var=tmp_path)
    assert again["version"] == "tiny/2"
    assert again["perm_group"] == made["perm_group"], "the checkpoint was complete"
    judged = run(
        "evaluate", "tiny@challenger", "--data", folder / "posts.csv", "--label-column", "topic",
        "--head", "perm_topic", "--windows", 5, "--json", tmp_path / "judged.json", var=tmp_path,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stderr
    crossed = run(
        "evaluate", "tiny/1", "--data", folder / "posts.csv", "--label-column", "topic",
        "--head", "im_2026", "--crosswalk", "im-perm-2023", var=tmp_path,
    )  # fmt: skip
    assert crossed.returncode == 0, crossed.stderr
    record = json.loads((tmp_path / "judged.json").read_text(encoding="utf-8"))
    assert record["scores"]["accuracy"]["value"] >= 0.9
    assert {line["drift"] for line in record["windows"]} == {"none", "labels"}
    promoted = run("promote", "--model", "tiny", "--json", var=tmp_path)
    assert promoted.returncode == 1
    assert "hold-out unseen" in promoted.stderr, "24 texts are no hold-out"


def test_heads_alone_keep_the_encoder(trained, built, tmp_path):
    _, preset, examples, done = trained
    kept = preset.model_copy(update={"kind": "heads"})
    again = run_training(kept, examples, built / "encoder", tmp_path / "job")
    assert again.reports["perm_group"].scores["accuracy"].value >= 0.9
    before = load_checkpoint(built / "encoder").layout.weights.read_bytes()
    assert load_checkpoint(again.layout.encoder).layout.weights.read_bytes() == before
    assert load_bundle(again.layout.folder).version != load_bundle(done.layout.folder).version
    assert load_predictor(again.layout.folder).probabilities(["нет воды"])


def test_changed_layers_are_noticed(trained, tmp_path):
    _, _, _, done = trained
    shutil.copytree(done.layout.folder, tmp_path / "bundle")
    layers = tmp_path / "bundle" / "adapter.safetensors"
    layers.write_bytes(layers.read_bytes()[:-1] + b"!")
    with pytest.raises(BadBundle, match=r"adapter\.safetensors: SHA-256"):
        load_bundle(tmp_path / "bundle")


def test_the_shipped_form_is_built_once(trained, tmp_path):
    work, _, _, done = trained
    given = ("model", "build", "--shipped", done.layout.folder, "--base", work / "base")
    first = run_json(*given, var=tmp_path)
    assert first["built"]
    assert load_predictor(tmp_path / "models" / "default").heads
    assert not run_json(*given, var=tmp_path)["built"]
    (tmp_path / "models" / "default" / "heads.safetensors").write_bytes(b"torn")
    assert run_json(*given, var=tmp_path)["built"], "a broken one is built anew"
