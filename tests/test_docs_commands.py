"""Every command of the documents does what it says, over a made-up city in a folder of its own."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack

import pytest
from commands import OTKLIK
from documented_world import annotate, make_world, otklik, served, working_in
from documents import GENERATED, PAGES, ROOT, blocks, check_arguments, shell_lines, words_of

ADDRESS = "http://127.0.0.1:8080"
KEY = "3f9c01ab"
NOT_RUN = {
    r"make (?!bench)\w+": "sets up an environment or is this very suite",
    r"make bench": "takes minutes; figures, not behaviour",
    r"python3\.11 -m venv|\.venv/bin/pip": "test_layout installs the wheel by itself",
    r"(sudo )?(apt-get|systemctl) ": "changes the machine",
    r"\. \.venv/bin/activate|export ": "the tests have an environment and a folder of their own",
    r"otklik model (base|build)": "fetches 70 MB; test_models_base, test_default_bundle",
    r"otklik train": "trains for minutes; the world of the tests is trained by it once",
    r"otklik serve": "runs until it is stopped; its app answers the requests of the page",
    r"otklik schedule": "waits for its time, or for messages of last week; test_schedule",
    r"(createdb|pg_dump|pg_restore) ": "needs a server; test_backup runs these lines on one",
    r"curl .*https://": "asks a host that does not exist",
}
BETWEEN = {"otklik label import project-1.json": lambda: annotate("tasks.json", "project-1.json")}
ADDED = {"otklik promote": ("--force-reason", "the gates ask for a hold-out of 200 texts")}
DOCUMENTED = [
    page
    for page in PAGES
    if page != GENERATED and any(language == "sh" for language, _, _ in blocks(page))
]


def lines(page):
    return [line for kind, _, text in blocks(page) if kind == "sh" for line in shell_lines(text)]


def why_not_run(line):
    return next((why for form, why in NOT_RUN.items() if re.match(form, line)), None)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documented") / "world"
    folder.mkdir()
    make_world(folder)
    return folder


@pytest.fixture
def shell(tmp_path):
    """Runs a line in bash, with an `otklik` to find and a curl that minds refusals."""
    tools = tmp_path / "tools"
    tools.mkdir()
    curl = [shutil.which("curl") or "curl", "--fail-with-body", "--silent", "--show-error"]
    for name, command in {"otklik": OTKLIK, "python": [sys.executable], "curl": curl}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        (tools / name).chmod(0o755)

    def run(line):
        command = f"PATH={tools}:$PATH; set -o pipefail; {line}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    return run


def sample_problems():
    """Numbers of this city for those that the pages name: two problems, two messages of one."""
    first, second, *_ = json.loads(otklik("problems", "list", "--json"))
    found = first["number"], second["number"], *sorted(first["message_ids"])[:2]
    return dict(zip(("12", "7", "501", "507"), map(str, found), strict=True))


@pytest.mark.slow
@pytest.mark.xdist_group("documents")
@pytest.mark.parametrize("page", DOCUMENTED)
def test_commands_run(page, world, tmp_path, shell):
    folder = shutil.copytree(world, tmp_path / "world")
    with working_in(folder), ExitStack() as opened:
        for _, name, content in blocks(page):
            if name:
                (folder / name).write_text(content, encoding="utf-8")
        address, samples = None, {}
        for line in lines(page):
            if why_not_run(line):
                continue
            BETWEEN.get(line, lambda: None)()
            if KEY in line:
                line = line.replace(KEY, json.loads(otklik("key", "list", "--json"))[0]["id"])
            if ADDRESS in line:
                address = address or opened.enter_context(served())
                line = line.replace(ADDRESS, address)
            words = words_of(line)
            if words and words[:2] == ["otklik", "problems"]:
                samples = samples or sample_problems()
                words = [samples.get(word, word) for word in words]
            if words and words[0] == "otklik":
                otklik(*words[1:], *ADDED.get(" ".join(words), ()))
            else:
                shell(line)


@pytest.mark.parametrize("page", DOCUMENTED)
def test_what_is_not_run_is_read(page):
    for line in lines(page):
        if why_not_run(line) is None:
            continue
        subprocess.run(["bash", "-n", "-c", line], check=True)
        if line.startswith("otklik "):
            check_arguments(words_of(line))
        if line.startswith("make "):
            asked = shlex.split(line, comments=True)
            dry = subprocess.run([*asked, "--dry-run"], cwd=ROOT, capture_output=True, text=True)
            assert dry.returncode == 0, dry.stderr


def test_no_reason_is_kept_for_nothing():
    shown = [line for page in DOCUMENTED for line in lines(page)]
    for form in NOT_RUN:
        assert any(re.match(form, line) for line in shown), form
    for line in (*BETWEEN, *ADDED):
        assert any(one.startswith(line) for one in shown), line


def test_guides_for_people_without_a_terminal_show_none():
    assert "docs/guide-sector-heads.md" not in DOCUMENTED
