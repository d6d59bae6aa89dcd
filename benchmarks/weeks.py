"""The main job on the file of St Petersburg, from import to reports: `make bench-weeks`.

    python benchmarks/weeks.py [--data FILE.csv.gz] [--answers FILE.csv.gz] [--rows 6000]
        [--only run kills] [--whole] [--folder DIR] [--json]

`run`: all is imported, read by the model, and every week but the last is reported in one go; then
the last week as one more, and all again, which must change no byte. `kills`: the first rows
(`--whole`: all) are worked through once undisturbed, and again with kill -9 at ten points; both
must end with the same bytes. Without the file, which is no part of the project, nothing is done.
"""

import argparse
import csv
import gzip
import itertools
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from weeks_world import World

from otklik.datasets.dates import load_zone
from otklik.datasets.settings import load_settings
from otklik.pipelines.week import Week

DATA = Path(__file__).parents[2] / "shared" / "data"
PARTS = ("run", "kills")
KILLS, SEED = 10, 7
MOST_IN_A_ROW = 4
"""Kills of one command after which it may finish: else a slow start would never get further."""


def commands(data: Path, answers: Path, weeks: str, world: World) -> dict[str, list[str]]:
    """The whole job, in its order."""
    return {
        "import": ["import", str(data), "--as", "spb"],
        "answers": ["import", str(answers), "--as", "spb-answers"],
        "weekly": ["weekly", "--week", weeks, "--out", str(world.reports)],
    }


def weeks_of(data: Path) -> list[Week]:
    """Every week from the first message to the last."""
    zone = load_zone(load_settings().timezone)
    with gzip.open(data, "rt", encoding="utf-8") as file:
        moments = [row["dt"] for row in csv.DictReader(file)]
    first, last = (
        Week.of(datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(zone).date())
        for moment in (min(moments), max(moments))
    )
    return Week.parse_span(f"{first.name}..{last.name}")


def span(weeks: Sequence[Week]) -> str:
    """As `otklik weekly` reads it."""
    return f"{weeks[0].name}..{weeks[-1].name}"


def cut(source: Path, target: Path, rows: int) -> None:
    """The first rows of a file."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        kept = list(itertools.islice(reader, rows + 1))
    write(target, kept)


def cut_answers(source: Path, target: Path, appeals: Path) -> None:
    """The answers to the rows of another file."""
    with gzip.open(appeals, "rt", encoding="utf-8", newline="") as file:
        wanted = {row["id"] for row in csv.DictReader(file)}
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        place = header.index("id")
        write(target, [header, *(row for row in reader if row[place] in wanted)])


def write(target: Path, rows: list[list[str]]) -> None:
    """A packed table."""
    with gzip.open(target, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def run_all(data: Path, answers: Path, scratch: Path) -> dict[str, Any]:
    """Import to the last report, one more week, all again."""
    world = World.new(scratch / "run")
    *weeks, last = weeks_of(data)
    found: dict[str, Any] = {"weeks": span(weeks), "one_more": last.name}
    spent = {
        name: world.run(arguments)
        for name, arguments in commands(data, answers, span(weeks), world).items()
    }
    first = world.bytes()
    spent["one more week"] = world.run(commands(data, answers, last.name, world)["weekly"])
    spent["again"] = world.run(commands(data, answers, span(weeks), world)["weekly"])
    after = {name: one for name, one in world.bytes().items() if not name.startswith(last.name)}
    total = sum(spent[name].wall_s for name in ("import", "answers", "weekly"))
    found |= {
        "seconds": {name: round(one.wall_s) for name, one in spent.items()},
        "cpu_seconds": {name: round(one.cpu_s) for name, one in spent.items()},
        "import_to_last_report_min": round(total / 60, 1),
        "peak_mb": round(max(one.peak_mb for one in spent.values())),
        "files": len(first),
        "rerun_changes": sum(first.get(name) != after.get(name) for name in first.keys() | after),
    }
    return found


def run_kills(data: Path, answers: Path, scratch: Path) -> dict[str, Any]:
    """Kill at ten points, go on, and compare with a run that nobody disturbed."""
    weeks = span(weeks_of(data))
    calm = World.new(scratch / "calm")
    took = {
        name: calm.run(arguments).wall_s
        for name, arguments in commands(data, answers, weeks, calm).items()
    }
    wanted, chance = calm.bytes(), random.Random(SEED)
    met: list[str] = []
    differ = 0
    for turn in itertools.count(1):
        world = World.new(scratch / f"killed{turn}", calm.var / "author_salt")
        for name, arguments in commands(data, answers, weeks, world).items():
            for _ in range(MOST_IN_A_ROW):
                share = chance.uniform(0.1, 0.9)
                if len(met) >= KILLS or not world.kill(arguments, share * took[name]):
                    break
                met.append(f"{name} after {share:.0%}")
            world.run(arguments)
        found = world.bytes()
        differ += sum(wanted.get(name) != found.get(name) for name in wanted.keys() | found)
        shutil.rmtree(world.var)
        if len(met) >= KILLS:
            break
    return {
        "weeks": weeks,
        "calm_seconds": {name: round(one) for name, one in took.items()},
        "kills": met,
        "files": len(wanted),
        "files_that_differ": differ,
    }


def main() -> None:
    """Print the figures, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA / "spb_appeals.csv.gz")
    parser.add_argument("--answers", type=Path, default=DATA / "spb_answers.csv.gz")
    parser.add_argument("--rows", type=int, default=6_000, help="first rows, for `kills`")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--whole", action="store_true", help="kill on all rows")
    parser.add_argument("--folder", type=Path, help="work there and leave stores and reports")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    missing = [str(path) for path in (options.data, options.answers) if not path.is_file()]
    if missing:
        print(f"Skipped: {' and '.join(missing)} not there. Name the file with --data.")
        return
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        scratch = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scratch.mkdir(parents=True, exist_ok=True)
        if "run" in options.only:
            found["run"] = run_all(options.data, options.answers, scratch)
            print(json.dumps(found["run"], ensure_ascii=False), file=sys.stderr)
        if "kills" in options.only:
            data, answers = options.data, options.answers
            if not options.whole:
                data, answers = scratch / "appeals.csv.gz", scratch / "answers.csv.gz"
                cut(options.data, data, options.rows)
                cut_answers(options.answers, answers, data)
            found["kills"] = run_kills(data, answers, scratch)
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for part, rows in found.items():
        print(part)
        for what, value in rows.items():
            print(f"  {what:<28}{shown(value)}")


def shown(value: object) -> str:
    """For people."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return "; ".join(value) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main()
