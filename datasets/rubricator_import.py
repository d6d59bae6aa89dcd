"""A customer's own rubricator, read from a table into the installed ones."""

import re
from collections import Counter
from pathlib import Path

from otklik.datasets.errors import BadRubricator, UnknownTopic
from otklik.datasets.rubricator import Group, Rubricator, Topic, name_key
from otklik.datasets.rubricator_table import dump_table_rubricator, load_table_rubricator
from otklik.datasets.rubricator_versions import SHIPPED, imported_folder, load_rubricator
from otklik.datasets.tables import read_table

HEADERS = {
    "group": ("группа тем", "группа", "категория", "group", "category"),
    "topic": ("тема", "подкатегория", "причина", "topic", "subtopic", "reason"),
    "hint": ("описание", "комментарий", "подсказка", "description", "hint", "comment"),
}
BASE = "im-2026"
VERSION = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def import_rubricator(path: Path, version: str) -> Rubricator:
    """Read `group, topic[, description]` from .xlsx or .csv and install it under `version`.

    Codes are lasting: a topic that an earlier import of this version or `im-2026` knows by name
    keeps its code; a new topic gets the next free number of its group. Numbers are never reused.

    Raises
    ------
    BadRubricator
        Names file and line: no such column, an empty cell, a topic twice in its group, ….
    """
    if not VERSION.fullmatch(version):
        raise BadRubricator(f"Version {version!r}: use lower-case Latin letters, digits and . _ -.")
    if (SHIPPED / version).exists() or (SHIPPED / f"{version}.csv").exists():
        raise BadRubricator(f"Version {version!r} is shipped with otklik: choose another name.")
    folder = imported_folder()
    target = folder / f"{version}.csv"
    known = [load_rubricator(BASE)]
    if target.is_file():
        known.insert(0, load_rubricator(version))
    topics = _with_codes(_read(path), known)
    folder.mkdir(parents=True, exist_ok=True)
    dump_table_rubricator(topics, target)
    return load_table_rubricator(target)


def _read(path: Path) -> list[tuple[str, str, str]]:
    table = read_table(path)
    columns = {field: _column(table.header, names) for field, names in HEADERS.items()}
    for field in ("group", "topic"):
        if columns[field] is None:
            raise BadRubricator(
                f"{path.name}: no column for {field}; found {list(table.header)}, "
                f"expected one of {list(HEADERS[field])}."
            )
    rows: list[tuple[str, str, str]] = []
    seen: dict[tuple[str, str], int] = {}
    group = ""
    for row in table.rows:
        cells = {f: (row.values.get(c) or "").strip() if c else "" for f, c in columns.items()}
        # Merged cells: the group's name stands only in its first row.
        group = cells["group"] or group
        if not cells["topic"] and not cells["group"]:
            continue
        if not cells["topic"] or not group:
            empty = "topic" if group else "group"
            raise BadRubricator(f"{path.name}, line {row.line}, column {columns[empty]!r}: empty.")
        key = name_key(group), name_key(cells["topic"])
        if key in seen:
            raise BadRubricator(
                f"{path.name}, line {row.line}: topic «{cells['topic']}» already stands in line "
                f"{seen[key]}; remove one of them."
            )
        seen[key] = row.line
        rows.append((group, cells["topic"], cells["hint"]))
    if not rows:
        raise BadRubricator(f"{path.name} holds no topic.")
    return rows


def _column(header: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    keys = {name_key(column): column for column in header}
    return next((keys[name] for name in names if name in keys), None)


def _with_codes(rows: list[tuple[str, str, str]], known: list[Rubricator]) -> list[Topic]:
    groups: dict[str, Group] = {}
    used = {topic.code for rubricator in known for topic in rubricator.topics}
    used |= {group.code for rubricator in known for group in rubricator.groups}
    given: set[str] = set()
    numbers: Counter[str] = Counter()
    topics = []
    for group_name, topic_name, hint in rows:
        key = name_key(group_name)
        if key not in groups:
            groups[key] = Group(_group_code(group_name, known, used), group_name)
            used.add(groups[key].code)
        group = groups[key]
        code = _known_code(group_name, topic_name, known)
        while code is None or code in given:
            numbers[group.code] += 1
            free = f"{group.code}.n{numbers[group.code]:02d}"
            code = None if free in used else free
        given.add(code)
        topics.append(Topic(code, group, topic_name, hint))
    return topics


def _group_code(name: str, known: list[Rubricator], used: set[str]) -> str:
    for rubricator in known:
        try:
            return rubricator.find_group(name).code
        except UnknownTopic:
            continue
    return next(code for number in range(1, 1000) if (code := f"g{number:02d}") not in used)


def _known_code(group: str, topic: str, known: list[Rubricator]) -> str | None:
    for rubricator in known:
        try:
            found = rubricator.find(topic, group)
        except UnknownTopic:
            continue
        if name_key(found.group.name) == name_key(group):
            return found.code
    return None
