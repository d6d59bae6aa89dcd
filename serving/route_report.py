"""What a check has found, in words: file, both lines, both values, what to do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from otklik.serving.route_rows import Case, DeadlineRow, Row
from otklik.serving.route_survey import ANY, Gap, Topics

MANY = 4


class Severity(StrEnum):
    """An error makes the file unusable; a warning is for the owner to read."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding.

    Parameters
    ----------
    severity : Severity
        Whether the file may be used.
    kind : str
        «conflict», «gap», «unreachable», «unknown_topic», ….
    line : int
        Where, from 1.
    message : str
        What, both values, what to do.
    other_line : int or None
        Of the second row, where two are at odds.
    """

    severity: Severity
    kind: str
    line: int
    message: str
    other_line: int | None = None


def error(kind: str, line: int, message: str, other_line: int | None = None) -> Fault:
    """A finding that makes the file unusable."""
    return Fault(Severity.ERROR, kind, line, message, other_line)


def warning(kind: str, line: int, message: str) -> Fault:
    """A finding that does not."""
    return Fault(Severity.WARNING, kind, line, message)


def conflict(rows: Iterable[Row], case: Case, file: str) -> Fault:
    """Two rows of which neither is more specific, and which decide differently."""
    first, *others = sorted(rows, key=lambda row: row.line)
    second = next(row for row in others if row.value != first.value)
    values = [decision(row) for row in (first, second)]
    where = (
        f"{file}, line {first.line} ({first.conditions()}) says {values[0]}, "
        f"line {second.line} ({second.conditions()}) says {values[1]}"
    )
    dated = any(row.valid_from or row.valid_to for row in (first, second))
    if _same_conditions(first, second):
        kind = "overlap" if dated else "conflict"
        cure = "end the older one by valid_to, or remove one" if dated else "remove one"
        return error(kind, first.line, f"{where}, for the same cases: {cure}", second.line)
    if first.levels == second.levels:
        cure = "take out of one what both name, or give one a higher priority"
    else:
        cure = "neither is more specific: write a row for both, or give one a higher priority"
    return error("conflict", first.line, f"{where}; both fit {_case(case)}: {cure}", second.line)


def unreachable(row: Row, winners: list[Row], file: str) -> Fault:
    """A row that never decides."""
    said = f"{file}, line {row.line} ({row.conditions()}) never decides"
    if not winners:
        return error("unreachable", row.line, f"{said}: no case can fit it; remove or correct it")
    lines = sorted({winner.line for winner in winners})
    others = ", ".join(map(str, lines[:MANY])) + (", …" if len(lines) > MANY else "")
    same = all(winner.value == row.value for winner in winners)
    why = f"line {others} says the same" if same else f"line {others} always wins"
    return error("unreachable", row.line, f"{said}: {why}; remove or correct it", lines[0])


def decision(row: Row) -> str:
    """What a row decides, for messages."""
    if isinstance(row, DeadlineRow):
        rule = f", {row.on_day_off}" if row.on_day_off != "previous" else ""
        return f"{row.amount} {row.unit} from {row.starts}{rule} ({row.basis or 'no basis'})"
    return ", ".join(map(str, row.value))


def gap_faults(
    gaps: Iterable[Gap], what: str, line: int, file: str, today: date
) -> Iterator[Fault]:
    """Gaps of one group of topics and one day in one finding.

    An error where a message of a known topic in a known district has no row today; a warning where
    only the topic or the district is unknown (a person decides then) or the gap opens later.
    """
    merged: dict[tuple[Topics, date], list[Gap]] = defaultdict(list)
    for gap in gaps:
        merged[gap.topics, gap.since].append(gap)
    for (topics, since), found in merged.items():
        certain = [gap for gap in found if gap.district is not None]
        fault = error if certain and topics.codes and since <= today else warning
        where = _where(certain or found)
        dated = f" from {since}" if since > today else ""
        message = f"{file}: no {what} for {_topics(topics)}{where}{dated}; add a row"
        yield fault("gap", line, message)


def _where(gaps: list[Gap]) -> str:
    districts = _unique(gap.district or "no known district" for gap in gaps)
    sources = _unique(gap.source for gap in gaps)
    marks = _unique(str(gap.importance or "unknown") for gap in gaps)
    text = "" if districts == [ANY] else f", district {', '.join(districts)}"
    text += "" if sources == [ANY] else f", source {', '.join(sources)}"
    return text + ("" if marks == ["unknown"] else f", importance {', '.join(marks)}")


def _topics(topics: Topics) -> str:
    if topics.topic is not None:
        return f"topic {topics.topic}"
    if not topics.codes:
        return f"group {topics.group} where the topic is not known"
    shown = ", ".join(topics.codes[:MANY])
    more = f" and {len(topics.codes) - MANY} more" if len(topics.codes) > MANY else ""
    return f"group {topics.group} ({shown}{more})"


def _case(case: Case) -> str:
    parts = [case.topic or case.group, case.district or "no known district", case.source]
    if case.importance:
        parts.append(f"importance {case.importance}")
    if case.on != date.min:
        parts.append(f"on {case.on}")
    return " × ".join(part for part in parts if part != ANY)


def _same_conditions(first: Row, second: Row) -> bool:
    skipped = {"valid_from", "valid_to", "note", "priority", "recipients", "basis"}
    skipped |= {"amount", "unit", "on_day_off", "starts", "calendar"}
    return _as_sets(first, skipped) == _as_sets(second, skipped)


def _as_sets(row: Row, skipped: set[str]) -> dict[str, object]:
    fields = row.model_dump(exclude=skipped)
    return {
        name: frozenset(value) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
