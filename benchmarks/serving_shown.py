"""What the service must show, beside what a run has measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_SLOPE_MIB = 5.0
"""Of 100,000 requests: what the allocator does by itself, and no leak of a message each."""


@dataclass(frozen=True)
class Line:
    """One figure that is asked for.

    Parameters
    ----------
    part : str
        Of the run.
    asked : str
        In words.
    of : callable
        What was measured in the part.
    holds : callable
        Whether that is enough.
    """

    part: str
    asked: str
    of: Callable[[Mapping[str, Any]], Any]
    holds: Callable[[Any], bool]


LINES = (
    Line("usual", "one client, p50 <= 0.25 x", lambda f: f["p50_share"], lambda v: v <= 0.25),
    Line("usual", "32 clients, >= 6 x", lambda f: f["throughput_times"], lambda v: v >= 6),
    Line("load", "half load, p99 <= 6 x p50", lambda f: f["half_p99_over_p50"], lambda v: v <= 6),
    Line("load", "overload, only 429", lambda f: f["refused_otherwise"], lambda v: v == 0),
    Line(
        "load",
        "overload, p99 <= 3 x half load",
        lambda f: f["overload_p99_over_half"],
        lambda v: v <= 3,
    ),
    Line("versions", "no failed request", lambda f: f["failed"], lambda v: v == 0),
    Line("versions", "roll-back <= 5 s", lambda f: f["roll_back_most_s"], lambda v: v <= 5),
    Line("kill", "each acknowledged once", lambda f: _lost(f), lambda v: not any(v.values())),
    Line("hostile", "no fault", lambda f: f["faults_and_undocumented"], lambda v: not v),
    Line("hostile", "no crash", lambda f: f["alive"], bool),
    Line(
        "memory",
        "flat",
        lambda f: f["slope_mib_per_100000"],
        lambda v: v <= MOST_SLOPE_MIB,
    ),
    Line("schema", "every check", lambda f: f["failed_checks"], lambda v: not v),
)


def _lost(found: Mapping[str, Any]) -> dict[str, int]:
    """By database: acknowledged messages that are not there, or not once, or unread."""
    names = ("acknowledged_but_lost", "acknowledged_twice", "without_prediction")
    return {
        kind: sum(one[name] for name in names)
        + len(one["troubles"])
        + one["stored"]
        - one["distinct"]
        for kind, one in found.items()
        if isinstance(one, Mapping) and "stored" in one
    }


def must_show(found: Mapping[str, Any]) -> list[str]:
    """A line for each figure whose part was run: what was asked, reached, and whether it holds."""
    lines = []
    for line in LINES:
        if line.part in found:
            value = line.of(found[line.part])
            word = "ok" if line.holds(value) else "MISSED"
            lines.append(f"{word}: {line.part}: {line.asked}: {value}")
    return lines
