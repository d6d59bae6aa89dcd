"""Places: F1 on the labelled table, time per post, and natasha's AddrExtractor in the same run.

python benchmarks/places.py [--json]
"""

import csv
import gzip
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from natasha_bridge import load_natasha

from otklik.datasets.gazetteer import load_gazetteer
from otklik.datasets.place_records import PlaceKind
from otklik.datasets.place_score import PlaceCase, Score, hold_out, read_cases, score
from otklik.datasets.places import PlaceFinder
from otklik.datasets.street_key import street_key

TABLES = Path(__file__).parents[1] / "tests" / "cases"
CASES = TABLES / "places.tsv"
BLIND = TABLES / "places_blind.tsv"  # another author's, never tuned on
LENGTHS = (40, 200)
POSTS = 60
APPEALS = Path(__file__).parents[2] / "shared" / "data" / "spb_appeals.csv.gz"
ROWS = 6000


def posts(cases: list[PlaceCase], n_tokens: int) -> Iterator[str]:
    """Texts of `n_tokens` words each, cut from the lines of the table laid end to end."""
    words = " . ".join(case.text for case in cases).split()
    for number in range(POSTS):
        start = number * 37 % len(words)
        yield " ".join((words[start:] + words)[:n_tokens])


def median_ms(read: Callable[[str], object], texts: list[str]) -> float:
    """Median CPU time of one text, in milliseconds."""
    times = []
    for text in texts:
        start = time.process_time()
        read(text)
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def agreement() -> dict[str, Any]:
    """Text against address column of the city portal, where the text names a street at all.

    Both are right more often than they agree: many a text names the side street too, or first.
    """
    gazetteer = load_gazetteer("spb")
    finder = PlaceFinder(gazetteer)
    with gzip.open(APPEALS, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if " дом " in row["address"]]
    rows = random.Random(1).sample(rows, ROWS)
    counts = dict.fromkeys(("rows", "address read", "named", "street", "house given", "house"), 0)
    for row in rows:
        street = row["address"].split(",")[1]
        known = gazetteer.street(street)
        key = known.key if known else street_key(street)
        found = [p for p in finder.find(row["text"]) if p.kind is PlaceKind.STREET]
        houses = [number.split()[0] for p in found if p.key == key for number in p.houses]
        counts["rows"] += 1
        counts["address read"] += any(p.key == key for p in finder.find(row["address"]))
        counts["named"] += bool(found)
        counts["street"] += any(p.key == key for p in found)
        counts["house given"] += bool(houses)
        counts["house"] += row["address"].split(" дом ")[1].split(",")[0].lower() in houses
    return counts


def natasha_reader() -> Callable[[str], object]:
    natasha: Any = load_natasha()
    extractor = natasha.AddrExtractor(natasha.MorphVocab())
    return lambda text: list(extractor(text))


def figures() -> dict[str, Any]:
    cases = read_cases(CASES)
    tuned, held = hold_out(cases)
    start = time.process_time()
    finder = PlaceFinder(load_gazetteer("grozny"))
    build_s = time.process_time() - start
    result: dict[str, Any] = {"lines": len(cases), "hold_out": len(held), "build_s": build_s}
    blind = read_cases(BLIND)
    sets = {"tuned": (finder, tuned), "hold-out": (finder, held), "blind": (finder, blind)}
    sets["no gazetteer"] = (PlaceFinder(None), cases)
    result["f1"] = {name: _scores(score(*pair)) for name, pair in sets.items()}
    if APPEALS.exists():
        result["agreement"] = agreement()
    natasha = natasha_reader()
    result["median_ms"] = {}
    for length in LENGTHS:
        texts = list(posts(cases, length))
        few = texts[:: 3 if length == LENGTHS[0] else 12]
        for text in texts:
            finder.find(text)
        ours, theirs = median_ms(finder.find, texts), median_ms(natasha, few)
        result["median_ms"][str(length)] = {"otklik": ours, "natasha": theirs}
    return result


def _scores(totals: dict[str, Score]) -> dict[str, dict[str, float]]:
    return {
        name: {"precision": total.precision, "recall": total.recall, "f1": total.f1}
        for name, total in totals.items()
    }


def main() -> None:
    result = figures()
    if "--json" in sys.argv[1:]:
        print(json.dumps(result, ensure_ascii=False, indent=2))
        return
    lines, held = result["lines"], result["hold_out"]
    print(f"{lines} lines, {held} held out; built in {result['build_s']:.2f} s")
    for name, fields in result["f1"].items():
        print(f"\n{name:16} precision  recall     F1")
        for field, total in fields.items():
            print(f"{field:16} {total['precision']:9.3f} {total['recall']:7.3f} {total['f1']:6.3f}")
    if "agreement" in result:
        print("\nSt Petersburg, text against address:", result["agreement"])
    print("\ntokens   otklik ms  natasha ms   ratio   (median CPU time of one post)")
    for length, pair in result["median_ms"].items():
        ratio = pair["natasha"] / pair["otklik"]
        print(f"{length:>6} {pair['otklik']:11.3f} {pair['natasha']:11.1f} {ratio:7.0f}")


if __name__ == "__main__":
    main()
