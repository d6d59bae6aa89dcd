"""Prediction sets over HTTP: those of the bundle's own rule, else the fewest labels of a mass."""

import numpy as np
import pytest
from calling import quick, running, use_var
from registering import (
    GROUPS,
    TOPICS,
    TREE,
    WORDS,
    make_texts,
    open_tiny,
    tiny_facts,
    tiny_heads,
    tiny_table,
    tiny_windows,
    write_tiny,
)

from otklik.models.bundle import save_bundle
from otklik.models.prediction_set import SetRule, fit_set_rule

TEXTS = [f"{word} плохо {n}" for n, word in enumerate(WORDS * 5)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A bundle without a rule."""
    return write_tiny(tmp_path_factory.mktemp("plain") / "models" / "default").parents[1]


@pytest.fixture(scope="module")
def fitted(plain):
    rows = make_texts(600, 5)
    found = open_tiny(plain / "models" / "default").probabilities([text for text, _, _ in rows])
    labels = np.array([topic for _, topic, _ in rows])
    return fit_set_rule(found["im_2026"], labels, TREE, alpha=0.2)


def with_rule(folder, rule):
    target = folder / "models" / "default"
    heads = tiny_heads()
    save_bundle(target, heads, tiny_table(), tiny_windows(heads), tiny_facts(), {"im_2026": rule})
    return folder


def classify(folder, monkeypatch):
    use_var(monkeypatch, folder)
    body = {"messages": [{"text": text} for text in TEXTS]}
    with running(quick()) as client:
        done = client.post("/v1/classify", json=body, params={"top": 10})
        assert done.status_code == 200, done.text
        stored = client.post(
            "/v1/messages",
            json={"source": "im", "id": "1", "kind": "сообщение", "text": TEXTS[0]},
        ).json()
        kept = stored["message"]["prediction"]["prediction_set"]
        assert kept == codes(stored["answer"]["prediction_set"])
        return [one["prediction_set"] for one in done.json()["answers"]]


def codes(found):
    return [one["code"] for one in found["labels"]]


def test_sets_are_those_of_the_bundle(tmp_path, monkeypatch, fitted):
    folder = with_rule(tmp_path, fitted)
    found = classify(folder, monkeypatch)
    rows = open_tiny(folder / "models" / "default").probabilities(TEXTS)["im_2026"]
    expected = fitted.predict(rows)
    assert {len(one.topics) for one in expected} > {1}
    for shown, one in zip(found, expected, strict=True):
        assert shown["coverage"] == pytest.approx(0.8)
        assert shown["head"] == ("im_2026" if one.topics else "im_2026_group")
        names = [TOPICS[t] for t in one.topics] or [GROUPS[g] for g in one.groups]
        assert sorted(codes(shown)) == sorted(names)
        shares = [one["probability"] for one in shown["labels"]]
        assert shares == sorted(shares, reverse=True)
        assert shown["probability"] == pytest.approx(min(1, sum(shares)) or 1, abs=1e-4)


def test_where_it_could_be_any_no_label_is_named(tmp_path, monkeypatch):
    never = np.full(len(TOPICS), np.inf)
    own = np.zeros(len(TOPICS), dtype=bool)
    found = classify(with_rule(tmp_path, SetRule(0.1, never, own, TREE, max_groups=2)), monkeypatch)
    assert all(codes(one) == [] for one in found)
    assert {one["probability"] for one in found} == {1.0}


def test_without_a_rule_the_labels_reach_a_mass(plain, monkeypatch):
    for one in classify(plain, monkeypatch):
        assert one["coverage"] is None
        shares = [label["probability"] for label in one["labels"]]
        assert sum(shares) >= 0.9 - 1e-4
        assert sum(shares[:-1]) < 0.9
