"""`otklik problems` as staff meet it."""

import csv
import json

import pyarrow.parquet as pq
import pytest
from commands import run, run_json
from openpyxl import load_workbook
from test_problem_run import save
from troubles import weekly

from otklik.datasets.problem_book import ProblemBook, ProblemState
from otklik.datasets.store import Store
from otklik.pipelines import problem_show
from otklik.pipelines.problem_export import write_problems


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """Settings of a store whose weeks were worked through, and what the run printed."""
    folder = tmp_path_factory.mktemp("problems")
    env = {"database_url": f"sqlite:///{folder / 'store.db'}", "var": folder}
    with Store(env["database_url"]) as store:
        save(store, [*weekly(range(5), "Садовая"), *weekly(range(3), "Луговая", per_week=4)])
    return env, run_json("problems", "run", "--until", "2025-03-24", **env)


def test_run_tells_weeks_and_changes(worked):
    _, printed = worked
    assert printed["weeks"] == 11
    assert (printed["from"], printed["to"]) == ("2025-W02", "2025-W12")
    assert (printed["born"], printed["closed"]) == (2, 2)
    env, _ = worked
    assert run_json("problems", "run", "--until", "2025-03-24", **env)["weeks"] == 0


def test_list_show_and_ledger_speak_russian(worked):
    env, _ = worked
    assert run_json("problems", "list", **env) == []
    (first, second) = run_json("problems", "list", "--status", "all", **env)
    assert (first["number"], len(first["message_ids"])) == (1, 15)
    assert second["street"] == "улица Луговая"
    shown = run("problems", "show", 1, **env).stdout
    assert "Проблема № 1. " in shown
    assert "состояние: закрыта" in shown
    assert "сообщений: 15, с 06.01.2025 по 04.02.2025" in shown
    assert "2025-W02: появилась. Новая проблема: разных авторов за 8 недель — 3." in shown
    assert [one["change"] for one in run_json("problems", "show", 1, **env)["ledger"]] == [
        "born", "grown", "grown", "grown", "grown", "closed",
    ]  # fmt: skip
    assert {one["number"] for one in run_json("problems", "ledger", **env)} == {1, 2}


def test_decisions_are_kept_with_role_and_reason(worked):
    env, _ = worked
    why = ("--reason", "проверено, тел. +7 912 345-67-89", "--role", "куратор")
    assert run_json("problems", "rename", 1, "Люк у школы", *why, **env)["name"] == "Люк у школы"
    assert run_json("problems", "reopen", 1, *why, **env) == {"reopened": 1}
    assert run_json("problems", "split", 1, 1, 2, "--name", "Часть", *why, **env)["new"] == 3
    assert run_json("problems", "close", 1, *why, **env) == {"closed": 1}
    assert run_json("problems", "merge", 2, 1, *why, **env) == {"merged": 2, "into": 1}
    entries = [one for one in run_json("problems", "ledger", **env) if one["role"]]
    assert [one["change"] for one in entries] == [
        "renamed", "reopened", "split", "closed", "merged",
    ]  # fmt: skip
    assert all(one["role"] == "куратор" for one in entries)
    assert not any("345-67-89" in one["reason"] for one in entries)


def test_unknown_number_is_one_line(worked):
    env, _ = worked
    done = run("problems", "show", 77, **env)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"otklik: There is no problem 77; numbers go up to {len(numbers(env))}."
    ]


def numbers(env):
    return run_json("problems", "list", "--status", "all", **env)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet", "jsonl"])
def test_export_holds_every_problem(worked, tmp_path, suffix):
    env, _ = worked
    path = tmp_path / f"problems.{suffix}"
    printed = run_json("problems", "export", path, **env)
    assert printed["written"] == len(read(path)) == len(numbers(env))
    assert [one["number"] for one in read(path)] == sorted(one["number"] for one in numbers(env))


def test_no_cell_begins_a_formula(tmp_path):
    book = ProblemBook()
    moment = weekly([0], "Садовая")[0].posted_at
    book.problems[1] = ProblemState(1, "=1+1", {"topic": "@тема"}, moment, moment, moment, {5, 3})
    for suffix in ("csv", "xlsx"):
        write_problems(book, tmp_path / f"a.{suffix}")
        (row,) = read(tmp_path / f"a.{suffix}")
        assert (row["name"], row["topic"]) == ("'=1+1", "'@тема")
        assert row["message_ids"] == "3 5"
    write_problems(book, tmp_path / "a.jsonl")
    assert read(tmp_path / "a.jsonl")[0]["message_ids"] == [3, 5]


def test_other_suffix_is_refused(worked, tmp_path):
    env, _ = worked
    done = run("problems", "export", tmp_path / "a.docx", **env)
    assert done.returncode == 1
    assert "expected a name that ends in .csv, .xlsx, .parquet, .jsonl" in done.stderr


def test_other_work_adds_sections(worked, monkeypatch):
    env, _ = worked
    section = ("passport", "Паспорт", ["Причина: износ"], {"cause": "износ"})
    monkeypatch.setattr(problem_show, "SECTIONS", [lambda _store, _problem: [section]])
    with Store(env["database_url"]) as store:
        problem = problem_show.ProblemState(
            1, "Люк", {}, *[weekly([0], "Садовая")[0].posted_at] * 3
        )
        shown, record = problem_show.show_record(store, problem, [])
    assert shown == [("Паспорт", ["Причина: износ"])]
    assert record["passport"] == {"cause": "износ"}


def read(path):
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{**row, "number": int(row["number"])} for row in csv.DictReader(file)]
    if path.suffix == ".xlsx":
        header, *rows = load_workbook(path).active.iter_rows(values_only=True)
        return [dict(zip(header, row, strict=True)) for row in rows]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_was_set_apart_stays_apart_where_the_other_goes_on(tmp_path):
    env = {"database_url": f"sqlite:///{tmp_path / 'store.db'}", "var": tmp_path}
    with Store(env["database_url"]) as store:
        save(store, [*weekly(range(5), "Садовая"), *weekly(range(3), "Луговая", per_week=4)])
    run_json("problems", "run", "--until", "2025-02-10", **env)
    why = ("--reason", "другая яма")
    parted = run_json("problems", "split", 1, 1, 2, *why, **env)["new"]
    run_json("problems", "merge", 1, 2, *why, **env)
    assert run("problems", "ledger", **env).returncode == 0, "the state follows from the ledger"
    run_json("problems", "run", "--until", "2025-03-24", **env)
    assert parted not in (1, 2)
