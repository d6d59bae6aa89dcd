"""One problem as staff read it; other work adds its sections here."""

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Any

from otklik.datasets.ledger import Change, Entry
from otklik.datasets.problem_book import ProblemState, Status
from otklik.datasets.store import Store
from otklik.pipelines.problem_export import problem_record

CHANGES = {
    Change.BORN: "появилась",
    Change.GROWN: "выросла",
    Change.MERGED: "влита",
    Change.SPLIT: "отделена",
    Change.CLOSED: "закрыта",
    Change.REOPENED: "открыта снова",
    Change.RENAMED: "переименована",
}
STATUSES = {Status.OPEN: "открыта", Status.CLOSED: "закрыта", Status.MERGED: "влита в другую"}
_LABELS = (
    ("group", "группа тем"),
    ("topic", "тема"),
    ("recipient", "кто отвечает"),
    ("district", "район"),
    ("street", "улица"),
    ("asset", "объект"),
)

Section = tuple[str, str, list[str], Any]
"""Key in JSON, title and lines for people, and the same facts for JSON."""
SECTIONS: list[Callable[[Store, ProblemState], Iterable[Section]]] = []
"""What else `otklik problems show` tells of a problem; other work appends its own."""


def status_text(problem: ProblemState) -> str:
    """«открыта», «влита в № 12»."""
    if problem.merged_into is not None:
        return f"влита в № {problem.merged_into}"
    return STATUSES[problem.status]


def entry_text(entry: Entry) -> str:
    """«влита в № 3», «отделена от № 5», «переименована: …»."""
    text = CHANGES[entry.change]
    if entry.change is Change.MERGED:
        return f"{text} в № {entry.other}"
    if entry.change is Change.SPLIT:
        return f"{text} от № {entry.other}"
    return f"{text}: {entry.details['name']}" if entry.change is Change.RENAMED else text


def entry_record(entry: Entry) -> dict[str, Any]:
    """One change as JSON knows it."""
    return {
        "number": entry.number,
        "change": entry.change.value,
        "at": entry.at.isoformat(),
        "week": entry.week,
        "role": entry.role,
        "other": entry.other,
        "reason": entry.reason,
        "message_ids": list(entry.message_ids),
    }


def describe_problem(problem: ProblemState, zone: tzinfo) -> list[str]:
    """Facts of a problem, a line each."""
    first, last = (moment.astimezone(zone) for moment in (problem.first_at, problem.last_at))
    lines = [
        f"Проблема № {problem.number}. {problem.name}",
        f"состояние: {status_text(problem)}",
        f"сообщений: {len(problem.message_ids)}, с {first:%d.%m.%Y} по {last:%d.%m.%Y}",
    ]
    lines += [f"{label}: {value}" for name, label in _LABELS if (value := problem.facts.get(name))]
    if problem.named_by:
        lines.append(f"имя дано: {problem.named_by}")
    if problem.message_ids:
        latest = ", ".join(map(str, sorted(problem.message_ids)[-10:]))
        lines.append(f"номера последних сообщений: {latest}")
    return lines


def show_record(
    store: Store, problem: ProblemState, entries: Iterable[Entry]
) -> tuple[list[tuple[str, list[str]]], dict[str, Any]]:
    """Sections that other work adds, for people; and the whole problem as JSON."""
    record = problem_record(problem) | {"ledger": [entry_record(one) for one in entries]}
    shown: list[tuple[str, list[str]]] = []
    for section in SECTIONS:
        for key, title, lines, facts in section(store, problem):
            shown.append((title, lines))
            record[key] = facts
    return shown, record
