"""Seconds and memory of reading an Incident Management export, beside openpyxl and pandas.

    python benchmarks/readers.py [--rows 100000] [--json]

Every reader runs in a process of its own, so peaks do not mix; seconds are CPU time, imports
included. Two files of each kind are read, of all rows and of a tenth of them: what is streamed has
one and the same peak. Rivals read the smaller file only.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1024  # ru_maxrss is in KiB


def read_otklik(path: Path) -> int:
    """Rows to messages, as an import does."""
    from otklik.datasets.mapping import load_mapping
    from otklik.datasets.reader import read_messages

    return sum(1 for _ in read_messages(path, load_mapping("im")))


def read_calamine(path: Path) -> int:
    """Cells only, by our own way to calamine: the floor."""
    from otklik.datasets.tables import read_table

    return sum(1 for _ in read_table(path).rows)


def read_openpyxl(path: Path) -> int:
    """Cells only, streamed."""
    import openpyxl

    sheet = openpyxl.load_workbook(path, read_only=True).active
    return sum(1 for _ in sheet.iter_rows(values_only=True)) - 1


def read_pandas(path: Path) -> int:
    """A frame in memory, no messages."""
    import pandas as pd

    frame = pd.read_excel(path) if path.suffix == ".xlsx" else pd.read_csv(path, sep=";")
    return len(frame)


READERS: dict[str, tuple[Callable[[Path], int], tuple[str, ...]]] = {
    "otklik: messages": (read_otklik, (".xlsx", ".csv")),
    "otklik: rows only": (read_calamine, (".xlsx", ".csv")),
    "openpyxl read_only: cells only": (read_openpyxl, (".xlsx",)),
    "pandas: frame only": (read_pandas, (".xlsx", ".csv")),
}


def measure(name: str, path: Path) -> dict[str, object]:
    """Run one reader in this process."""
    start = time.process_time()
    rows = READERS[name][0](path)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    return {
        "reader": name,
        "file": path.suffix,
        "rows": rows,
        "cpu_s": round(seconds, 2),
        "rows_per_s": round(rows / seconds),
        "peak_mb": round(peak),
    }


def run(rows: int) -> list[dict[str, object]]:
    """Write the exports, read each by every reader that can."""
    sys.path.insert(0, str(ROOT / "tests"))
    from exports import im_rows, write_csv, write_xlsx

    results = []
    with tempfile.TemporaryDirectory() as folder:
        small = max(rows // 10, 1)
        for count in (small, rows):
            paths = (
                write_csv(Path(folder, f"im{count}.csv"), im_rows(count)),
                write_xlsx(Path(folder, f"im{count}.xlsx"), im_rows(count)),
            )
            for path in paths:
                for name, (_, suffixes) in READERS.items():
                    ours = name.startswith("otklik")
                    if path.suffix in suffixes and (ours or count == small):
                        results.append(_in_process(name, path))
    return results


def _in_process(name: str, path: Path) -> dict[str, object]:
    command = [sys.executable, __file__, "--one", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, object] = json.loads(done.stdout)
    return result


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1])), ensure_ascii=False))
        return
    results = run(options.rows)
    if options.json:
        print(json.dumps(results, ensure_ascii=False, indent=2))
        return
    print(f"{'reader':<32}{'file':<8}{'rows':>8}{'CPU s':>8}{'rows/s':>9}{'peak MB':>9}")
    for row in results:
        print(
            f"{row['reader']:<32}{row['file']:<8}{row['rows']:>8}{row['cpu_s']:>8}"
            f"{row['rows_per_s']:>9}{row['peak_mb']:>9}"
        )


if __name__ == "__main__":
    main()
