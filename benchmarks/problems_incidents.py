"""Mass incidents as a part of `benchmarks/problems.py`; see `incidents.py` for figures in full."""

from collections.abc import Iterator, Sequence
from typing import Any

from incidents import PLACES, figures

from otklik.models.mass_incident import Tuning

A_WEEK = 2000
WEEKS = 52
ASKED = {
    "flagged_by_message_median": ("incident flagged by message no. (median)", "<= 5"),
    "flagged_within_minutes_median": ("minutes to the flag (median)", "<= 10"),
    "false_flags_a_week": ("false flags a week at 2,000 messages", "<= 1"),
    "pair_f1": ("F1 of pairs", ">= 0.90"),
    "twins_apart": ("two holes of one street stay two", ">= 0.95"),
    "flagged": ("incidents flagged", ""),
}


def run(seeds: Sequence[int]) -> Iterator[dict[str, Any]]:
    for places in PLACES:
        reached = figures(seeds, A_WEEK * WEEKS, places, Tuning())
        for name, (what, asked) in ASKED.items():
            told = f"{what}, places {places}"
            yield {"what": told, "asked": asked, "reached": float(reached[name])}
