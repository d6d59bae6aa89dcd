"""The command line in bad surroundings: one line on standard error, exit codes 0, 1, 2 and 130."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from commands import OTKLIK, run, run_json
from exports import im_rows, write_csv

from otklik.datasets import settings as settings_module
from otklik.datasets.errors import BadSettings, OtklikError, WorkerLost
from otklik.datasets.settings import Settings, load_settings
from otklik.datasets.store import open_store
from otklik.pipelines import cli, workers
from otklik.pipelines.ingest import ingest
from otklik.pipelines.terminal import Interrupted, interruptible, uninterrupted

LINE = "Звоните 8 928 000-11-22\n"


def shell(command, *, tmp_path, **env):
    """Run a line of bash in which `otklik` is the command."""
    return subprocess.run(
        ["bash", "-c", f'otklik() {{ {" ".join(OTKLIK)} "$@"; }}; {command}'],
        env={**os.environ, "OTKLIK_VAR": str(tmp_path / "var"), **env},
        cwd=tmp_path,
        capture_output=True,
    )


def told(done):
    """The one line that an error is told in."""
    text = done.stderr.decode() if isinstance(done.stderr, bytes) else done.stderr
    assert done.returncode == 1, text
    assert text.startswith("otklik: ")
    assert text.count("\n") == 1
    return text


ASCII = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_utf8_is_spoken_whatever_the_locale_says(tmp_path):
    done = shell(f"printf '{LINE}' | otklik mask --no-ner", tmp_path=tmp_path, **ASCII)
    assert done.stdout.decode() == "Звоните [ТЕЛЕФОН]\n"
    done = shell("otklik rubricator show --json", tmp_path=tmp_path, **ASCII)
    assert "Инцидент" in json.loads(done.stdout)[0]["title"]


def test_bytes_that_are_not_utf8_never_pass_unmasked(tmp_path):
    (tmp_path / "old.txt").write_bytes(LINE.encode("cp1251"))
    for command in ("otklik mask --no-ner < old.txt", "otklik mask --no-ner old.txt"):
        done = shell(command, tmp_path=tmp_path, LC_ALL="C")
        assert "not UTF-8: byte 0xc7. Convert it" in told(done)
        assert done.stdout == b""


@pytest.mark.parametrize("command", ["status", "status --json", "mask --no-ner", "--help"])
def test_full_disk_behind_the_output(tmp_path, command):
    done = shell(f"printf '{LINE}' | otklik {command} > /dev/full", tmp_path=tmp_path)
    assert "No space left" in told(done)


def test_closed_streams(tmp_path):
    assert shell("otklik status --json >&-", tmp_path=tmp_path).returncode == 0
    assert shell("otklik mask --no-ner <&-", tmp_path=tmp_path).stdout == b""
    assert shell("otklik status --nonsense 2>&-", tmp_path=tmp_path).returncode == 2


def test_a_reader_that_has_seen_enough(tmp_path):
    done = shell(f"yes '{LINE}' | head -20000 | otklik mask --no-ner | head -1", tmp_path=tmp_path)
    assert (done.stdout.decode(), done.stderr) == ("Звоните [ТЕЛЕФОН]\n", b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("count", [1, 2])
def test_interrupted_import_says_so_and_can_be_completed(tmp_path, number, count):
    """The signal goes to the workers too, as Ctrl-C on a terminal does."""
    path = write_csv(tmp_path / "e.csv", im_rows(1500))
    settings = Settings(var=tmp_path / "var", workers=1)
    env = {"OTKLIK_VAR": str(settings.var), "OTKLIK_BATCH_ROWS": "50", "OTKLIK_WORKERS": str(count)}
    running = subprocess.Popen(
        [*OTKLIK, "import", str(path), "--as", "im", "--no-ner", "--json"],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with open_store(settings) as store:
        while store.count() < 50 and running.poll() is None:
            time.sleep(0.02)
    os.killpg(running.pid, number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, ""), err
    assert err == "otklik: interrupted; what was stored stays stored, run again to go on\n"
    summary = ingest(path, "im", settings, ner=False)
    assert summary.stored + summary.unchanged == 1500
    assert summary.unchanged >= 50


def test_an_interruption_while_an_object_dies_is_not_lost():
    class Thing:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    def work():
        Thing()
        reached.append("after the signal")
        time.sleep(60)

    reached = []
    with pytest.raises(Interrupted), interruptible():
        work()
    assert reached


def test_a_signal_that_another_thread_takes_waits_until_workers_are_started():
    def press():
        time.sleep(0.1)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    done = []
    other = threading.Thread(target=press)
    other.start()

    def start_workers():
        with uninterrupted():
            other.join()
            time.sleep(0.1)
            done.append("started")
        done.append("went on")

    with pytest.raises(Interrupted), interruptible():
        start_workers()
    assert done == ["started"]


def test_two_imports_at_once_store_every_row_once(tmp_path):
    path = write_csv(tmp_path / "e.csv", im_rows(300))
    command = f"otklik import {path} --as im --no-ner --json"
    done = shell(f"{command} > a & {command} > b; wait", tmp_path=tmp_path)
    assert done.stderr == b""
    both = [json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in "ab"]
    assert sum(counts["stored"] for counts in both) == 300
    assert sum(counts["unchanged"] for counts in both) == 300


def _die(_messages):
    os._exit(9)


def test_a_lost_worker_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_prepare", _die)
    settings = Settings(var=tmp_path / "var", batch_rows=20, workers=2)
    path = write_csv(tmp_path / "e.csv", im_rows(100))
    with pytest.raises(WorkerLost, match="OTKLIK_WORKERS=1"):
        ingest(path, "im", settings, ner=False)
    with open_store(settings) as store:
        assert store.count() == 20


def test_a_bug_is_one_line_without_its_message(monkeypatch, capsys):
    def broken():
        raise KeyError("+7 928 000-11-22")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    line = capsys.readouterr().err
    assert ended.value.code == 1
    assert "KeyError at " in line
    assert line.count("\n") == 1
    assert "928" not in line


def test_folders_and_pipes_are_not_files(tmp_path):
    assert "a folder" in told(run("import", tmp_path, "--as", "im", var=tmp_path / "var"))
    assert "Is a directory" in told(run("mask", tmp_path))
    assert "No such file" in told(run("mask", tmp_path / "none.txt"))


def test_nothing_but_the_result_is_on_the_output(tmp_path):
    path = write_csv(tmp_path / "e.csv", im_rows(3))
    var = tmp_path / "var"
    done = run("import", path, "--as", "im", "--no-ner", "--dry-run", "--json", var=var)
    assert json.loads(done.stdout)["stored"] == 3
    assert done.stderr == "", "a progress bar is for terminals"
    assert run_json("import", path, "--as", "im", "--no-ner", var=var)["stored"] == 3
    assert run_json("status", var=var)["messages"] == {"im": 3}
    out = tmp_path / "out.jsonl"
    assert run_json("export", "--out", out, var=var)["written"] == 3


def test_a_rubricator_that_is_not_utf8(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("group_code,group,code,topic\n1,Дороги,1.1,Ямы\n", encoding="cp1251")
    assert "own.csv is not a CSV in UTF-8" in told(run("rubricator", "show", path))


@pytest.fixture
def fresh_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings_module.load_settings.cache_clear()
    yield
    settings_module.load_settings.cache_clear()


@pytest.mark.usefixtures("fresh_settings")
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("OTKLIK_VARR", "x", "No setting OTKLIK_VARR; OTKLIK_VAR is meant"),
        ("OTKLIK_DATABSE_URL", "x", "OTKLIK_DATABASE_URL is meant"),
        ("OTKLIK_BATCH_ROWS", "много", r"OTKLIK_BATCH_ROWS: .*'много'"),
        ("OTKLIK_WORKERS", "-1", r"OTKLIK_WORKERS: .*'-1'"),
        ("OTKLIK_DATABASE_URL", "sqlite://", "in memory, which keeps nothing"),
        ("OTKLIK_KEEP_ORIGINALS", "1", "OTKLIK_ORIGINALS_KEY is not set"),
        ("OTKLIK_CONFIG", "none.toml", "'none.toml', which is not a file"),
    ],
)
def test_bad_settings_are_named(monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=message):
        load_settings()


@pytest.mark.usefixtures("fresh_settings")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"batch_rows = ", "not valid TOML"),
        (b"city = '\xff'", "not valid TOML in UTF-8"),
        (b"batch_row = 5", "No setting OTKLIK_BATCH_ROW; there are var, database_url"),
    ],
)
def test_bad_config_is_named(content, message):
    Path("otklik.toml").write_bytes(content)
    with pytest.raises(BadSettings, match=message):
        load_settings()


@pytest.mark.usefixtures("fresh_settings")
def test_secrets_are_never_repeated(monkeypatch):
    monkeypatch.setenv("OTKLIK_AUTHOR_SALT", "s3cr3t-salt-of-the-owner")
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "postgresql://u:s3cr3t@localhost/db")
    monkeypatch.setenv("OTKLIK_KEEP_ORIGINALS", "1")
    for content in ("", "batch_rows = 0", "[more]\noriginals_key = 's3cr3t'"):
        Path("otklik.toml").write_text(content, encoding="utf-8")
        with pytest.raises(OtklikError) as caught:
            load_settings()
        assert "s3cr3t" not in str(caught.value)


@pytest.mark.usefixtures("fresh_settings")
def test_an_empty_variable_is_unset(monkeypatch):
    for name in ("OTKLIK_VAR", "OTKLIK_BATCH_ROWS", "OTKLIK_DATABASE_URL"):
        monkeypatch.setenv(name, "")
    assert load_settings().database_url == "sqlite:///var/otklik.db"


@pytest.mark.usefixtures("fresh_settings")
def test_split_with_a_wrong_zone_or_seed(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,posted_at\nЯма,2026-01-01\nСвет,2026-01-02\n", encoding="utf-8")
    split = ("data", "split", path, "--out", tmp_path / "out")
    assert "No time zone 'Mars/Base'" in told(run(*split, "--by", "time", timezone="Mars/Base"))
    assert run(*split, "--seed", "-1").returncode == 2
