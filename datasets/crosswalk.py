"""Crosswalks: how a topic of one rubricator version is shared among the topics of another."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from otklik.datasets.errors import BadCrosswalk
from otklik.datasets.rubricator import Rubricator

COLUMNS = ["source_code", "source_topic", "targets", "note"]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Crosswalk:
    """Shares of every source topic, by target code; each row sums to 1.

    A target may be a group's code: the mass reaches the group but no topic of it.
    """

    source: Rubricator
    target: Rubricator
    rows: Mapping[str, Mapping[str, float]]
    notes: Mapping[str, str]

    def resolve(self, code: str) -> dict[str, float]:
        """Shares of a topic (or of a whole group: the mean of its topics) among target codes.

        Returns
        -------
        dict of str to float
            Sums to 1; less (or empty) only on the way back, see `inverse`.
        """
        if code in self.rows:
            return dict(self.rows[code])
        members = [topic.code for topic in self.source.members(code)]
        return mix((1 / len(members), self.rows.get(member, {})) for member in members)

    @cached_property
    def inverse(self) -> "Crosswalk":
        """The way back: source topics that feed a target, by their share of its mass.

        Source topics count alike. A target topic that nothing feeds falls back to what feeds its
        group; if nothing feeds the group either, it has no row.
        """
        fed: dict[str, dict[str, float]] = {}
        by_group: dict[str, dict[str, float]] = {}
        for code, shares in self.rows.items():
            for target, weight in shares.items():
                of_group = by_group.setdefault(self.target.group_code(target), {})
                of_group[code] = of_group.get(code, 0.0) + weight
                fed.setdefault(target, {})[code] = weight
        rows = {}
        for topic in self.target.topics:
            # Mass that stopped at the group may be any of its topics: it is the second choice.
            group = topic.group.code
            feeders = fed.get(topic.code) or fed.get(group) or by_group.get(group)
            if feeders:
                rows[topic.code] = _normalised(feeders)
        return Crosswalk(self.target, self.source, rows, {})


def mix(parts: Iterable[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Weighted sum of share tables; keys in falling weight."""
    total: dict[str, float] = {}
    for weight, shares in parts:
        for code, share in shares.items():
            total[code] = total.get(code, 0.0) + weight * share
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _normalised(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    return {code: weight / total for code, weight in shares.items()}


def parse_targets(cell: str) -> dict[str, float]:
    """Read «roads.potholes=0.8; improvement.yard_potholes=0.2».

    Raises
    ------
    ValueError
        Says what is wrong with the cell.
    """
    shares: dict[str, float] = {}
    for item in cell.split(";"):
        code, sign, weight = (part.strip() for part in item.partition("="))
        if not code or not sign:
            raise ValueError(f"{item.strip()!r} is not code=weight")
        if code in shares:
            raise ValueError(f"{code!r} is named twice")
        shares[code] = float(weight)
        if not 0 < shares[code] <= 1:
            raise ValueError(f"weight of {code!r} is {weight}, expected more than 0 and at most 1")
    if abs(sum(shares.values()) - 1) > TOLERANCE:
        raise ValueError(f"weights sum to {sum(shares.values()):g}, expected 1")
    return shares


def load_crosswalk(path: Path, source: Rubricator, target: Rubricator) -> Crosswalk:
    """Read and check a crosswalk: every source topic once, every target known, no mass lost.

    Raises
    ------
    BadCrosswalk
        Names file and line.
    """
    rows: dict[str, dict[str, float]] = {}
    notes: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise BadCrosswalk(
                f"{path.name}, line 1: columns {reader.fieldnames}, expected {COLUMNS}."
            )
        for row in reader:
            where = f"{path.name}, line {reader.line_num}"
            code = row["source_code"]
            if code in rows:
                raise BadCrosswalk(f"{where}: {code!r} is mapped twice.")
            if code not in source or source.topic(code).name != row["source_topic"]:
                raise BadCrosswalk(
                    f"{where}: {code!r} «{row['source_topic']}» is no topic of {source.version}."
                )
            try:
                rows[code] = parse_targets(row["targets"])
            except ValueError as error:
                raise BadCrosswalk(f"{where}, column 'targets': {error}.") from error
            unknown = [name for name in rows[code] if name not in target]
            if unknown:
                raise BadCrosswalk(f"{where}: {unknown[0]!r} is not in {target.version}.")
            if row["note"]:
                notes[code] = row["note"]
    missing = [topic.code for topic in source.topics if topic.code not in rows]
    if missing:
        raise BadCrosswalk(
            f"{path.name} maps {len(rows)} of {len(source.topics)}; missing {missing[:5]}."
        )
    return Crosswalk(source, target, rows, notes)
