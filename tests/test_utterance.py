"""What kind of utterance a text is: tables of own lines, and the reasons."""

import pytest

from otklik.datasets.errors import BadCues
from otklik.models.utterance import Kind, default_reader, load_cues, read_kinds
from otklik.training.suite_lines import load_kinds

LINES = load_kinds()


@pytest.mark.parametrize("line", [line for line in LINES if line.part == "dev"], ids=str)
def test_lines_for_tuning(line):
    assert default_reader().read(line.text).kind is line.kind


def test_lines_held_out():
    """An upper bound: one author wrote both lines and rules, so real messages come out lower."""
    held = [line for line in LINES if line.part == "held"]
    kinds = read_kinds([line.text for line in held])
    right = [line.kind is told.kind for line, told in zip(held, kinds, strict=True)]
    assert sum(right) >= 0.9 * len(held)


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("Большое СПАСИБО дворнику", Kind.THANKS, "СПАСИБО"),
        ("Предлагаю посадить клёны", Kind.PROPOSAL, "Предлагаю"),
        ("Положите асфальт у дома", Kind.COMPLAINT, "Положите"),
        ("Подскажите, где взять справку", Kind.QUESTION, "Подскажите"),
        ("Продам гараж", Kind.ASIDE, "Продам"),
    ],
)
def test_reasons_are_words_of_the_text(text, kind, reason):
    told = default_reader().read(text)
    assert told.kind is kind
    assert reason in told.reasons


@pytest.mark.parametrize("text", ["", "   ", "👍", "+++", "a" * 10_000, "да " * 5_000])
def test_shares_are_a_ranking_whatever_the_text(text):
    scores = default_reader().read(text).scores
    assert {kind for kind, _ in scores} == set(Kind)
    assert sum(share for _, share in scores) == pytest.approx(1)
    assert [share for _, share in scores] == sorted((s for _, s in scores), reverse=True)


def test_thanks_with_a_trouble_behind_is_a_complaint():
    read = default_reader().read
    assert read("Спасибо за починенный фонарь").kind is Kind.THANKS
    assert read("Спасибо за фонарь, но он опять не горит").kind is Kind.COMPLAINT
    assert read("Когда дадут воду на Садовой? Заранее спасибо.").kind is Kind.QUESTION


def test_an_unknown_kind_is_told(tmp_path):
    path = tmp_path / "utterance.toml"
    path.write_text(
        '[[cue]]\nkind = "praise"\ntitle = "а"\nweight = 1.0\nphrases = ["ура"]', encoding="utf-8"
    )
    with pytest.raises(BadCues, match=r"utterance\.toml, cue\.0\.kind.*'praise' is no kind"):
        load_cues(path)
