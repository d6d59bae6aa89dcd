"""`otklik data` as a person types it."""

import csv
import json
import sys

import pytest
from typer.testing import CliRunner

from otklik.datasets.errors import BadFile, MissingExtra
from otklik.pipelines.data_commands import app

PHONE = "+7 912 345-67-89"


@pytest.fixture
def labelled(tmp_path):
    path = tmp_path / "labelled.csv"
    rows = [("Яма у моста", "дороги"), ("яма у моста!", "вода"), (f"звоните {PHONE}", "вода")]
    rows += [(f"нет света на улице {'абвгдежзиклмно'[n] * 12}", "свет") for n in range(14)]
    rows += [(f"в доме лопнула труба {'абвгдежзиклмно'[n] * 12}", "вода") for n in range(13)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "topic", "posted_at"])
        writer.writerows(
            (text, topic, f"2026-01-{day + 1:02d}") for day, (text, topic) in enumerate(rows)
        )
    return path


def _run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_audit_as_json(labelled):
    found = json.loads(_run("audit", labelled, "--json"))
    assert (found["rows"], found["unreadable"]) == (30, 0)
    assert found["personal_data"] == {"texts": 1, "kinds": {"ТЕЛЕФОН": 1}}
    conflicts = found["labels"]["topic"]["exact_conflicts"]
    assert conflicts["pairs"] == [["вода", "дороги", 1]]
    assert conflicts["worst"] == [[2, 2, 2]]


def test_audit_for_people_shows_no_personal_data(labelled):
    printed = _run("audit", labelled)
    assert "repeated, other label" in printed
    assert "345" not in printed
    assert "Яма" not in printed


def test_audit_without_labels(labelled, tmp_path):
    plain = tmp_path / "plain.csv"
    plain.write_text("text\nяма у моста\n", encoding="utf-8")
    assert json.loads(_run("audit", plain, "--json"))["labels"] == {}


def test_audit_with_predictions(labelled, tmp_path):
    predictions = tmp_path / "p.csv"
    with labelled.open(encoding="utf-8") as file:
        topics = [row["topic"] for row in csv.DictReader(file)]
    topics[5] = "вода"
    lines = ["predicted,probability", *(f"{topic},0.9" for topic in topics)]
    predictions.write_text("\n".join(lines), encoding="utf-8")
    found = json.loads(_run("audit", labelled, "--predictions", predictions, "--json"))
    assert 7 in [row["line"] for row in found["suspects"]["rows"]]
    assert "suspicious labels" in _run("audit", labelled, "--predictions", predictions)


def test_predictions_without_cleanlab_name_the_extra(labelled, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    predictions = tmp_path / "p.csv"
    predictions.write_text("вода,свет\n" + "0.5,0.5\n" * 30, encoding="utf-8")
    with pytest.raises(MissingExtra, match=r"otklik\[train\]"):
        _run("audit", labelled, "--predictions", predictions)


def test_wrong_column_is_named(labelled):
    with pytest.raises(BadFile, match="no column 'body'; found"):
        _run("audit", labelled, "--text-column", "body")


def test_duplicates(labelled, tmp_path):
    facts = json.loads(_run("duplicates", labelled, "--out", tmp_path / "groups.csv", "--json"))
    assert facts["rows"] == 30
    assert facts["repeated"] >= 1
    with (tmp_path / "groups.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows[:2]] == ["2", "3"]
    assert rows[0]["group"] == rows[1]["group"] == "0"
    assert len({row["group"] for row in rows}) == facts["different"]


def test_split_by_group(labelled, tmp_path):
    facts = json.loads(_run("split", labelled, "--out", tmp_path / "a", "--json"))
    assert facts["train_rows"] + facts["test_rows"] == 30
    assert (facts["label_column"], facts["seed"], facts["dropped_rows"]) == ("topic", 0, 0)
    texts = {}
    for part in ("train", "test"):
        with (tmp_path / f"a/{part}.csv").open(encoding="utf-8") as file:
            texts[part] = [row["text"].lower().rstrip("!") for row in csv.DictReader(file)]
    assert not set(texts["train"]) & set(texts["test"])
    _run("split", labelled, "--out", tmp_path / "b")
    assert (tmp_path / "a/test.csv").read_bytes() == (tmp_path / "b/test.csv").read_bytes()


def test_split_by_time(labelled, tmp_path):
    facts = json.loads(_run("split", labelled, "--out", tmp_path, "--by", "time", "--json"))
    assert facts["time_column"] == "posted_at"
    with (tmp_path / "test.csv").open(encoding="utf-8") as file:
        assert min(row["posted_at"] for row in csv.DictReader(file)) >= "2026-01-24"
    assert json.loads((tmp_path / "split.json").read_text(encoding="utf-8")) == facts


@pytest.mark.parametrize("command", ["audit", "duplicates", "split"])
def test_every_command_has_an_example(command):
    assert "Example: otklik data" in _run(command, "--help")
