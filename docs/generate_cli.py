"""Write docs/cli.md from the command itself; `--check` fails when the page is out of date."""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("cli.md")
COMMAND = ["-m", "typer", "otklik.pipelines.cli", "utils", "docs", "--name", "otklik"]


def generate() -> str:
    """Markdown of every command with its options and examples."""
    done = subprocess.run(
        [sys.executable, *COMMAND], check=True, capture_output=True, text=True, encoding="utf-8"
    )
    return done.stdout


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
