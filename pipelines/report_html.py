"""A report as one self-contained page: styles and charts inside, nothing fetched, nothing run."""

from base64 import b64encode
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from otklik.pipelines.report_blocks import Block, Figure, Heading, Paragraph, Table
from otklik.pipelines.report_charts import Chart
from otklik.pipelines.report_compose import Report
from otklik.pipelines.report_text import FOLDER

STYLE = FOLDER / "page.css"


def render_html(report: Report, week: str) -> str:
    """The page.

    Every fact is a `span` with its number in `data-fact`.

    Parameters
    ----------
    week : str
        Its days, for the title of the window.
    """
    return _page().render(
        title=report.title,
        week=week,
        style=STYLE.read_text(encoding="utf-8"),
        blocks=_gathered(report.blocks, report.charts),
    )


def _gathered(blocks: list[Block], charts: dict[str, Chart]) -> list[dict[str, Any]]:
    """Blocks as the page wants them: items that follow each other are one list."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        match block:
            case Paragraph(line=line, style="item"):
                if not found or found[-1]["kind"] != "list":
                    found.append({"kind": "list", "items_": []})
                found[-1]["items_"].append(line)
            case Paragraph(line=line, style=style):
                found.append({"kind": "paragraph", "line": line, "style": style})
            case Heading(level=level, line=line):
                found.append({"kind": "heading", "level": level, "line": line})
            case Figure(name=name, caption=caption, alt=alt):
                image = b64encode(charts[name].svg).decode()
                found.append({"kind": "figure", "line": caption, "alt": alt, "image": image})
            case Table():
                parts = ("title", "columns", "rows", "wide", "marks", "empty")
                found.append({"kind": "table", **{part: getattr(block, part) for part in parts}})
    return found


@lru_cache(maxsize=1)
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
