"""What stands in the documents: fenced blocks, the commands in them, outputs that are shown."""

import re
import shlex
import textwrap
from pathlib import Path

import typer.main

from otklik.pipelines.cli import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GENERATED = "docs/cli.md"

_BLOCK = re.compile(r"^( *)```(\w+)(?: (\S+))?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_CONTINUED = re.compile(r"\\\n\s*")


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page):
    """Every fenced block: language, name of the file it stands for (or ""), content."""
    return [
        (language, name, textwrap.dedent(content))
        for _, language, name, content in _BLOCK.findall(read(page))
    ]


def steps(block):
    """Commands of a console block («$ …», may go on after a backslash) with their outputs."""
    found = []
    for line in _CONTINUED.sub("", block).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def shell_lines(block):
    """Commands of an `sh` block, without comments, each on one line."""
    lines = (line.strip() for line in _CONTINUED.sub(" ", block).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def pattern(shown):
    """Pattern of a shown output; «…» stands for any lines, or within a line for anything."""
    lines = (
        r"(?:.*\n)*?" if line == "…" else r".*".join(map(re.escape, line.split("…"))) + r" *\n"
        for line in shown
    )
    return re.compile("".join(lines))


def words_of(line):
    """Words of a simple command; None where a shell is needed: pipes, redirections, variables."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", line)
    if re.search(r"[|<>;&$*`]", bare.split(" #")[0]):
        return None
    return shlex.split(line, comments=True)


def check_arguments(words):
    """Let the command line read the arguments of `otklik …` without doing anything."""
    command, path, rest = typer.main.get_command(app), "otklik", words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        path, command, rest = f"{path} {rest[0]}", command.commands[rest[0]], rest[1:]
    command.make_context(path, rest)
