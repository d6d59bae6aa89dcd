"""Tiny models for tests of the registry and its gates: eight numbers for a text, six topics.

A text says its topic and its mood in one word each. The encoder finds them and adds noise; what is
wrong with an encoder is written into the bundle's facts, for `open_tiny` to build it so.
"""

import random
from dataclasses import replace
from zlib import crc32

import numpy as np

from otklik.datasets.rubricator_versions import load_rubricator
from otklik.models.adapter import quantise_rows
from otklik.models.bundle import Window, load_bundle, save_bundle
from otklik.models.calibrate import fit_calibrator
from otklik.models.heads import Head, calibrated
from otklik.models.hierarchy import tree_of
from otklik.models.lexical_table import LexicalTable
from otklik.models.predictor import SCALE, Predictor
from otklik.training.holdout import Holdout
from otklik.training.metrics import evaluate_head
from otklik.training.seen import seen_of

WORDS = ("фонарь", "лавочка", "светофор", "автобус", "водопровод", "канализация")
MOODS = ("плохо", "хорошо")
_FILLERS = """
улица двор школа рынок площадь парк мост берег подъезд балкон крыша сосед утро вечер неделя месяц
ночью снова прошу ответьте сделайте почините давно опять напротив рядом возле около магазина аптеки
почты рынка вокзала остановки поликлиники садика забора калитки ворот гаража
"""
FILLERS = _FILLERS.split()
RARE = 5
SHARES = (0.2, 0.2, 0.2, 0.17, 0.17, 0.06)
DIM = 8

RUBRICATOR = load_rubricator("im-2026")
GROUPS = [group.code for group in RUBRICATOR.groups[:3]]
TOPICS = [topic.code for group in GROUPS for topic in list(RUBRICATOR.members(group))[:2]]
TREE = tree_of([RUBRICATOR.group_code(topic) for topic in TOPICS], GROUPS)


def make_texts(count, seed):
    """Texts with their topics and moods; no two are near-duplicates."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        topic = draw.choices(range(6), SHARES)[0]
        mood = draw.randrange(2)
        words = draw.sample(FILLERS, draw.randint(6, 9))
        words.insert(draw.randrange(len(words)), WORDS[topic])
        words.insert(draw.randrange(len(words)), MOODS[mood])
        rows.append((" ".join(words), topic, mood))
    return rows


TRAINING = make_texts(1500, 1)
TEST = make_texts(900, 2)


NOISE = 0.45


class Clock:
    """Time that only encoding takes: a tick for each text, or as many as an encoder needs."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class TinyEncoder:
    """One number for each topic and mood that is named, and noise that depends on the text."""

    def __init__(self, noise=NOISE, *, cased=False, ticks=1, broken=False, clock=None):
        self.noise, self.cased, self.broken = noise, cased, broken
        self.ticks, self.clock = ticks, clock or Clock()

    def encode(self, texts):
        self.clock.now += self.ticks * len(texts)
        if self.broken:
            return np.full((len(texts), DIM), np.nan, dtype=np.float32)
        return np.array([self._one(text) for text in texts], dtype=np.float32)

    def _one(self, text):
        seen = text if self.cased else text.lower()
        vector = np.array([word in seen for word in (*WORDS, *MOODS)], dtype=float)
        vector += np.random.default_rng(crc32(text.lower().encode())).normal(0, self.noise, DIM)
        return vector / np.linalg.norm(vector)


def tiny_table():
    steps, scales = quantise_rows(np.zeros((1, 2), dtype=np.float32))
    one = np.ones(1, dtype=np.float32)
    return LexicalTable(4, 4, np.zeros(1, dtype=np.int64), one, 1.0, steps, scales)


