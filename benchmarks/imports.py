"""Time and memory of a whole import, beside pandas that only reads the same file.

    python benchmarks/imports.py [--rows 100000] [--json]

Writes an .xlsx export with all 47 columns of Incident Management, imports it twice with the
command line (mask with the tagger, resolve, store on SQLite), and lets `pandas.read_excel` read it
in a process of its own. Seconds are wall time; the peak is that of the largest process.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent / "tests"
KIB_PER_MB = 1024
PANDAS = "import sys, pandas; print(len(pandas.read_excel(sys.argv[1])))"


def timed(command: list[str], **env: str) -> tuple[str, float, float]:
    """Output, wall seconds and peak MB of a command; run in a fork, so that peaks do not mix."""
    reader, writer = os.pipe()
    start = time.monotonic()
    if (child := os.fork()) == 0:
        done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIB_PER_MB
        os.write(writer, json.dumps([done.stdout, peak]).encode())
        os._exit(done.returncode)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        output, peak = json.load(pipe)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return output, time.monotonic() - start, peak


def figures(rows: int) -> list[dict[str, Any]]:
    """First and second import, and the rival."""
    sys.path.insert(0, str(TESTS))
    from exports import im_rows, write_xlsx

    results = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(write_xlsx(Path(folder, "export.xlsx"), im_rows(rows)))
        command = [sys.executable, "-m", "otklik.pipelines.cli", "import", path, "--as", "im"]
        for name in ("first import", "second import"):
            output, seconds, peak = timed([*command, "--json"], OTKLIK_VAR=str(Path(folder, "var")))
            counts = json.loads(output)
            kept = {key: counts[key] for key in ("stored", "unchanged", "rejected")}
            results.append({"what": name, "seconds": seconds, "peak_mb": peak, **kept})
        _, seconds, peak = timed([sys.executable, "-c", PANDAS, path])
        results.append({"what": "pandas.read_excel", "seconds": seconds, "peak_mb": peak})
    return results


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = figures(options.rows)
    if options.json:
        print(json.dumps(results, indent=2))
        return
    rival = results[-1]["seconds"]
    print(f"{options.rows:,} rows of 47 columns, .xlsx")
    for row in results:
        counts = ", ".join(f"{key} {row[key]:,}" for key in row if key in ("stored", "unchanged"))
        time_s, peak_mb = row["seconds"], row["peak_mb"]
        times = f"{time_s:7.1f} s {time_s / rival:6.2f} × pandas"
        print(f"{row['what']:18} {times} {peak_mb:6.0f} MB  {counts}")


if __name__ == "__main__":
    main()
