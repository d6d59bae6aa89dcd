"""A rubricator as a flat table of names and codes: what regions' exports let one collect."""

import csv
from collections.abc import Iterable
from pathlib import Path

from otklik.datasets.errors import BadRubricator
from otklik.datasets.rubricator import Group, Rubricator, Topic, name_key

COLUMNS = ["group_code", "group", "code", "topic", "hint"]


def load_table_rubricator(path: Path, title: str = "") -> Rubricator:
    """Read and check a CSV with the columns `group_code, group, code, topic[, hint]`.

    Raises
    ------
    BadRubricator
        Names file and line: missing column, empty cell, duplicate code, ….
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _parse(file, path, title)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRubricator(f"{path.name} is not a CSV in UTF-8: {error}. Save it so.") from error


def _parse(file: Iterable[str], path: Path, title: str) -> Rubricator:
    groups: dict[str, Group] = {}
    topics: dict[str, Topic] = {}
    names: set[tuple[str, str]] = set()
    reader = csv.DictReader(file)
    missing = [name for name in COLUMNS[:4] if name not in (reader.fieldnames or [])]
    if missing:
        raise BadRubricator(f"{path.name}, line 1: no column {missing}; expected {COLUMNS[:4]}.")
    for row in reader:
        where = f"{path.name}, line {reader.line_num}"
        empty = [name for name in COLUMNS[:4] if not (row[name] or "").strip()]
        if empty:
            raise BadRubricator(f"{where}: {empty[0]!r} is empty.")
        group = groups.setdefault(row["group_code"], Group(row["group_code"], row["group"]))
        if group.name != row["group"]:
            raise BadRubricator(
                f"{where}: group {group.code!r} is «{row['group']}», above «{group.name}»."
            )
        if row["code"] in topics:
            raise BadRubricator(f"{where}: code {row['code']!r} is given twice.")
        if (name := (group.code, name_key(row["topic"]))) in names:
            raise BadRubricator(f"{where}: topic «{row['topic']}» stands twice in its group.")
        names.add(name)
        topics[row["code"]] = Topic(row["code"], group, row["topic"], row.get("hint") or "")
    clash = groups.keys() & topics.keys()
    if clash:
        raise BadRubricator(f"{path.name}: {sorted(clash)} name both a group and a topic.")
    if not topics:
        raise BadRubricator(f"{path.name} holds no topic.")
    return Rubricator(path.stem, title or path.stem, tuple(groups.values()), tuple(topics.values()))


def dump_table_rubricator(topics: Iterable[Topic], path: Path) -> None:
    """Write topics so that `load_table_rubricator` reads them back; replaces the file at once."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for topic in topics:
            writer.writerow(
                [topic.group.code, topic.group.name, topic.code, topic.name, topic.hint]
            )
    part.replace(path)
