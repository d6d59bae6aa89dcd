"""What the weekly work reaches on made-up cities: `make bench-problems`.

    python benchmarks/problems.py [--seeds 100-104] [--parts numbers ...] [--workers 2] [--json]

Every file `problems_<part>.py` beside this one is a part: its `run(seeds)` gives rows of `what`,
`asked` («>= 0.95», or "" where nothing is asked) and `reached`. Seeds from 100 on are held out;
1000 to 1099 are kept for judging and refused. With `--workers` several parts run at once.
"""

import argparse
import importlib
import json
import operator
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEPT = range(1000, 1100)
SENSES = {">=": operator.ge, "<=": operator.le, "==": operator.eq}


def parts() -> list[str]:
    return sorted(path.stem.removeprefix("problems_") for path in HERE.glob("problems_*.py"))


def run_part(part: str, seeds: list[int]) -> list[dict[str, Any]]:
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    module = importlib.import_module(f"problems_{part}")
    started = time.monotonic()
    rows: Iterable[dict[str, Any]] = module.run(seeds)
    done = [{"part": part, **row, "ok": holds(row)} for row in rows]
    print(f"{part}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return done


def run_parts(parts: list[str], seeds: list[int], workers: int) -> list[dict[str, Any]]:
    """Rows of all parts in their order, whichever is done first."""
    if workers == 1:
        return [row for part in parts for row in run_part(part, seeds)]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        return [row for rows in pool.map(run_part, parts, repeat(seeds)) for row in rows]


def holds(row: dict[str, Any]) -> bool | None:
    if not row["asked"]:
        return None
    sense, bound = row["asked"].split()
    return bool(SENSES[sense](row["reached"], float(bound)))


def seeds_of(text: str) -> list[int]:
    """«100-104» or «100,103»."""
    first, dash, last = text.partition("-")
    seeds = list(range(int(first), int(last) + 1)) if dash else [int(s) for s in text.split(",")]
    if any(seed in KEPT for seed in seeds):
        raise SystemExit(f"Seeds {KEPT.start} to {KEPT.stop - 1} are kept for judging.")
    return seeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("100-104"))
    parser.add_argument("--parts", nargs="+", choices=parts(), default=parts())
    parser.add_argument("--workers", type=int, default=1, help="parts at once")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = run_parts(options.parts, options.seeds, options.workers)
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        width = max(len(row["what"]) for row in rows)
        print(f"{'part':<12} {'what':<{width}} {'asked':>9} {'reached':>9}")
        for row in rows:
            mark = {True: "yes", False: "NO", None: ""}[row["ok"]]
            reached = row["reached"]
            shown = f"{reached:.4f}" if isinstance(reached, float) else str(reached)
            print(f"{row['part']:<12} {row['what']:<{width}} {row['asked']:>9} {shown:>9} {mark}")
    sys.exit(any(row["ok"] is False for row in rows))


if __name__ == "__main__":
    main()
