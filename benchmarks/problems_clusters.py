"""Clusters of real messages beside what people run: a part of `make bench-problems`.

Needs the real data sets, the student and a built bundle; what is missing is left out. The whole
tables are printed by `python benchmarks/clusters.py`, growth by `python
benchmarks/cluster_growth.py`.
"""

import sys
import warnings
from collections.abc import Iterator
from typing import Any

import clusters
from cluster_held import load_held

from otklik.datasets.settings import load_settings

ROWS = 4_000
TITLES = {"perm_im": "Perm, topics", "spb_appeals": "St Petersburg, reasons"}


def run(seeds: list[int]) -> Iterator[dict[str, Any]]:
    """Margins over the best of the others; the seeds of cities do not matter here."""
    models = load_settings().var / "models"
    if not (clusters.DATA / "perm_im.csv.gz").is_file():
        print("clusters: no real data sets; left out", file=sys.stderr)
        return
    warnings.filterwarnings("ignore")  # of the rivals' libraries
    for name, title in TITLES.items():
        if (models / "default/encoder").is_dir():
            fitted, judged = load_held(clusters.DATA, name, models / "default", ROWS)
            found = {row.title: row for row in clusters.judge(fitted, judged)}
            yield from _rows(found, f"{title} (bundle)", "both views: ours", "vectors alone", "")
            both = "both views: "
            yield from _rows(found, f"{title} (bundle)", f"{both}ours", "both views", both)
            index, _ = clusters.shuffled(judged, judged.groups)
            yield _row(f"{title} (bundle): adjusted Rand of another order", ">= 0.98", index)
        if (models / "student").is_dir():
            fitted, judged = clusters.halves(
                clusters.load(clusters.DATA, name, ROWS, models / "student")
            )
            found = {row.title: row for row in clusters.judge(fitted, judged)}
            yield from _rows(found, title, "ours", "the same", "")


def _rows(
    found: dict[str, clusters.Row], title: str, own: str, given: str, prefix: str
) -> Iterator[dict[str, Any]]:
    """Our rows beside those of the others, whose titles begin with `prefix`."""
    for where, measure, what in (
        ("whole", "agreement", "all at once"),
        ("groups", "within", "within groups"),
    ):
        ours = found[f"{own}, {where}"]
        others = [
            row
            for name, row in found.items()
            if name.endswith(f", {where}")
            and "ours" not in name
            and name.startswith("both") == bool(prefix)
        ]
        best = max(others, key=lambda row: getattr(row, measure))
        margin = getattr(ours, measure) - getattr(best, measure)
        rival = best.title.rpartition(",")[0].removeprefix("both views: ")
        head = f"{title}, {what}"
        yield _row(f"{head}: AMI above the best on {given} ({rival})", ">= 0.05", margin)
        yield _row(f"{head}: NPMI above that one", ">= 0", ours.coherence - best.coherence)
        yield _row(f"{head}: outliers", "<= 0.1", ours.outliers)
    took = found[f"{own}, whole"].seconds / found[f"{prefix}BERTopic, whole"].seconds
    yield _row(f"{title}: time beside BERTopic's on {given}", "<= 0.2", took)


def _row(what: str, asked: str, reached: float) -> dict[str, Any]:
    return {"what": what, "asked": asked, "reached": float(reached)}
