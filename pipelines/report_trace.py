"""From a printed number back to its query and its messages."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from otklik.datasets.errors import Contradiction, NoReport
from otklik.pipelines.fact_base import Evidence
from otklik.pipelines.facts import Kind, show
from otklik.pipelines.weekly import FACTS, SNAPSHOT, TABLES


@dataclass(frozen=True)
class Traced:
    """A fact of a report: what is printed, the query that gave it, the messages behind it."""

    id: str
    shown: str
    kind: str
    query: str
    ids_query: str | None
    message_ids: tuple[int, ...]

    def record(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)

    def lines(self) -> Iterator[tuple[str, str]]:
        """For people."""
        yield "number", f"{self.shown} ({self.id})"
        yield "query", self.query
        if self.ids_query:
            yield "messages", f"{len(self.message_ids)}: {self.ids_query}"
            yield "ids", " ".join(map(str, self.message_ids))


def trace_number(report: Path, number: str) -> list[Traced]:
    """Every fact of a report that is printed like that, or has that name.

    The query is asked again of the stored week.

    Raises
    ------
    NoReport
        No such report, or nothing in it is printed like that.
    Contradiction
        The stored week answers something else today than what was printed.
    """
    folder = report if report.is_dir() else report.parent
    facts = folder / FACTS
    if not facts.is_file():
        raise NoReport(
            f"{report} is no report: {facts} is not there. Name a file or folder that "
            "`otklik weekly` wrote."
        )
    records = json.loads(facts.read_text(encoding="utf-8"))
    wanted = _plain(number)
    found = [one for one in records if wanted in (_plain(one["id"]), _plain(one["shown"]))]
    # «382» also finds «382 (350–410)».
    found = found or [one for one in records if _plain(one["shown"]).split(" ")[0] == wanted]
    if not found:
        raise NoReport(
            f"Nothing in {folder.name} is printed as {number!r}; its {len(records)} facts are "
            f"in {facts}."
        )
    evidence = Evidence.read(folder.parent / SNAPSHOT, folder.parent / TABLES)
    try:
        return [_traced(one, evidence) for one in found]
    finally:
        evidence.close()


def _traced(record: dict[str, Any], evidence: Evidence) -> Traced:
    today = show(Kind(record["kind"]), evidence.row(record["query"]))
    if today != record["shown"]:
        raise Contradiction(
            f"{record['id']} was printed as {record['shown']!r}, the stored week now answers "
            f"{today!r} ({record['query']}): the week's files were changed. Build it again."
        )
    ids = evidence.ids(record["ids_query"]) if record["ids_query"] else []
    names = ("id", "shown", "kind", "query", "ids_query")
    return Traced(**{name: record[name] for name in names}, message_ids=tuple(ids))


def _plain(text: str) -> str:
    """As a keyboard writes it: plain spaces, hyphen for minus and dash."""
    for sign, plain in (("\u00a0", " "), ("\u2212", "-"), ("–", "-")):
        text = text.replace(sign, plain)
    return text.strip().casefold()
