"""The service against the usual design, under load and under faults: `make bench-serving`.

`python benchmarks/serving.py [--quick] [--json] [--only PART …] [--texts FILE] [--encoder FOLDER]
[--messages N --kills N] [--postgresql URL]`

The usual design is FastAPI around a `transformers` pipeline in fp32, one request at a time, with as
many heads of the same sizes; it neither masks nor finds places. Both get the same texts in one run:
those of a made-up city, or a file of one text a line. Parts: `rival` (one client, 32 clients, both
sides), `load` (half load and three times the capacity), `versions` (promote and roll back under
load), `kill` (kill -9 while messages are stored).
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from serving_faults import change_versions, kill_midway
from serving_load import closed, opened
from serving_sides import Side, ours, rival

from otklik.datasets.settings import load_settings
from otklik.datasets.synthetic_city import make_city
from otklik.models.bundle import load_bundle

PARTS = ("rival", "load", "versions", "kill")
SEED, CITY = 5, 6_000
WARM = 20
CLIENTS = 32
OVERLOAD = 3.0


def main() -> None:
    """Measure and print."""
    given = _parse()
    models = load_settings().var / "models"
    bundle = models / "default"
    sizes = [len(head.classes) for head in load_bundle(bundle).heads.values()]
    texts = _texts(given.texts)
    found: dict[str, Any] = {
        "texts": len(texts),
        "median_chars": sorted(map(len, texts))[len(texts) // 2],
        "heads": len(sizes),
    }
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)

        def folder(part: str) -> Path:
            var = scratch / part
            (var / "models").mkdir(parents=True)
            (var / "models" / "default").symlink_to(bundle.resolve())
            return var

        if {"rival", "load"} & set(given.only):
            var = folder("serve")
            with ours(var, f"sqlite:///{var / 'store.db'}") as side:
                own = _speed(side, texts, given.requests)
                found["ours"] = own
                if "load" in given.only:
                    capacity = own["clients_32"]["per_second"]
                    found["load"] = _load(side, texts, capacity, given.seconds)
        if "rival" in given.only:
            encoder = given.encoder or models / "base"
            with rival(encoder, sizes, scratch) as side:
                found["usual"] = _speed(side, texts, given.requests)
            found["compared"] = _compared(found["ours"], found["usual"])
        if "versions" in given.only:
            found["versions"] = change_versions(bundle, folder("versions"), texts, given.changes)
        if "kill" in given.only:
            var = folder("kill")
            urls = {"sqlite": f"sqlite:///{var / 'store.db'}", "postgresql": given.postgresql}
            found["kill"] = {
                kind: kill_midway(var, url, texts, given.messages, given.kills)
                for kind, url in urls.items()
                if url
            }
    print(json.dumps(found, ensure_ascii=False, indent=None if given.json else 2))


def _speed(side: Side, texts: Sequence[str], requests: int) -> dict[str, Any]:
    closed(side.url, texts[:WARM], 4)
    chosen = texts[WARM : WARM + requests]
    one = closed(side.url, chosen, 1)
    many = closed(side.url, (list(chosen) * 4)[: 4 * requests], CLIENTS)
    return {"one_client": one.summary(), "clients_32": many.summary()}


def _compared(own: dict[str, Any], usual: dict[str, Any]) -> dict[str, float]:
    one, other = own["one_client"], usual["one_client"]
    return {
        "p50_share": round(one["p50_ms"] / other["p50_ms"], 3),
        "p99_share": round(one["p99_ms"] / other["p99_ms"], 3),
        "throughput_times": round(
            own["clients_32"]["per_second"] / usual["clients_32"]["per_second"], 2
        ),
    }


def _load(side: Side, texts: Sequence[str], capacity: float, seconds: float) -> dict[str, Any]:
    half = opened(side.url, texts, capacity / 2, seconds)
    over = opened(side.url, texts, capacity * OVERLOAD, seconds)
    refused = {status for status in over.statuses if status != 200}
    return {
        "half": half.summary(),
        "half_p99_over_p50": round(half.quantile(0.99) / half.quantile(0.5), 2),
        "overload": over.summary(),
        "only_429_refused": refused <= {429},
        "overload_p99_over_half": round(over.quantile(0.99) / half.quantile(0.99), 2),
    }


def _texts(path: Path | None) -> list[str]:
    if path is not None:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.strip()]
    return [one.text for one in make_city(SEED, CITY).messages]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="Tiny sizes: whether it works at all.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--encoder", type=Path, help="Of the usual design; models/base without it.")
    parser.add_argument("--requests", type=int, help="Of one client; four times as many of 32.")
    parser.add_argument("--seconds", type=float, help="Of half load and of overload, each.")
    parser.add_argument("--changes", type=int, help="Promotions and roll-backs.")
    parser.add_argument("--messages", type=int, help="Stored while the service is killed.")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--postgresql", help="URL of an empty database, for the part `kill`.")
    given = parser.parse_args()
    usual = {"requests": 500, "seconds": 60.0, "changes": 10, "messages": 20_000, "kills": 10}
    quick = {"requests": 20, "seconds": 3.0, "changes": 1, "messages": 80, "kills": 1}
    for name, value in (quick if given.quick else usual).items():
        if getattr(given, name) is None:
            setattr(given, name, value)
    return given


if __name__ == "__main__":
    main()
