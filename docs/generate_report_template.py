"""Write pipelines/templates/report.docx: the styles of the shipped report, on A4, in Russian."""

import io
from datetime import datetime

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from otklik.pipelines.report_docx import PLACE, TEMPLATE, fixed_zip

FONT = "Times New Roman"
BLUE = RGBColor(0x1F, 0x4E, 0x79)
INK = RGBColor(0x1A, 0x1A, 0x1A)
GREY = RGBColor(0x5B, 0x5B, 0x5B)


def main() -> None:
    """Write the file; the same bytes every time."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(15)
    section.top_margin = section.bottom_margin = Mm(18)
    for name, size, color, before, after, bold in (
        ("Normal", 12, None, 0, 5, False),
        ("Title", 18, BLUE, 0, 2, True),
        ("Subtitle", 12, GREY, 0, 8, False),
        ("Heading 1", 14, BLUE, 12, 4, True),
        ("Heading 2", 12, INK, 8, 3, True),
        ("List Bullet", 12, None, 0, 3, False),
        ("Caption", 10, GREY, 4, 4, False),
        ("Otklik Cell", 9.5, None, 1, 1, False),
        ("Otklik Note", 9.5, GREY, 6, 4, False),
    ):
        if name not in [style.name for style in document.styles]:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles[
                "Normal"
            ]
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
        style.font.italic = False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        if color is not None:
            style.font.color.rgb = color
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(after)
        style.paragraph_format.line_spacing = 1.0
    document.styles["Heading 1"].paragraph_format.keep_with_next = True
    document.styles["Heading 2"].paragraph_format.keep_with_next = True
    title = document.styles["Title"].element.get_or_add_pPr()
    for border in title.findall(qn("w:pBdr")):
        title.remove(border)
    borders = document.styles["Table Grid"].element.find(f".//{qn('w:tblBorders')}")
    for border in borders:
        across = border.tag in (qn("w:top"), qn("w:bottom"), qn("w:insideH"))
        border.set(qn("w:val"), "single" if across else "nil")
        border.set(qn("w:color"), "B5B5B5")
    document.add_paragraph(PLACE)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "Отклик"
    properties.title, properties.comments = "Шаблон недельного отчёта", ""
    properties.created = properties.modified = datetime(2025, 1, 1)
    buffer = io.BytesIO()
    document.save(buffer)
    TEMPLATE.write_bytes(fixed_zip(buffer.getvalue()))


if __name__ == "__main__":
    main()
