"""The ranking for people and programs: CSV, and a page that needs nothing else."""

import csv
from collections.abc import Sequence
from pathlib import Path

from otklik.datasets.errors import BadFile
from otklik.pipelines.sheet_cell import inert
from otklik.pipelines.vote_rank import Question
from otklik.pipelines.vote_settings import FACTORS

TITLES = {
    "burden": "сверх обычного",
    "reach": "разных людей",
    "persistence": "как долго",
    "spread": "по районам",
    "inequity": "неравенство районов",
    "importance": "важность",
    "solvable": "решаемость",
    "divided": "разные желания",
}
MOST = 15
"""Questions of the page; the table has all."""
TEMPLATE = Path(__file__).with_name("templates") / "votes.j2"
SUFFIXES = (".csv", ".html")


def write_questions(questions: Sequence[Question], path: Path, period: str) -> None:
    """Write the ranking; equal rankings are equal bytes.

    Raises
    ------
    BadFile
        Another ending than .csv or .html.
    """
    if path.suffix not in SUFFIXES:
        raise BadFile(f"{path.name}: the ending must be one of {', '.join(SUFFIXES)}.")
    part = path.with_name(path.name + ".part")
    if path.suffix == ".csv":
        _write_csv(questions, part)
    else:
        part.write_text(page(questions, period), encoding="utf-8")
    part.replace(path)


def page(questions: Sequence[Question], period: str) -> str:
    """The ranking as one HTML page."""
    from jinja2 import Environment, StrictUndefined

    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = made.from_string(TEMPLATE.read_text(encoding="utf-8"))
    best = questions[:MOST]
    more = len(questions) - len(best)
    return template.render(questions=best, more=more, period=period, titles=TITLES)


def rows_of(questions: Sequence[Question]) -> list[dict[str, str | int | float]]:
    """Rows for a table, one a question, columns in a fixed order."""
    return [
        {
            "место": one.rank,
            "место, от": one.low,
            "место, до": one.high,
            "тема": one.topic,
            "группа": one.group,
            "людей": one.authors if one.named else "",
            "сообщений": one.messages,
            "оценка": round(one.score, 4),
            **{TITLES[name]: round(one.factors[name], 4) for name in FACTORS},
            "компетенция": one.competence,
            "вопрос": one.draft.question,
            "варианты": " | ".join(one.draft.options),
            "замечания": "; ".join(one.draft.remarks),
        }
        for one in questions
    ]


def _write_csv(questions: Sequence[Question], path: Path) -> None:
    rows = rows_of(questions)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0] if rows else ["место"])
        for row in rows:
            writer.writerow([inert(value) for value in row.values()])
