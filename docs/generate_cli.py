"""Write docs/cli.md from the command itself; `--check` fails when the page is out of date."""

import sys
from pathlib import Path
from typing import Any

import typer.main
from typer.cli import get_docs_for_click

from otklik.pipelines.cli import app

PAGE = Path(__file__).with_name("cli.md")
NOTE = "<!-- Written by docs/generate_cli.py (`make docs`): change the commands, not this page. -->"


def generate() -> str:
    """Markdown of every command with its options and examples; no terminal takes part in it."""
    root = typer.main.get_command(app)
    _summarise(root)
    page = get_docs_for_click(obj=root, ctx=typer.Context(root), name="otklik")
    return f"{NOTE}\n\n{page.strip()}\n"


def _summarise(command: Any) -> None:  # noqa: ANN401 - typer keeps its click to itself
    """Show the first sentence of each help whole: lists of commands cut it at 45 characters."""
    for inner in getattr(command, "commands", {}).values():
        inner.short_help = inner.help.split("\n\n")[0]
        _summarise(inner)


def main() -> int:
    """Write the page, or compare it."""
    text = generate()
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/cli.md is out of date: run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
