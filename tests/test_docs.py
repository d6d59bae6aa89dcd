"""Documents that cannot rot: outputs match, examples load, names are true, links lead somewhere."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import pytest
import typer.main
from commands import OTKLIK
from documents import PAGES, ROOT, blocks, pattern, read, steps

from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.mapping import (
    AnswerColumns,
    Columns,
    KindBy,
    LabelColumns,
    Mapping,
    PlaceColumns,
    StatusColumns,
    load_mapping,
    mapping_names,
)
from otklik.datasets.mask_kinds import KINDS
from otklik.datasets.rubricator_toml import load_toml_rubricator
from otklik.datasets.schema import METADATA
from otklik.datasets.settings import Settings
from otklik.pipelines.cli import app
from otklik.serving.app import ROUTERS
from otklik.serving.guard import OPEN
from otklik.serving.problems import CASES
from otklik.serving.settings import PREFIX, ServeSettings

RUNNING = ("README.md", "docs/data.md", "docs/operations.md")
NOT_RUN = ("git", "pip", "sudo")
HOUSES = ("datasets", "models", "training", "serving", "pipelines")
FOLDERS = (*HOUSES, "config", "tests", "docs", "benchmarks", "demo", "notebooks")
TESTING = {"OTKLIK_REQUIRE_POSTGRES", "OTKLIK_REQUIRE_CHROMIUM"}
MAPPING_PARTS = {
    "": Mapping,
    "columns.": Columns,
    "place.": PlaceColumns,
    "kind_by.": KindBy,
    "labels.": LabelColumns,
    "answers.": AnswerColumns,
    "statuses.": StatusColumns,
}

_LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"!\[[^\]\n]+\]\(([^)\s]+)\)")
_ANCHOR_NOISE = re.compile(r"[^\w\- ]")
_ROUTE = re.compile(r"^\| (`(?:GET|POST|DELETE|PUT|PATCH) /.*?) \| (\w+) \|", re.MULTILINE)
_PATH = re.compile(r"`(?:([A-Z]+) )?(/[^`?]*)[^`]*`")
_SETTING = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


def commands(group, prefix="otklik"):
    for name, command in getattr(group, "commands", {}).items():
        yield f"{prefix} {name}"
        yield from commands(command, f"{prefix} {name}")


def new_file(command, folder):
    """«$ cat posts.txt» of a file that is not there yet shows the reader what to write into it."""
    words = shlex.split(command)
    if words[0] != "cat" or len(words) != 2 or "*" in words[1] or (folder / words[1]).exists():
        return None
    return folder / words[1]


@pytest.fixture
def scratch(tmp_path):
    """A folder with the demonstration, and a shell that knows `otklik` and `python`."""
    shutil.copytree(ROOT / "demo", tmp_path / "demo")
    tools = tmp_path / ".tools"
    tools.mkdir()
    for name, command in {"otklik": OTKLIK, "python": [sys.executable]}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        (tools / name).chmod(0o755)
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("OTKLIK_", "FORCE_"))}
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"

    def shell(command):
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=tmp_path,
            env={**mine, "PATH": path, "OTKLIK_VAR": "var", "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    shell.folder = tmp_path
    return shell


@pytest.mark.slow
@pytest.mark.parametrize("page", RUNNING)
def test_commands_do_what_the_page_shows(page, scratch):
    for language, name, content in blocks(page):
        if name:
            (scratch.folder / name).write_text(content, encoding="utf-8")
        for command, shown in steps(content) if language == "console" else ():
            if command.startswith("make "):
                assert re.search(rf"^{command.split()[1]}:", read("Makefile"), re.MULTILINE)
                continue
            if command.startswith(NOT_RUN):
                continue
            if (new := new_file(command, scratch.folder)) is not None:
                new.write_text("\n".join(shown) + "\n", encoding="utf-8")
            done = scratch(command)
            assert done.returncode == 0, f"{page}: $ {command}\n{done.stdout}"
            if shown:
                assert pattern(shown).fullmatch(done.stdout), f"{page}: $ {command}\n{done.stdout}"


def test_pattern_of_outputs():
    assert pattern(["a", "…", "z"]).fullmatch("a\nb\nc\nz\n")
    assert pattern(["read … rows"]).fullmatch("read 25 rows\n")
    assert not pattern(["a", "z"]).fullmatch("a\nb\nz\n")
    assert not pattern(["stored 24"]).fullmatch("stored 23\n")


@pytest.mark.parametrize("page", RUNNING)
def test_toml_examples_load(page, tmp_path):
    for _, name, content in blocks(page):
        if name:
            (tmp_path / name).write_text(content, encoding="utf-8")
    for number, content in enumerate(text for kind, _, text in blocks(page) if kind == "toml"):
        keys = tomllib.loads(content)
        if "columns" in keys:
            path = tmp_path / f"mapping{number}.toml"
            path.write_text(content, encoding="utf-8")
            load_mapping(path)
        elif "city" in keys and "name" in keys:
            path = tmp_path / f"gazetteer{number}.toml"
            path.write_text(content, encoding="utf-8")
            load_gazetteer(path)
        elif "topic" in keys:
            folder = tmp_path / f"rubricator{number}"
            folder.mkdir()
            (folder / f"{keys['code']}.toml").write_text(content, encoding="utf-8")
            index = f'version = "x"\ntitle = "x"\ngroups = ["{keys["code"]}"]\n'
            (folder / "rubricator.toml").write_text(index, encoding="utf-8")
            load_toml_rubricator(folder)
        else:
            Settings(**keys)


def test_every_setting_is_documented():
    page = read("docs/operations.md")
    for name in ("config", *Settings.model_fields):
        assert f"| `OTKLIK_{name.upper()}` |" in page


def test_no_setting_is_invented():
    known = {f"OTKLIK_{name.upper()}" for name in ("config", *Settings.model_fields)}
    known |= {f"{PREFIX}{name.upper()}" for name in ServeSettings.model_fields}
    for page in PAGES:
        if not page.startswith("docs/decisions"):
            named = set(re.findall(r"\bOTKLIK_[A-Z_]+[A-Z]\b(?!_)", read(page)))
            assert named <= known | TESTING, page


def test_every_setting_of_the_service_is_documented():
    named = re.findall(r"`(\w+)`", " ".join(_SETTING.findall(read("docs/http-api.md"))))
    assert set(ServeSettings.model_fields) <= set(named)


def test_every_route_is_documented_with_its_scope_and_no_other():
    """The table of the page and the routes of the app are the same list."""
    told = set()
    for shown, scope in _ROUTE.findall(read("docs/http-api.md")):
        method = ""
        for named, path in _PATH.findall(shown):
            method = named or method
            told.add((method, re.sub(r"{\w+}", "{}", path), scope))
    there = {
        (method, re.sub(r"{\w+}", "{}", route.path), scope_of(route))
        for router in ROUTERS
        for route in router.routes
        for method in route.methods
        if route.include_in_schema or route.path == "/openapi.json"
    }
    assert told == there


def test_every_refusal_is_documented():
    page = read("docs/http-api.md")
    for code in CASES:
        assert f"`{code}`" in page


def scope_of(route):
    scope = route.openapi_extra["x-scope"]
    return "none" if scope == OPEN else str(scope)


@pytest.mark.parametrize("command", list(commands(typer.main.get_command(app))))
def test_every_command_is_documented(command):
    assert re.search(rf"^#+ `{command}`$", read("docs/cli.md"), re.MULTILINE), "run `make docs`"


def test_every_mapping_key_and_preset_is_explained():
    page = read("docs/data.md")
    for prefix, part in MAPPING_PARTS.items():
        for key in part.model_fields:
            if f"{key}." not in MAPPING_PARTS:
                assert f"`{prefix}{key}`" in page
    for preset in mapping_names():
        assert f"| `{preset}` |" in page


def test_every_placeholder_and_table_is_explained():
    page = read("docs/data.md")
    for kind in KINDS:
        assert f"`[{kind}]`" in page
    for table in METADATA.tables:
        assert f"`{table}`" in page


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_somewhere(page):
    for target in _LINK.findall(read(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (ROOT / page).parent / path if path else ROOT / page
        assert linked.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_pictures_are_there(page):
    for target in _PICTURE.findall(read(page)):
        assert ((ROOT / page).parent / target).is_file(), f"{page}: {target}"


def anchors(text):
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {_ANCHOR_NOISE.sub("", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_backticked_paths_exist(page):
    """A file or folder of the repository that a page names is there."""
    for path in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)`", read(page)):
        assert (ROOT / path).exists() or path.startswith("datasets/__init__"), f"{page}: {path}"


def test_the_architecture_names_every_folder_and_no_module_that_is_not_there():
    page = read("docs/architecture.md")
    rows = dict(re.findall(r"^\| `(\w+)/` \| .*? \| (.*) \|$", page, re.MULTILINE))
    assert set(rows) >= {*HOUSES, "config"}
    for folder in HOUSES:
        for name in re.findall(r"`([\w*]+)`", rows[folder]):
            assert any((ROOT / folder).glob(f"{name}.py")), f"{folder}: {name}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/guide-")])
def test_guides_name_screens_as_the_pages_do(page):
    sources = [*ROOT.glob("*/templates/*.j2"), *ROOT.glob("pipelines/report_*.py")]
    shown = "".join(path.read_text(encoding="utf-8") for path in sources)
    for name in re.findall(r"\*\*«([^»]+)»\*\*", read(page)):
        assert " ".join(name.split()) in shown, f"{page}: no page says «{name}»"
