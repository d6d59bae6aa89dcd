"""Gates: twelve kinds of bad candidate are stopped, each for its own reason; a good one passes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from registering import (
    GROUPS,
    RARE,
    TEST,
    TOPICS,
    TRAINING,
    Clock,
    open_tiny,
    tiny_heads,
    tiny_holdout,
    write_tiny,
)

from otklik.training.candidate import FACTS
from otklik.training.examples import Examples
from otklik.training.facts import training_facts
from otklik.training.gates import judge
from otklik.training.holdout import make_holdout
from otklik.training.seen import load_seen, seen_of
from otklik.training.targets import build_targets
from otklik.training.tracking import folder_hash

BETTER = 0.35
HOLDOUT = tiny_holdout()


@pytest.fixture(scope="module")
def champion(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("registry") / "champion")


def verdict(folder, champion, **more):
    clock = Clock()
    return judge(
        folder,
        champion,
        more.pop("holdout", HOLDOUT),
        open_model=lambda path: open_tiny(path, clock),
        clock=clock,
        **more,
    )


def changed(head, **values):
    """Heads of a better model, one of them changed."""
    heads = tiny_heads(BETTER)
    return heads | {head: replace(heads[head], **values)}


def tempered(factor):
    heads = tiny_heads(BETTER)
    return {
        name: replace(
            head,
            calibrator=replace(head.calibrator, temperatures=head.calibrator.temperatures * factor),
        )
        for name, head in heads.items()
    }


def shuffled(folder):
    dense = tiny_heads(BETTER)["im_2026"].dense
    write_tiny(folder, heads=changed("im_2026", dense=np.roll(dense, 1, axis=0)), noise=BETTER)


def group_lost(folder):
    bias = np.where([topic in TOPICS[4:] for topic in TOPICS], -30, 0).astype(np.float32)
    write_tiny(folder, heads=changed("im_2026", bias=bias), noise=0.2)


def over_confident(folder):
    write_tiny(folder, heads=tempered(0.2), noise=BETTER)


def under_confident(folder):
    write_tiny(folder, heads=tempered(5), noise=BETTER)


def slow(folder):
    write_tiny(folder, noise=BETTER, ticks=2)


def too_large(folder):
    write_tiny(folder, noise=BETTER)
    with (folder / "adapter.safetensors").open("wb") as file:
        file.truncate(21_000_000)


def leaking(folder):
    write_tiny(folder, rows=[*TRAINING, *TEST[:50]], noise=BETTER)


def other_rubricator(folder):
    write_tiny(folder, facts={"rubricator_fingerprint": "0" * 16}, noise=BETTER)


def truncated(folder):
    write_tiny(folder, noise=BETTER)
    path = folder / "heads.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def head_missing(folder):
    heads = tiny_heads(BETTER)
    del heads["mood"]
    write_tiny(folder, heads=heads, noise=BETTER)


def worse_on_rare(folder):
    bias = np.zeros(6, dtype=np.float32)
    bias[RARE] = -3.5
    write_tiny(folder, heads=changed("im_2026", bias=bias), noise=0.25)


def worse_on_capitals(folder):
    write_tiny(folder, noise=BETTER, cased=True)


def spoilt_weights(folder):
    dense = tiny_heads(BETTER)["mood"].dense.copy()
    dense[0, 0] = np.nan
    write_tiny(folder, heads=changed("mood", dense=dense), noise=BETTER)


BAD = {
    shuffled: ("accuracy of im_2026", "Worse beyond chance"),
    group_lost: ("labels of im_2026_group", GROUPS[2]),
    over_confident: ("calibration of im_2026", "surer than it is right"),
    under_confident: ("calibration of im_2026", "less sure than it is right"),
    slow: ("latency", "shallower encoder"),
    too_large: ("size", "adapter.safetensors alone has 21.0"),
    leaking: ("hold-out unseen", "learned by heart (50)"),
    other_rubricator: ("rubricator", "has changed since the training"),
    truncated: ("files", "heads.safetensors: SHA-256"),
    head_missing: ("heads", "mood would no longer be answered"),
    worse_on_rare: ("slices of im_2026", "rare by"),
    worse_on_capitals: ("slices of im_2026", "all upper case by"),
    spoilt_weights: ("numbers", "Train anew"),
}


@pytest.mark.parametrize("build", BAD, ids=lambda build: build.__name__)
def test_bad_candidate_is_stopped_for_its_reason(tmp_path, champion, build):
    build(tmp_path / "candidate")
    found = verdict(tmp_path / "candidate", champion)
    name, sentence = BAD[build]
    closed = {gate.name: gate for gate in found.failed}
    assert not found.passed
    assert name in closed, closed
    assert sentence.lower() in closed[name].sentence.lower()


@pytest.mark.parametrize(
    ("build", "allowed"),
    [
        (slow, {"latency"}),
        (too_large, {"size"}),
        (leaking, {"hold-out unseen"}),
        (other_rubricator, {"rubricator"}),
        (head_missing, {"heads"}),
        (worse_on_capitals, {"slices of im_2026", "slices of im_2026_group", "slices of mood"}),
        (worse_on_rare, {"slices of im_2026", "labels of im_2026", "calibration of im_2026"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_only_the_gate_concerned_is_closed(tmp_path, champion, build, allowed):
    build(tmp_path / "candidate")
    assert {gate.name for gate in verdict(tmp_path / "candidate", champion).failed} <= allowed


def test_rare_topics_are_watched_even_when_the_mean_rises(tmp_path, champion):
    worse_on_rare(tmp_path / "candidate")
    gates = {gate.name: gate for gate in verdict(tmp_path / "candidate", champion).gates}
    mean = gates["accuracy of im_2026"]
    assert mean.passed
    assert mean.candidate > mean.against


@pytest.mark.parametrize("noise", [BETTER, 0.44])
def test_good_candidate_passes(tmp_path, champion, noise):
    write_tiny(tmp_path / "candidate", noise=noise)
    found = verdict(tmp_path / "candidate", champion)
    assert found.passed, found.failed


def test_the_champion_itself_passes(champion):
    assert verdict(champion, champion).passed


def test_same_candidate_same_verdict(tmp_path, champion):
    write_tiny(tmp_path / "candidate", noise=BETTER)
    first, second = (verdict(tmp_path / "candidate", champion) for _ in range(2))
    assert first == second


def test_first_model_passes_without_a_champion(champion):
    assert verdict(champion, None).passed


def test_first_model_must_beat_the_commonest_label(tmp_path):
    heads = tiny_heads()
    constant = np.array([9, 0, 0, 0, 0, 0], dtype=np.float32)
    head = replace(heads["im_2026"], dense=heads["im_2026"].dense * 0, bias=constant)
    write_tiny(tmp_path / "candidate", heads=heads | {"im_2026": head})
    closed = {gate.name for gate in verdict(tmp_path / "candidate", None).failed}
    assert "accuracy of im_2026" in closed


def test_file_changed_since_registration_is_noticed(tmp_path, champion):
    folder = write_tiny(tmp_path / "candidate", noise=BETTER)
    registered = folder_hash(folder)
    assert verdict(folder, champion, registered=registered).passed
    (folder / "README.md").write_text("another card", encoding="utf-8")
    closed = verdict(folder, champion, registered=registered).failed
    assert [gate.name for gate in closed] == ["files"]


def test_broken_encoder_is_stopped(tmp_path, champion):
    write_tiny(tmp_path / "candidate", broken=True)
    closed = verdict(tmp_path / "candidate", champion).failed
    assert [gate.name for gate in closed] == ["answers"]


def test_near_duplicates_of_training_texts_are_a_leak(tmp_path, champion):
    """One word more hides a text from a comparison of words, not from that of signatures."""
    dressed = [(f"{text} спасибо", topic, mood) for text, topic, mood in TEST[:300]]
    write_tiny(tmp_path / "candidate", rows=[*TRAINING, *dressed], noise=BETTER)
    closed = {gate.name: gate for gate in verdict(tmp_path / "candidate", champion).failed}
    assert "near-duplicates" in closed["hold-out unseen"].sentence


def test_texts_the_champion_learned_give_it_no_lead(tmp_path):
    """Judged on the texts that are new to both."""
    champion = write_tiny(tmp_path / "champion", rows=[*TRAINING, *TEST[:600]])
    write_tiny(tmp_path / "candidate", noise=BETTER)
    found = verdict(tmp_path / "candidate", champion)
    gate = next(one for one in found.gates if one.name == "accuracy of im_2026")
    assert found.passed
    assert "On 300 rows" in gate.sentence


def test_small_holdout_is_refused(tmp_path, champion):
    write_tiny(tmp_path / "candidate", noise=BETTER)
    found = verdict(tmp_path / "candidate", champion, holdout=tiny_holdout(TEST[:150]))
    assert "hold-out unseen" in {gate.name for gate in found.failed}


def test_missing_facts_are_named(tmp_path, champion):
    folder = write_tiny(tmp_path / "candidate", noise=BETTER)
    manifest = folder / "bundle.json"
    record = json.loads(manifest.read_text(encoding="utf-8"))
    del record["facts"]["label_counts"], record["facts"]["seed"]
    manifest.write_text(json.dumps(record), encoding="utf-8")
    closed = {gate.name: gate for gate in verdict(folder, champion).failed}
    assert "lacks label_counts, seed" in closed["facts"].sentence


def test_seen_texts_survive_saving(tmp_path):
    texts = [text for text, _, _ in TRAINING]
    facts = seen_of(texts).save(tmp_path)
    seen = load_seen(tmp_path, facts)
    same, alike = seen.find([texts[0].upper() + "!!", "совсем другой текст о другом"])
    assert same.tolist() == alike.tolist() == [True, False]
    assert facts["texts"] == len(texts)


def test_training_tells_what_gates_ask_for(tmp_path):
    examples = Examples(
        texts=["нет света", "яма на дороге", "нет воды", "спасибо"],
        sources=["im"] * 4,
        groups=np.arange(4),
        sides=np.array([0, 0, 1, 2], dtype=np.int8),
        weights=np.ones(4, dtype=np.float32),
        repeats=np.ones(4, dtype=np.int64),
        labels={"mood": ["плохо", "плохо", "плохо", "хорошо"]},
        shares=[{TOPICS[0]: 1.0}, {TOPICS[0]: 0.25, TOPICS[1]: 0.75}, None, {TOPICS[2]: 1.0}],
    )
    targets = build_targets(examples, "im-2026", {})
    facts = training_facts(tmp_path, examples, targets, "im-2026", 7)
    assert set(facts) >= set(FACTS)
    assert facts["label_counts"]["mood"] == {"плохо": 2}
    assert facts["label_counts"]["im_2026"] == {TOPICS[0]: 1, TOPICS[1]: 1}
    same, _ = load_seen(tmp_path, facts["training_keys"]).find(examples.texts)
    assert same.tolist() == [True, True, True, False], "calibration counts as learned from"
    holdout = make_holdout(examples, targets)
    assert holdout.texts == ["спасибо"]
    assert holdout.truth["mood"] == [{"хорошо": 1.0}]
    assert holdout.truth["im_2026"] == [{TOPICS[2]: 1.0}]
    assert holdout.truth["im_2026_group"] == [{GROUPS[1]: 1.0}]
