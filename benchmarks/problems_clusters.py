"""Clusters of real messages beside what people run: a part of `make bench-problems`.

Needs the real data sets and the student; without them there is nothing to show. The whole tables
are printed by `python benchmarks/clusters.py`, growth by `python benchmarks/cluster_growth.py`.
"""

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import clusters

from otklik.datasets.settings import load_settings

ROWS = 8_000
TITLES = {"perm_im": "Perm, topics", "spb_appeals": "St Petersburg, reasons"}


def run(seeds: list[int]) -> Iterator[dict[str, Any]]:
    """Margins over the best of the others; the seeds of cities do not matter here."""
    model = load_settings().var / "models/student"
    if not (clusters.DATA / "perm_im.csv.gz").is_file() or not model.is_dir():
        print("clusters: no real data sets or no student; left out", file=sys.stderr)
        return
    warnings.filterwarnings("ignore")  # of the rivals' libraries
    for name, title in TITLES.items():
        messages = clusters.load(clusters.DATA, name, ROWS, model, None)
        fitted, judged = clusters.halves(messages)
        guessed = clusters.guess_groups(fitted, judged)
        found = {row.title: row for row in clusters.judge(fitted, judged, guessed)}
        yield from _rows(found, title)
        index, _ = clusters.shuffled(judged, judged.groups)
        yield _row(f"{title}: adjusted Rand of another order", ">= 0.98", index)


def _rows(found: dict[str, clusters.Row], title: str) -> Iterator[dict[str, Any]]:
    for where, measure, what in (
        ("whole", "agreement", "all at once"),
        ("groups", "within", "within groups"),
    ):
        ours = found[f"ours, {where}"]
        others = [row for row in found.values() if row.title.endswith(f", {where}") and row != ours]
        best = max(others, key=lambda row: getattr(row, measure))
        margin = getattr(ours, measure) - getattr(best, measure)
        rival = best.title.rpartition(",")[0]
        yield _row(f"{title}, {what}: AMI above the best ({rival})", ">= 0.05", margin)
        coherent = ours.coherence - best.coherence
        yield _row(f"{title}, {what}: NPMI above that one", ">= 0", coherent)
        yield _row(f"{title}, {what}: outliers", "<= 0.1", ours.outliers)
    took = found["ours, whole"].seconds / found["BERTopic, whole"].seconds
    yield _row(f"{title}: time beside BERTopic's", "<= 0.2", took)


def _row(what: str, asked: str, reached: float) -> dict[str, Any]:
    return {"what": what, "asked": asked, "reached": float(reached)}
