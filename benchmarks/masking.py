"""Recall, over-masking and speed of the masker, beside natasha's own pipeline in the same run.

    python benchmarks/masking.py [--json]

Speeds are posts per second of CPU time on one core, over the posts of `mask_posts.txt` (about 40
tokens each), in which the NER is hardly ever asked. `dense` joins lines of the tables instead:
every sentence holds a street, a number or a name, the worst case.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from natasha_bridge import load_natasha

from otklik.datasets.mask_kinds import KINDS, NAME
from otklik.datasets.mask_score import STYLES, mark, read_table, score
from otklik.datasets.masking import Masker

CASES = Path(__file__).parents[1] / "tests" / "cases"
# "others" and "others 2" come from two other authors, and so does "blind", on which no rule was
# ever tuned
TABLES = {
    "names": "names", "people": "people", "numbers": "numbers", "links": "links", "traps": "traps",
    "posts": "posts", "holdout": "holdout", "others": "blind_a", "others traps": "blind_traps",
    "others 2": "blind_c", "others 2 traps": "blind_traps2", "blind": "blind_b",
    "fresh": "blind_d",
}  # fmt: skip
HALVES = {"fresh odd": 0, "fresh even": 1}  # rules were tuned on the odd lines of "fresh" only
POSTS = 640
LINES_PER_DENSE_POST = 6
STRUCTURED = tuple(kind for kind in KINDS if kind != NAME)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
PUNCTUATION_MATTERS = ("numbers", "links")


def rate(work: Callable[[list[str]], object], posts: list[str], repeats: int) -> float:
    """Posts per second of CPU time, the best of a few runs."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work(posts)
        best = min(best, time.process_time() - start)
    return len(posts) / best


def natasha_pipeline() -> Callable[[list[str]], object]:
    """Segment, tag and read the parts of names: what natasha offers for the same task."""
    natasha = load_natasha()
    segmenter = natasha.Segmenter()
    vocabulary = natasha.MorphVocab()
    tagger = natasha.NewsNERTagger(natasha.NewsEmbedding())
    names = natasha.NamesExtractor(vocabulary)

    def run(posts: list[str]) -> None:
        for post in posts:
            doc = natasha.Doc(post)
            doc.segment(segmenter)
            doc.tag_ner(tagger)
            for span in doc.spans:
                if span.type == natasha.PER:
                    names.find(span.text)

    return run


def measure_quality(masker: Masker, tables: dict[str, list[str]]) -> list[dict[str, Any]]:
    """One row per table and style."""
    rows = []
    for name, lines in tables.items():
        for style in STYLES:
            if style == "bare" and name in PUNCTUATION_MATTERS:
                continue
            result = score(masker, lines, style)
            rows.append(
                {
                    "table": name,
                    "style": style,
                    "lines": len(lines),
                    "names": sum(result.wanted[k] for k in (NAME,)),
                    "names_recall": round(result.recall([NAME]), 4),
                    "structured": sum(result.wanted[k] for k in STRUCTURED),
                    "structured_recall": round(result.recall(STRUCTURED), 4),
                    "over_masking": round(result.over_masking, 4),
                }
            )
    return rows


def measure_speed(with_ner: Masker, tables: dict[str, list[str]]) -> dict[str, float]:
    """Posts per second with the NER, without it, and of natasha."""
    own = [mark(line).text for line in tables["posts"]]
    posts = own * (POSTS // len(own))
    traps = [mark(line).text for line in tables["traps"]]
    step = LINES_PER_DENSE_POST
    dense = [". ".join(traps[i : i + step]) for i in range(0, len(traps), step)]
    without = Masker(ner=False)
    fast = rate(lambda p: list(without.mask_many(p)), posts, 5)
    ner = rate(lambda p: list(with_ner.mask_many(p)), posts, 3)
    pipeline = natasha_pipeline()
    natasha = rate(pipeline, own, 5)
    dense_ner = rate(lambda p: list(with_ner.mask_many(p)), dense, 5)
    dense_natasha = rate(pipeline, dense, 2)
    return {
        "posts": len(posts),
        "without_ner": round(fast),
        "with_ner": round(ner),
        "dense_without_ner": round(rate(lambda p: list(without.mask_many(p)), dense, 5)),
        "dense_with_ner": round(dense_ner),
        "natasha": round(natasha),
        "dense_natasha": round(dense_natasha),
        "ratio_with_ner": round(ner / natasha, 1),
        "ratio_without_ner": round(fast / natasha, 1),
        "ratio_dense_with_ner": round(dense_ner / dense_natasha, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    os.environ.update(dict.fromkeys(THREADS, "1"))  # numpy is first loaded by the masker
    tables = {name: read_table(CASES / f"mask_{file}.txt") for name, file in TABLES.items()}
    fresh = tables.pop("fresh")
    tables |= {name: fresh[first::2] for name, first in HALVES.items()}
    masker = Masker()
    report = {
        "quality": measure_quality(masker, tables),
        "speed": measure_speed(masker, tables),
    }
    if as_json:
        json.dump(report, sys.stdout, ensure_ascii=False, indent=2)
        return
    print(
        f"{'table':14} {'style':6} {'lines':>5} {'names':>12} {'structured':>12} "
        f"{'over-masked':>12}"
    )
    for row in report["quality"]:
        names = f"{row['names_recall']:.3f} /{row['names']:4}"
        structured = f"{row['structured_recall']:.3f} /{row['structured']:4}"
        print(
            f"{row['table']:14} {row['style']:6} {row['lines']:5} {names:>12} {structured:>12} "
            f"{row['over_masking']:12.2%}"
        )
    for name, value in report["speed"].items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
