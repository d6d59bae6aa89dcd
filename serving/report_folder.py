"""The weekly reports as files: which weeks there are, and what each holds."""

import re
from dataclasses import dataclass
from pathlib import Path

NAME = "reports"
_WEEK = re.compile(r"\d{4}-W\d{2}")
KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FIRST = ("mayor", "summary")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One report of a week: `title` as the page itself names it."""

    name: str
    title: str


class ReportFolder:
    """Reports under OTKLIK_VAR; only what is listed is ever opened.

    Parameters
    ----------
    var : Path
    """

    def __init__(self, var: Path) -> None:
        self._folder = var / NAME

    def weeks(self) -> list[str]:
        """Names of the weeks, the latest first."""
        if not self._folder.is_dir():
            return []
        names = (path.name for path in self._folder.iterdir() if path.is_dir())
        return sorted((name for name in names if _WEEK.fullmatch(name)), reverse=True)

    def reports(self, week: str) -> list[ReportFile]:
        """Reports of a week: the mayor's note and the summary first; empty for no such week."""
        found = [ReportFile(path.stem, _title(path)) for path in self._pages(week)]
        order = {name: place for place, name in enumerate(FIRST)}
        return sorted(found, key=lambda one: (order.get(one.name, len(order)), one.title))

    def _pages(self, week: str) -> list[Path]:
        if week not in self.weeks():
            return []
        return [
            path
            for path in (self._folder / week).glob("*/*.html")
            if path.stem == path.parent.name and path.stem != "votes"
        ]

    def _is_report(self, week: str, name: str) -> bool:
        return name in {path.stem for path in self._pages(week)}

    def page(self, week: str, name: str) -> str | None:
        """A report's page; None where there is none."""
        if not self._is_report(week, name):
            return None
        return (self._folder / week / name / f"{name}.html").read_text(encoding="utf-8")

    def file(self, week: str, name: str, kind: str) -> bytes | None:
        """A report as DOCX or XLSX; None where there is none."""
        if kind not in KINDS or not self._is_report(week, name):
            return None
        path = self._folder / week / name / f"{name}.{kind}"
        return path.read_bytes() if path.is_file() else None

    def votes(self, week: str) -> str | None:
        """The page of questions for votes of a week; None where there is none."""
        path = self._folder / week / "votes" / "votes.html"
        if week not in self.weeks() or not path.is_file():
            return None
        return path.read_text(encoding="utf-8")


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        found = _TITLE.search(file.read(_HEAD_BYTES))
    return " ".join(found[1].split()) if found else path.stem
