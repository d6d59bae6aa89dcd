"""`otklik route` as its user meets it."""

import json

import pytest
from commands import run, run_json
from routing import ROUTES, write


def test_check_of_the_shipped_file(tmp_path):
    done = run("route", "check", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "errors 0, warnings 1" in done.stdout


def test_check_tells_every_error_and_fails(tmp_path):
    rows = ROUTES + '[[routes]]\ngroups = ["rods"]\nrecipients = ["nobody"]\n'
    path = write(tmp_path, rows)
    done = run("route", "check", path, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [one["kind"] for one in found["faults"] if one["severity"] == "error"] == [
        "unknown_group",
        "unknown_recipient",
    ]
    assert found["errors"] == 2
    assert run("route", "check", path).returncode == 1


def test_check_of_no_file_is_one_line(tmp_path):
    done = run("route", "check", tmp_path / "none.toml")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "none.toml" in done.stderr


def test_show(tmp_path):
    found = run_json(
        "route", "show", "--topic", "improvement.yard_snow",
        "--district", "Старопромысловский район", "--source", "im", "--importance", 5,
        "--received", "05.06.2026 21:40",
    )  # fmt: skip
    assert found["district"] == "Висаитовский"
    assert [one["code"] for one in found["recipients"]] == ["visaitovsky", "improvement"]
    (answer,) = found["deadlines"]
    assert answer["due"] == "2026-06-06T01:40+03:00"
    assert answer["basis"] == "уточнить у заказчика"


def test_show_an_appeal_of_a_group():
    found = run_json(
        "route", "show", "--topic", "Дороги", "--kind", "обращение",
        "--received", "2026-06-05T10:00", "--registered", "2026-06-08T10:00",
    )  # fmt: skip
    assert found["topic"] == "roads"
    due = {one["stage"]: one["due"] for one in found["deadlines"]}
    assert due == {
        "registration": "2026-06-08T18:00+03:00",
        "forward": "2026-06-15T18:00+03:00",
        "answer": "2026-07-08T18:00+03:00",
        "extension": "2026-08-07T18:00+03:00",
    }


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--topic", "roads.nothing"], "roads.nothing"),
        (["--topic", "roads", "--district", "Северный"], "Ахматовский"),
        (["--topic", "roads", "--source", "vk"], "im, pos"),
        (["--topic", "roads", "--received", "вчера"], "вчера"),
    ],
)
def test_show_of_what_is_not_there_is_one_line(options, word):
    done = run("route", "show", *options)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert word in done.stderr
