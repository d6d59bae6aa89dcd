"""How far the labels of a real table get through a crosswalk: to a topic, or only to a group."""

from collections import Counter
from pathlib import Path
from typing import Any

from otklik.datasets.crosswalk_routes import resolve_label
from otklik.datasets.errors import BadFile, UnknownTopic
from otklik.datasets.rubricator import Rubricator
from otklik.datasets.tables import read_table


def coverage_of_labels(
    path: Path, source: Rubricator, target: Rubricator, column: str, group_column: str | None = None
) -> dict[str, Any]:
    """Count the rows of a labelled table by what they reach in `target`.

    Returns
    -------
    dict
        `rows`, `unknown` (labels that `source` does not have, with their counts), and of the rest:
        `topic_mass` and `group_mass` (sums of shares, in rows), `one_topic` (rows whose topic has
        a single target), `main_topic` (rows whose largest share is a topic), `topics_reached`.

    Raises
    ------
    BadFile
        No such column.
    """
    labels: Counter[tuple[str, str | None]] = Counter()
    table = read_table(path)
    for name in (column, group_column):
        if name is not None and name not in table.header:
            raise BadFile(f"{path.name} has no column {name!r}; found {list(table.header)}.")
    for row in table.rows:
        group = row.values.get(group_column) if group_column else None
        labels[row.values.get(column) or "", group] += 1
    unknown: Counter[str] = Counter()
    mass = {"topic": 0.0, "group": 0.0}
    one_topic = main_topic = 0
    reached: set[str] = set()
    groups = {group.code for group in target.groups}
    for (label, group), count in labels.items():
        try:
            shares = resolve_label(label, source.version, target.version, group)
        except UnknownTopic:
            unknown[label] += count
            continue
        for found, weight in shares.items():
            mass["group" if found in groups else "topic"] += weight * count
        if shares and next(iter(shares)) not in groups:
            main_topic += count
            one_topic += count if len(shares) == 1 else 0
        reached |= shares.keys() - groups
    return {
        "rows": labels.total(),
        "unknown": dict(unknown.most_common()),
        "topic_mass": round(mass["topic"], 2),
        "group_mass": round(mass["group"], 2),
        "main_topic": main_topic,
        "one_topic": one_topic,
        "topics_reached": len(reached),
        "topics": len(target.topics),
    }
