"""`otklik city`: a file that `otklik import` takes, marked as made up."""

import json

from commands import run, run_json


def test_a_city_is_made_and_imported(tmp_path):
    csv, truth = tmp_path / "city.csv", tmp_path / "truth.json"
    facts = run_json("city", 7, "--messages", 200, "--out", csv, "--truth", truth)
    assert facts["messages"] == 200
    assert facts["causes"] == 3
    planted = json.loads(truth.read_text(encoding="utf-8"))
    assert planted["synthetic"] is True
    counts = run_json("import", csv, "--as", "im", "--no-ner", var=tmp_path / "var", workers=1)
    assert (counts["read"], counts["stored"], counts["rejected"]) == (200, 200, 0)


def test_a_null_city_says_so(tmp_path):
    truth = tmp_path / "truth.json"
    facts = run_json(
        "city", 7, "--messages", 200, "--null", "--out", tmp_path / "city.csv", "--truth", truth
    )
    assert [facts[name] for name in ("causes", "rises", "incidents", "problems")] == [0] * 4
    assert json.loads(truth.read_text(encoding="utf-8"))["null"] is True


def test_a_small_city_is_an_error_of_one_line(tmp_path):
    done = run("city", 7, "--messages", 10, "--out", tmp_path / "city.csv")
    assert done.returncode == 1
    assert "too small" in done.stderr
    assert not (tmp_path / "city.csv").exists()
