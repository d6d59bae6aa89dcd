"""The service against the usual design, under load and under faults: `make bench-serving`.

`python benchmarks/serving.py [--quick] [--json] [--only PART …] [--texts FILE] [--encoder FOLDER]
[--infinity PROGRAM] [--postgresql URL]` and the sizes that `--help` lists.

The usual design is FastAPI around a `transformers` pipeline in fp32, one request at a time, with as
many heads of the same sizes; it neither masks nor finds places. infinity serves the vectors of our
very encoder. All get the same texts in one run: those of a made-up city, put together and cut to
the lengths that a region's real messages have, or a file of one text a line. At the end stands what
was asked for and what was reached.

Parts: `usual`, `infinity` (one client, 32 clients), `load` (half load, three times the capacity),
`versions` (promote and roll back under load), `kill` (kill -9 while messages are stored), `hostile`
(bodies that nobody means well with), `memory` (a long run), `schema` (schemathesis).
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from encoder import FEWEST, MEDIAN, MOST, SPREAD
from serving_endure import be_hostile, keep_on
from serving_faults import change_versions, kill_midway
from serving_load import closed, opened
from serving_schema import ask_everything
from serving_shown import must_show
from serving_sides import Side, infinity, ours, postgresql, usual

from otklik.datasets.settings import load_settings
from otklik.datasets.synthetic_city import make_city
from otklik.models.bundle import load_bundle
from otklik.models.manifest import read_manifest
from otklik.models.tokens import Tokens
from otklik.serving.keys import KeyFile, Scope

SEED, CITY = 5, 6_000
WARM = 20
CLIENTS = 32
OVERLOAD = 3.0
READ_SHARE = 0.15
FULL = {
    "requests": 500,
    "seconds": 60.0,
    "changes": 10,
    "messages": 20_000,
    "kills": 10,
    "bodies": 100_000,
    "memory": 200_000,
    "examples": 40,
}
QUICK = {
    "requests": 20,
    "seconds": 3.0,
    "changes": 1,
    "messages": 80,
    "kills": 1,
    "bodies": 500,
    "memory": 1_000,
    "examples": 1,
}


class Bench:
    """The parts, each with a data folder and a database of its own.

    Parameters
    ----------
    given : Namespace
        Of the command line.
    scratch : Path
        An empty folder.
    """

    def __init__(self, given: argparse.Namespace, scratch: Path) -> None:
        self.given, self.scratch = given, scratch
        models = load_settings().var / "models"
        self.bundle = models / "default"
        self.base = given.encoder or models / "base"
        self.texts = _texts(given.texts, self.bundle / "encoder")
        self.own: dict[str, Any] | None = None

    def usual(self) -> dict[str, Any]:
        """Against the usual design."""
        heads = [len(head.classes) for head in load_bundle(self.bundle).heads.values()]
        with usual(self.base, heads, self.scratch) as side:
            other = self._speed(side)
        return {"ours": self._ours(), "usual": other, **_compared(self._ours(), other)}

    def infinity(self) -> dict[str, Any]:
        """Against infinity."""
        if self.given.infinity is None or not self.given.infinity.exists():
            return {"left_out": "infinity is not installed: make bench-serving does it"}
        with infinity(self.given.infinity, self.bundle / "encoder", self.scratch) as side:
            other = self._speed(side)
        return {"ours": self._ours(), "infinity": other, **_compared(self._ours(), other)}

    def load(self) -> dict[str, Any]:
        """Half load and overload, by the capacity that 32 clients find."""
        given = self.given
        with self._side("load") as side:
            capacity = self._speed(side)["clients_32"]["per_second"]
            half = opened(side, self.texts, capacity / 2, given.seconds)
            over = opened(side, self.texts, capacity * OVERLOAD, given.seconds)
        return {
            "capacity": capacity,
            "half": half.summary(),
            "half_p99_over_p50": round(half.quantile(0.99) / half.quantile(0.5), 2),
            "overload": over.summary(),
            "overload_p99_over_half": round(over.quantile(0.99) / half.quantile(0.99), 2),
            "refused_otherwise": sum(
                many for status, many in over.statuses.items() if status not in (200, 429)
            ),
        }

    def versions(self) -> dict[str, Any]:
        """Promote and roll back under load."""
        return change_versions(self.bundle, self._var("versions"), self.texts, self.given.changes)

    def kill(self) -> dict[str, Any]:
        """Kill -9 while messages are stored, on both databases."""
        given, found = self.given, {}
        with ExitStack() as stack:
            server = given.postgresql or stack.enter_context(postgresql())
            for kind, url in (("sqlite", None), ("postgresql", server)):
                var = self._var(f"kill-{kind}")
                if kind == "postgresql" and url is None:
                    found[kind] = {"left_out": "no PostgreSQL server programs on this machine"}
                    continue
                where = url or f"sqlite:///{var / 'store.db'}"
                found[kind] = kill_midway(var, where, self.texts, given.messages, given.kills)
        return found

    def hostile(self) -> dict[str, Any]:
        """Bodies that nobody means well with."""
        with self._side("hostile") as side:
            return be_hostile(side, self.texts, self.given.bodies)

    def memory(self) -> dict[str, Any]:
        """A long run."""
        with self._side("memory") as side:
            return keep_on(side, self.texts, self.given.memory, READ_SHARE)

    def schema(self) -> dict[str, Any]:
        """Everything that the description allows."""
        var = self._var("schema")
        _, token = KeyFile(var).add("bench", list(Scope))
        database = f"sqlite:///{var / 'store.db'}"
        with ours(var, database, OTKLIK_SERVE_KEYS="required") as side:
            return ask_everything(side, token, var, self.given.examples)

    def _ours(self) -> dict[str, Any]:
        """Measured once, in the same run as the first rival."""
        if self.own is None:
            with self._side("speed") as side:
                self.own = self._speed(side)
        return self.own

    def _speed(self, side: Side) -> dict[str, Any]:
        closed(side, self.texts[:WARM], 4)
        chosen = self.texts[WARM : WARM + self.given.requests]
        one = closed(side, chosen, 1)
        # Those of the other sides wait as long as it takes: so do ours.
        many = closed(side, list(chosen) * 4, CLIENTS, patient=True)
        return {"one_client": one.summary(), "clients_32": many.summary()}

    def _side(self, part: str) -> Side:
        var = self._var(part)
        return ours(var, f"sqlite:///{var / 'store.db'}")

    def _var(self, part: str) -> Path:
        var = self.scratch / part
        (var / "models").mkdir(parents=True)
        (var / "models" / "default").symlink_to(self.bundle.resolve())
        return var


PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "usual": Bench.usual,
    "infinity": Bench.infinity,
    "load": Bench.load,
    "versions": Bench.versions,
    "kill": Bench.kill,
    "hostile": Bench.hostile,
    "memory": Bench.memory,
    "schema": Bench.schema,
}


def main() -> None:
    """Measure and print."""
    given = _parse()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(given, Path(name))
        lengths = sorted(map(len, bench.texts))
        found: dict[str, Any] = {
            "texts": len(lengths),
            "chars": {"p50": lengths[len(lengths) // 2], "p99": lengths[-len(lengths) // 100]},
            "bundle": load_bundle(bench.bundle).version,
        }
        for part in given.only:
            began = time.perf_counter()
            found[part] = PARTS[part](bench)
            found[part]["seconds_of_part"] = round(time.perf_counter() - began, 1)
    found["must_show"] = must_show(found)
    print(json.dumps(found, ensure_ascii=False, indent=None if given.json else 2))


def _compared(own: dict[str, Any], other: dict[str, Any]) -> dict[str, float]:
    one, rival = own["one_client"], other["one_client"]
    return {
        "p50_share": round(one["p50_ms"] / rival["p50_ms"], 3),
        "p99_share": round(one["p99_ms"] / rival["p99_ms"], 3),
        "throughput_times": round(
            own["clients_32"]["per_second"] / other["clients_32"]["per_second"], 2
        ),
    }


def _texts(path: Path | None, encoder: Path) -> list[str]:
    if path is not None:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.strip()]
    tokens = Tokens(encoder / "tokenizer.json", read_manifest(encoder).prefix)
    return _mixed([one.text for one in make_city(SEED, CITY).messages], tokens)


def _mixed(texts: Sequence[str], tokens: Tokens) -> list[str]:
    """Texts as long as real messages are: put together, and cut between words."""
    draw = random.Random(SEED)
    sample = texts[:500]
    chars_a_token = sum(map(len, sample)) / sum(map(len, tokens(sample)))
    made = []
    for number in range(len(texts)):
        length = min(max(draw.lognormvariate(0, SPREAD) * MEDIAN, FEWEST), MOST) * chars_a_token
        text, following = "", number
        while len(text) < length:
            text = f"{text} {texts[following % len(texts)]}".strip()
            following += 1
        cut = text.rfind(" ", 1, int(length) + 1)
        made.append(text[:cut] if cut > 0 and len(text) > length else text)
    return made


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="Tiny sizes: whether it works at all.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--encoder", type=Path, help="Of the usual design; models/base without it.")
    parser.add_argument("--infinity", type=Path, help="The program infinity_emb.")
    parser.add_argument("--postgresql", help="URL of an empty database, for the part `kill`.")
    parser.add_argument("--requests", type=int, help="Of one client; four times as many of 32.")
    parser.add_argument("--seconds", type=float, help="Of half load and of overload, each.")
    parser.add_argument("--changes", type=int, help="Promotions and roll-backs.")
    parser.add_argument("--messages", type=int, help="Stored while the service is killed.")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--bodies", type=int, help="Hostile requests.")
    parser.add_argument("--memory", type=int, help="Requests of the long run.")
    parser.add_argument("--examples", type=int, help="Of schemathesis, for each operation.")
    given = parser.parse_args()
    for name, value in (QUICK if given.quick else FULL).items():
        if getattr(given, name) is None:
            setattr(given, name, value)
    return given


if __name__ == "__main__":
    main()
