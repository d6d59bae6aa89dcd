"""What 1,000, 10,000 and 100,000 messages take: `python benchmarks/sizes.py [--json]`.

A year of a made-up city goes the way of an import, is read by the model that is built, and the
weekly work brings it up to week 51. Then week 52 comes in and is read and reported: one more week.
Every size is a process of its own, so its peak memory is its own. Bytes are those of SQLite's
pages; with `--postgresql URL` (an empty database) the smallest size goes there too.

Larger sizes up to 10,000,000 are not measured: their lines go on straight through the two largest.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from otklik.datasets.errors import BadBundle
from otklik.datasets.settings import load_settings
from otklik.datasets.store import Store, open_store
from otklik.datasets.synthetic_city import make_city
from otklik.models.registered import default_bundle
from otklik.pipelines.synthetic_store import store_city
from otklik.pipelines.week import Week
from otklik.pipelines.weekly_run import Told, read_unread, run_week
from otklik.serving.route_check import load_routes

SEED = 7
SIZES = (1_000, 10_000, 100_000)
FAR = (100_000, 10_000_000)
STRAIGHT = ("messages", "bytes", "index_bytes", "import_s", "read_s", "week_messages")
"""What grows with every message; memory and reports do not, nor does a week's own work."""
BEFORE, LAST = Week.parse("2025-W51"), Week.parse("2025-W52")
SMALL_BYTES_A_MESSAGE = 8
SQLITE = """
SELECT master.tbl_name, master.type, SUM(pages.pgsize)
FROM dbstat AS pages JOIN sqlite_master AS master USING (name) GROUP BY 1, 2
"""
POSTGRESQL = """
SELECT relname, 'table', pg_table_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT relname, 'index', pg_indexes_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def measure(messages: int, folder: Path, url: str) -> dict[str, Any]:
    """One size, from an empty store to the reports of a week."""
    settings = load_settings()
    zone = load_routes(None).table.zone
    city = make_city(SEED, messages).messages
    early = [one for one in city if one.posted_at < LAST.start(zone)]
    week = [one for one in city if LAST.start(zone) <= one.posted_at < LAST.stop(zone)]
    import_s = timed(lambda: store_city(early, url, settings))
    with open_store(settings.model_copy(update={"database_url": url})) as store:
        read_s = timed(lambda: read_unread(store, Told()))
        catch_up_s = timed(lambda: run_week(store, BEFORE, folder / "reports"))

        def one_more() -> None:
            store_city(week, url, settings)
            run_week(store, LAST, folder / "reports")

        week_s = timed(one_more)
        tables, indexes = bytes_by_table(store)
    stored = len(early) + len(week)
    return {
        "messages": stored,
        "bytes": sum(tables.values()) + sum(indexes.values()),
        "index_bytes": sum(indexes.values()),
        "report_bytes": size_of(folder / "reports" / LAST.name),
        "import_s": import_s,
        "read_s": read_s,
        "catch_up_s": catch_up_s,
        "week_messages": len(week),
        "week_s": week_s,
        "peak_bytes": peak_bytes(),
        "tables": {name: round((size + indexes.get(name, 0)) / stored, 1)
                   for name, size in tables.items()},
    }  # fmt: skip


def peak_bytes() -> int:
    """Most memory that this process, or one that it started, has held."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return 1024 * max(resource.getrusage(one).ru_maxrss for one in who)


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time."""
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 1)


def bytes_by_table(store: Store) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes of every table, and of its indexes."""
    with store.database.reading() as connection:
        rows = _sizes(connection, SQLITE if store.database.is_sqlite else POSTGRESQL)
    tables = {name: size for name, kind, size in rows if kind == "table"}
    return tables, {name: size for name, kind, size in rows if kind == "index"}


def _sizes(connection: Connection, query: str) -> list[tuple[str, str, int]]:
    return [(name, kind, int(size)) for name, kind, size in connection.execute(text(query))]


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def in_a_process(messages: int, bundle: Path, url: str | None = None) -> dict[str, Any]:
    """Measure one size in a fresh process and an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "models").mkdir()
        (folder / "models" / "default").symlink_to(bundle)
        command = [sys.executable, __file__, "--one", str(messages), "--postgresql", url or ""]
        env = {**os.environ, "OTKLIK_VAR": name}
        env.pop("OTKLIK_DATABASE_URL", None)
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def far_off(sizes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Go on in a straight line through the two largest sizes."""
    one, two = sizes[-2:]
    lines = []
    for size in (size for size in FAR if size > 2 * two["messages"]):
        found: dict[str, Any] = {"computed": True}
        for name in STRAIGHT:
            slope = (two[name] - one[name]) / (two["messages"] - one["messages"])
            found[name] = round(two[name] + slope * (size - two["messages"]))
        lines.append(found)
    return lines


def print_sizes(title: str, sizes: Sequence[dict[str, Any]]) -> None:
    """Write a table for people."""
    names = ("messages", "store MB", "indexes MB", "import s", "read s", "week messages", "week s",
             "peak MB")  # fmt: skip
    print(title)
    print(" ".join(f"{name:>14}" for name in names))
    for one in sizes:
        cells = [one["messages"], one["bytes"] / 1e6, one["index_bytes"] / 1e6, one["import_s"],
                 one["read_s"], one["week_messages"]]  # fmt: skip
        if "computed" not in one:
            cells += [one["week_s"], one["peak_bytes"] / 1e6]
        shown = " ".join(f"{cell:>14,.0f}" for cell in cells)
        print(shown + ("       computed" if "computed" in one else ""))
    measured = [one for one in sizes if "tables" in one][-1]
    print(f"bytes a message, with indexes, at {measured['messages']:,}:")
    small = 0.0
    for table, size in sorted(measured["tables"].items(), key=lambda item: -item[1]):
        if size >= SMALL_BYTES_A_MESSAGE:
            print(f"  {table:24} {size:8,.0f}")
        else:
            small += size
    print(f"  {'all others':24} {small:8,.0f}")
    print(f"reports of a week: {measured['report_bytes'] / 1e6:.1f} MB\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--postgresql", metavar="URL", help="an empty database")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        url = options.postgresql or load_settings().database_url
        print(json.dumps(measure(options.one, load_settings().var, url)))
        return
    bundle = default_bundle().resolve()
    if not bundle.is_dir():
        raise BadBundle(f"{bundle} is not there: `otklik model base && otklik model build`.")
    sizes = [in_a_process(size, bundle) for size in sorted(options.sizes)]
    results = {"sqlite": [*sizes, *(far_off(sizes) if len(sizes) > 1 else [])]}
    if options.postgresql:
        results["postgresql"] = [in_a_process(min(options.sizes), bundle, options.postgresql)]
    if options.json:
        print(json.dumps(results, indent=2))
        return
    for title, found in results.items():
        print_sizes(title, found)


if __name__ == "__main__":
    main()