def tiny_heads(noise=NOISE):
    """Heads that know which number belongs to whom, calibrated on fresh texts."""
    encoder = TinyEncoder(noise)
    texts = make_texts(1500, 3)
    vectors = encoder.encode([text for text, _, _ in texts]) * SCALE
    topics = np.array([topic for _, topic, _ in texts])
    truth = {
        "im_2026": topics,
        "im_2026_group": TREE.parents[topics],
        "mood": np.array([mood for _, _, mood in texts]),
    }
    dense = np.eye(DIM, dtype=np.float32) * 0.5
    groups = np.array([dense[:6][TREE.parents == group].sum(axis=0) for group in range(3)])
    weights = {"im_2026": dense[:6], "im_2026_group": groups, "mood": dense[6:]}
    classes = {"im_2026": TOPICS, "im_2026_group": GROUPS, "mood": list(MOODS)}
    heads = {}
    for name, weight in weights.items():
        calibrator = fit_calibrator(vectors @ weight.T, truth[name], curve=False)
        lexical, bias = np.zeros((len(weight), 2), np.float32), np.zeros(len(weight), np.float32)
        heads[name] = Head(name, tuple(classes[name]), weight, lexical, bias, calibrator)
    heads["im_2026"] = replace(heads["im_2026"], parent="im_2026_group", tree=TREE, group_say=0.0)
    return heads


def tiny_facts(rows=TRAINING, **encoder):
    counts = {"im_2026": {}, "im_2026_group": {}, "mood": {}}
    for _, topic, mood in rows:
        names = (TOPICS[topic], GROUPS[TREE.parents[topic]], MOODS[mood])
        for head, name in zip(counts, names, strict=True):
            counts[head][name] = counts[head].get(name, 0) + 1
    counts["im_2026"][TOPICS[RARE]] = 11
    return {
        "rubricator": RUBRICATOR.version,
        "rubricator_fingerprint": RUBRICATOR.fingerprint,
        "data": "0123456789abcdef",
        "seed": 7,
        "revision": "",
        "label_counts": counts,
        "tiny": encoder,
    }


def write_tiny(folder, *, heads=None, rows=TRAINING, facts=None, **encoder):
    """A bundle on disk; `encoder` are the arguments of its encoder."""
    heads = heads or tiny_heads(encoder.get("noise", NOISE))
    folder.mkdir(parents=True)
    given = tiny_facts(rows, **encoder)
    given["training_keys"] = seen_of([text for text, _, _ in rows]).save(folder)
    save_bundle(folder, heads, tiny_table(), tiny_windows(heads), given | (facts or {}))
    return folder


def tiny_windows(heads):
    texts = make_texts(300, 4)
    vectors = TinyEncoder().encode([text for text, _, _ in texts]) * SCALE
    lexical = np.zeros((len(texts), 2), dtype=np.float32)
    found = calibrated(heads, {name: h.logits(vectors, lexical) for name, h in heads.items()})
    truth = tiny_truth(texts)
    return {
        name: Window(
            rows.argmax(axis=1).astype(np.int64),
            np.array([heads[name].classes.index(label) for label in truth[name]], dtype=np.int64),
            rows.max(axis=1),
        )
        for name, rows in found.items()
    }


def tiny_truth(rows):
    return {
        "im_2026": [TOPICS[topic] for _, topic, _ in rows],
        "im_2026_group": [GROUPS[TREE.parents[topic]] for _, topic, _ in rows],
        "mood": [MOODS[mood] for _, _, mood in rows],
    }


def tiny_holdout(rows=TEST):
    truth = {head: [{label: 1.0} for label in labels] for head, labels in tiny_truth(rows).items()}
    channels = [("im", "pos")[place % 2] for place in range(len(rows))]
    return Holdout([text for text, _, _ in rows], channels, truth)


def open_tiny(folder, clock=None):
    bundle = load_bundle(folder)
    return Predictor(bundle, TinyEncoder(**bundle.facts["tiny"], clock=clock))


def tiny_reports(folder, rows=TEST[:200]):
    predictor = open_tiny(folder)
    found = predictor.probabilities([text for text, _, _ in rows])
    truth = tiny_truth(rows)
    return {
        head: evaluate_head(
            found[head],
            predictor.bundle.heads[head].classes,
            truth[head],
            slices={"im": np.arange(len(rows)) % 2 == 0},
            resamples=20,
        )
        for head in predictor.heads
    }
