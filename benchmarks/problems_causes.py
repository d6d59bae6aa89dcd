"""How many planted root causes are found in made-up cities, and how many found ones are false.

    python benchmarks/problems_causes.py [--seeds 100-119] [--messages 20000] [--json]

A planted cause is hit by the first finding that has one of its topics, overlaps its period and
has one of its streets. The place of a hit is right where the finding bears the asset's name, or
holds at least half of its streets and at least half of the finding's streets are the asset's.
`recall` counts hits with the right place only; a finding that hits nothing is false, and so is a
second finding of the same cause. A null city should return nothing: with level 0.05, one city in
twenty may.
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from otklik.datasets import city_truth
from otklik.datasets.rubricator_versions import load_rubricator
from otklik.datasets.street_key import street_key
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.root_causes import LEVEL, Cause, find_causes
from otklik.pipelines.snapshot import snapshot_of_messages

SEEDS = range(100, 120)
N_MESSAGES = 20_000
HALF = 0.5


def run(seeds: Iterable[int] = SEEDS, n_messages: int = N_MESSAGES) -> list[dict[str, Any]]:
    """What is asked and what is reached, for `problems.py`."""
    reached = summary(cities(seeds, n_messages))
    return [
        {"what": "planted root causes found, place right", "asked": ">= 0.80"}
        | {"reached": reached["recall"]},
        {"what": "false among found root causes", "asked": "<= 0.10"}
        | {"reached": reached["false_discovery"]},
        {"what": "place or asset right among hits", "asked": ">= 0.90"}
        | {"reached": reached["right_place"]},
        {"what": "null cities with a root cause, share", "asked": f"<= {LEVEL}"}
        | {"reached": reached["null_with_findings"] / max(reached["null_cities"], 1)},
    ]


def cities(seeds: Iterable[int], n_messages: int) -> list[dict[str, Any]]:
    """One row for each city: with causes, then the same seeds without any."""
    kept = list(seeds)
    return [row(seed, n_messages, null=null) for null in (False, True) for seed in kept]


def row(seed: int, n_messages: int, *, null: bool) -> dict[str, Any]:
    """Counts of one city."""
    city = make_city(seed, n_messages, null=null)
    snapshot = snapshot_of_messages(city.messages)
    start = time.process_time()
    found = find_causes(snapshot)
    spent = time.process_time() - start
    hits, right = match(found, city.truth.causes)
    return {
        "seed": seed,
        "null": null,
        "planted": len(city.truth.causes),
        "found": len(found),
        "hits": hits,
        "right": right,
        "cpu_s": round(spent, 1),
    }


def match(found: Sequence[Cause], planted: Sequence[city_truth.Cause]) -> tuple[int, int]:
    """How many planted causes are hit, and how many of these with the right place."""
    hits = right = 0
    left = list(planted)
    for cause in found:
        for one in left:
            if _hits(cause, one):
                hits += 1
                right += _right_place(cause, one)
                left.remove(one)
                break
    return hits, right


def _hits(cause: Cause, planted: city_truth.Cause) -> bool:
    rubricator = load_rubricator("im-2026")
    topics = {rubricator.topic(code).name for code in planted.topics}
    overlap = cause.starts.isoformat() < planted.ends and planted.starts < cause.ends.isoformat()
    return bool(topics & set(cause.topics) and overlap and _streets(planted) & set(cause.places))


def _streets(planted: city_truth.Cause) -> set[str]:
    return {street_key(name) for name in planted.streets}


def _right_place(cause: Cause, planted: city_truth.Cause) -> bool:
    if cause.asset == planted.asset:
        return True
    theirs, ours = _streets(planted), set(cause.places)
    common = len(theirs & ours)
    return common >= HALF * len(theirs) and common >= HALF * len(ours)


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Recall, false discovery, right places, and the share of null cities that return anything."""
    full = [one for one in rows if not one["null"]]
    null = [one for one in rows if one["null"]]
    planted, found, hits, right = (
        sum(one[name] for one in full) for name in ("planted", "found", "hits", "right")
    )
    return {
        "planted": planted,
        "recall": round(right / max(planted, 1), 3),
        "found_anywhere": round(hits / max(planted, 1), 3),
        "false_discovery": round((found - hits) / max(found, 1), 3),
        "right_place": round(right / max(hits, 1), 3),
        "null_cities": len(null),
        "null_with_findings": sum(one["found"] > 0 for one in null),
    }


def main() -> None:
    """Print a row for each city and the summary, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="100-119")
    parser.add_argument("--messages", type=int, default=N_MESSAGES)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    rows = cities(range(int(first), int(last or first) + 1), options.messages)
    if options.json:
        print(json.dumps({"cities": rows, **summary(rows)}, indent=2))
        return
    for one in rows:
        kind = "null" if one["null"] else "city"
        print(
            f"{kind} {one['seed']:>4}  planted {one['planted']}  found {one['found']}  "
            f"hit {one['hits']}  right place {one['right']}  {one['cpu_s']:>5} s CPU"
        )
    for name, value in summary(rows).items():
        print(f"{name:<20}{value:>8}")


if __name__ == "__main__":
    main()
