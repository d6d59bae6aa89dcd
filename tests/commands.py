"""The command line as its user meets it: a process with arguments, output and exit code."""

import json
import os
import subprocess
import sys

OTKLIK = [sys.executable, "-m", "otklik.pipelines.cli"]


def run(*args, input=None, cwd=None, **env):
    """Run `otklik ARGS` with `OTKLIK_*` variables given as keywords in lower case."""
    variables = {f"OTKLIK_{name.upper()}": str(value) for name, value in env.items()}
    return subprocess.run(
        [*OTKLIK, *map(str, args)],
        input=input,
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def run_json(*args, **env):
    """Run a command with `--json`; it must succeed."""
    done = run(*args, "--json", **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
