"""The pictures of weekly reports in `docs/images`, from a week of the demonstration city.

    python docs/pictures.py var/reports/2025-W52

Needs Chromium, LibreOffice (`soffice`) and `pdftoppm`. A week whose messages are not made up is
refused: pictures of real reports would show what people wrote.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from otklik.pipelines.week_read import SYNTHETIC_NOTE

IMAGES = Path(__file__).with_name("images")
SECTOR = "utilities"
SHOTS = {
    "weekly-mayor-390": ("mayor", 390, 1100),
    "weekly-sector-390": (SECTOR, 390, 1300),
    "weekly-sector-1440": (SECTOR, 1440, 912),
    "weekly-summary-1440": ("summary", 1440, 900),
}
"""Name of a picture → report, width of the window, height that is shown."""
DOCUMENTS = ("mayor", "summary")
DPI = 75


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("week", type=Path)
    week = parser.parse_args().week
    if SYNTHETIC_NOTE not in page_of(week, "mayor").read_text(encoding="utf-8"):
        raise SystemExit(f"{week} is no week of the demonstration city: its messages are real.")
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for name, (report, width, height) in SHOTS.items():
            page = opened.new_page(viewport={"width": width, "height": height})
            page.goto(page_of(week, report).absolute().as_uri())
            shoot(page, IMAGES / f"{name}.png", height)
        page = opened.new_page()
        page.goto(page_of(week, "summary").absolute().as_uri())
        with tempfile.TemporaryDirectory() as folder:
            printed = Path(folder) / "summary.pdf"
            page.pdf(path=printed, format="A4")
            first_page(printed, "weekly-summary-print")
        opened.close()
    for report in DOCUMENTS:
        with tempfile.TemporaryDirectory() as folder:
            document = week / report / f"{report}.docx"
            command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder]
            subprocess.run([*command, str(document)], check=True, capture_output=True)
            first_page(Path(folder) / f"{report}.pdf", f"weekly-{report}-docx")


def page_of(week: Path, report: str) -> Path:
    """The HTML of a report."""
    return week / report / f"{report}.html"


def shoot(page: Page, path: Path, height: int) -> None:
    """The upper part of the text, without the empty margins of a wide window."""
    box = page.locator("main").bounding_box()
    assert box is not None
    clip = {"x": box["x"], "y": 0, "width": box["width"], "height": height}
    page.screenshot(path=path, clip=clip)  # type: ignore[arg-type]


def first_page(document: Path, name: str) -> None:
    """The first page of a PDF."""
    command = ["pdftoppm", "-png", "-r", str(DPI), "-singlefile", str(document)]
    subprocess.run([*command, str(IMAGES / name)], check=True)


if __name__ == "__main__":
    main()
