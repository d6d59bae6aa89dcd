"""A report as DOCX, in the styles of a template that the customer may replace."""

import io
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from otklik.datasets.errors import BadTemplate
from otklik.pipelines.report_blocks import Figure, Heading, Line, Paragraph, Table, plain
from otklik.pipelines.report_charts import WIDTH
from otklik.pipelines.report_compose import Report
from otklik.pipelines.report_text import FOLDER
from otklik.pipelines.week import Week

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph as Written

TEMPLATE = FOLDER / "report.docx"
PLACE = "[[ОТЧЁТ]]"
"""A paragraph of the template that the report takes the place of; without one it is the end."""
STYLES = {
    "text": "Normal",
    "item": "List Bullet",
    "note": "Otklik Note",
    "lead": "Subtitle",
    "cell": "Otklik Cell",
    "caption": "Caption",
    "table": "Table Grid",
}
_HEADINGS = {1: "Title", 2: "Heading 1", 3: "Heading 2"}
NEEDED = sorted({*STYLES.values(), *_HEADINGS.values()})
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_MARK = "EEF3F8"
_LEAST_CHARS, _MOST_CHARS = 6, 34


def render_docx(report: Report, week: Week, template: Path = TEMPLATE) -> bytes:
    """The file; the same report gives the same bytes.

    Raises
    ------
    BadTemplate
        The template is no DOCX, or lacks a style.
    """
    document = _opened(template)
    spot = next((one for one in document.paragraphs if one.text.strip() == PLACE), None)
    writer = _Writer(document)
    for block in report.blocks:
        match block:
            case Heading(level=level, line=line):
                writer.paragraph(line, _HEADINGS[level])
            case Paragraph(line=line, style=style):
                writer.paragraph(line, STYLES[style])
            case Table():
                writer.table(block)
            case Figure(name=name, caption=caption, alt=alt):
                writer.figure(report.charts[name].png, caption, alt)
    if spot is not None:
        for element in writer.written:
            spot._element.addprevious(element)
        spot._element.getparent().remove(spot._element)
    _sign(document, report.title, week)
    buffer = io.BytesIO()
    document.save(buffer)
    return fixed_zip(buffer.getvalue())


def fixed_zip(packed: bytes) -> bytes:
    """The same archive with the times of its members set to the first day of the format."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(packed)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = ZipInfo(name, _FIRST_DAY)
            info.compress_type = ZIP_DEFLATED
            target.writestr(info, source.read(name))
    return out.getvalue()


def check_template(template: Path) -> None:
    """See that a template can be used, before hours of work.

    Raises
    ------
    BadTemplate
    """
    _opened(template)


class _Writer:
    """Appends to a document and remembers what it wrote."""

    def __init__(self, document: "Document") -> None:
        self._document = document
        self.written: list[object] = []

    def paragraph(self, line: Line, style: str) -> "Written":
        paragraph = self._document.add_paragraph(style=style)
        for span in line:
            paragraph.add_run(span.text)
        self.written.append(paragraph._element)
        return paragraph

    def table(self, block: Table) -> None:
        from otklik.pipelines.report_blocks import words

        if not block.rows:
            self.paragraph(words(block.empty), STYLES["text"])
            return
        table = self._document.add_table(len(block.rows) + 1, len(block.columns))
        table.style = STYLES["table"]
        # LibreOffice and Word size columns differently by themselves.
        table.autofit = False
        for column, width in zip(table.columns, self._widths(block), strict=True):
            column.width = width
            for cell in column.cells:
                cell.width = width
        for row in table.rows:
            _mark_row(row._tr, "w:cantSplit")
        _mark_row(table.rows[0]._tr, "w:tblHeader")
        for column, name in enumerate(block.columns):
            self._fill(table.cell(0, column), words(name), wide=column in block.wide, bold=True)
        for place, cells in enumerate(block.rows):
            marked = place in block.marks
            for column, (cell, line) in enumerate(
                zip(table.rows[place + 1].cells, cells, strict=True)
            ):
                self._fill(cell, line, wide=column in block.wide, bold=marked and column == 0)
                if marked:
                    _shade(cell)
        self.written.append(table._element)
        self.paragraph((), STYLES["text"])

    def _widths(self, block: Table) -> list[int]:
        """Widths of columns in EMU, as their content needs, the page's width together."""
        section = self._document.sections[-1]
        margins = (section.left_margin or 0) + (section.right_margin or 0)
        whole = (section.page_width or 0) - margins
        needs = []
        for column, name in enumerate(block.columns):
            texts = [plain(row[column]) for row in block.rows]
            words = [len(word) for word in " ".join([name, *texts]).split(" ")]
            average = sum(map(len, texts)) / max(1, len(texts))
            lines = average / 2 if column in block.wide else max(map(len, texts), default=0)
            needs.append(max(_LEAST_CHARS, min(_MOST_CHARS, max(lines, *words) + 3)))
        return [int(whole * need / sum(needs)) for need in needs]

    def figure(self, png: bytes, caption: Line, alt: str) -> None:
        from docx.shared import Inches

        paragraph = self.paragraph((), STYLES["text"])
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Inches(WIDTH))
        shape._inline.docPr.set("descr", alt)
        self.paragraph(caption, STYLES["caption"])

    def _fill(self, cell: "_Cell", line: Line, *, wide: bool, bold: bool) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = cell.paragraphs[0]
        paragraph.style = STYLES["cell"]
        if not wide:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for span in line:
            paragraph.add_run(span.text).bold = bold or None


def _opened(template: Path) -> "Document":
    from docx import Document as open_document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = open_document(str(template))
    except (PackageNotFoundError, BadZipFile, ValueError, KeyError, OSError) as error:
        raise BadTemplate(f"{template} is no DOCX: {error}. Save it as .docx in Word.") from error
    known = {style.name for style in document.styles}
    missing = [name for name in NEEDED if name not in known]
    if missing:
        raise BadTemplate(
            f"Template {template.name} has no style {', '.join(map(repr, missing))}. Add them, or "
            f"start from the shipped one, which has all of {', '.join(NEEDED)}."
        )
    return document


def _sign(document: "Document", title: str, week: Week) -> None:
    """Properties that do not depend on when and by whom the file was built."""
    moment = datetime.combine(week.sunday, time(), tzinfo=UTC).replace(tzinfo=None)
    properties = document.core_properties
    properties.title, properties.subject = title, week.days
    properties.author = properties.last_modified_by = "Отклик"
    properties.created = properties.modified = moment
    properties.revision = 1
    properties.language = "ru-RU"


def _mark_row(row: "object", name: str) -> None:
    """Say of a row that it repeats on every page, or that no page breaks it."""
    from docx.oxml import OxmlElement

    row.get_or_add_trPr().append(OxmlElement(name))  # type: ignore[attr-defined]


def _shade(cell: "_Cell") -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _MARK)):
        shade.set(qn(f"w:{name}"), value)
    cell._element.get_or_add_tcPr().append(shade)
