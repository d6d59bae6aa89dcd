"""`make run` tells at once what would stop it, and goes on from where it was broken off."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from calling import until

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "demo" / "run.py"
OTKLIK = f"""#!{sys.executable}
import http.server, os, sys, time
with open(os.environ["TOLD"], "a") as told:
    print(*sys.argv[1:], file=told)
if sys.argv[1] == os.environ.get("FAILS"):
    sys.exit("otklik: the disk is full")
if sys.argv[1] == os.environ.get("HANGS"):
    time.sleep(60)
if sys.argv[1] == "serve":
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[3])), Ready).serve_forever()
"""


def load_script():
    spec = importlib.util.spec_from_file_location("demo_run", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def make_run(tmp_path, free_port):
    """Starts the script of `make run` with an `otklik` that only tells what it was asked for."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "python").symlink_to(sys.executable)
    (tools / "otklik").write_text(OTKLIK, encoding="utf-8")
    (tools / "otklik").chmod(0o755)
    (tmp_path / "ready").touch()
    started = []

    def start(port=free_port, var="var", **env):
        command = [tools / "python", SCRIPT, "--port", str(port), "--var", str(var), "--venv", "."]
        env = {**os.environ, "TOLD": str(tmp_path / "told"), "PYTHONUNBUFFERED": "1", **env}
        begun = subprocess.Popen(
            command, env=env, cwd=tmp_path, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=mind_interrupts,
        )  # fmt: skip
        started.append(begun)
        return begun

    yield start
    for one in started:
        if one.poll() is None:
            os.killpg(one.pid, signal.SIGKILL)
        one.wait()
        one.stdout.close()


def mind_interrupts():
    """A shell's background processes are started deaf to Ctrl-C, and the tests may be one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def told(tmp_path):
    path = tmp_path / "told"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def wait_for(line, tmp_path):
    until(lambda: any(one.startswith(line) for one in told(tmp_path)))


def test_it_does_all_and_says_where_the_page_is(make_run, tmp_path, free_port):
    begun = make_run()
    shown = ""
    while f"Open http://127.0.0.1:{free_port}" not in shown:
        line = begun.stdout.readline()
        assert line, shown
        shown += line
    os.killpg(begun.pid, signal.SIGINT)
    begun.communicate()
    assert begun.returncode == 130
    assert [line.split()[0] for line in told(tmp_path)] == [
        "model", "model", "synthetic", "weekly", "serve",
    ]  # fmt: skip
    assert "[1/5] otklik model base" in shown
    assert told(tmp_path)[3].endswith("--week 2025-W49..2025-W52")


def test_it_stops_where_a_command_fails_and_says_how_to_go_on(make_run, tmp_path):
    output, _ = make_run(FAILS="synthetic").communicate()
    assert "the disk is full" in output
    assert "Stopped at: otklik synthetic make" in output
    assert "goes on from here" in output
    assert told(tmp_path)[-1].startswith("synthetic")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_no_traceback(number, make_run, tmp_path):
    begun = make_run(HANGS="weekly")
    wait_for("weekly", tmp_path)
    os.kill(begun.pid, number)
    output, _ = begun.communicate()
    assert begun.returncode == 130
    assert "Interrupted" in output.splitlines()[-1]


def test_two_do_not_work_in_one_folder(make_run, tmp_path):
    first = make_run(HANGS="weekly")
    wait_for("weekly", tmp_path)
    assert "Another `make run` works in var" in make_run().communicate()[0]
    first.kill()  # its command goes on, and so does the lock
    first.wait()
    assert "Another `make run` works in var" in make_run().communicate()[0]
    os.killpg(first.pid, signal.SIGKILL)
    begun = make_run(FAILS="serve")
    assert "Another" not in begun.communicate()[0]


def test_a_taken_port_is_told_before_anything_is_done(make_run, tmp_path, free_port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port))
        taken.listen()
        output, _ = make_run().communicate()
    assert f"Port {free_port} cannot be used" in output
    assert f"make run PORT={free_port + 1}" in output
    assert told(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_told(make_run, tmp_path):
    (tmp_path / "file").touch()
    output, _ = make_run(var="file/var").communicate()
    assert "The data folder file/var cannot be written to" in output
    assert "make run VAR=" in output


def test_a_small_disk_is_told(tmp_path, free_port, monkeypatch):
    script = load_script()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(9, 9, script.GIB // 2))
    with pytest.raises(script.Refused, match=r"0\.5 GiB left, and about 1 GiB are needed"):
        script.look(free_port, tmp_path / "var", tmp_path)


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
@pytest.mark.parametrize("python", ["python9.9", "false"])
def test_another_python_is_told(python, tmp_path):
    done = subprocess.run(
        ["make", "run", f"PYTHON={python}", f"VENV={tmp_path}/venv", f"VAR={tmp_path}/var"],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode != 0
    assert f'Otklik needs Python 3.11, and "{python}" is none' in done.stderr
    assert not (tmp_path / "venv").exists()
