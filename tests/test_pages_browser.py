"""Pages as people meet them: in Chromium, on a phone, by keyboard, in the dark of a printer."""

import os
import shutil
import socket
import threading
import time

import pytest
import uvicorn
from calling import quick, use_var
from registering import open_tiny, write_tiny

from otklik.datasets.settings import load_settings
from otklik.serving.app import create_app

CHROMIUM = shutil.which("chromium")
PAGE = """<!doctype html><html lang="ru"><head><meta name="viewport" content="width=device-width">
<title>Записка мэру</title><style>table { width: 100% }</style></head><body><h1>Записка</h1>
<table><tr><td>Поступило</td><td>21</td></tr></table></body></html>"""

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("OTKLIK_REQUIRE_CHROMIUM"),
        reason="needs Debian's chromium: apt-get install chromium",
    ),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var")
    write_tiny(folder / "models" / "default")
    place = folder / "reports" / "2025-W11" / "mayor"
    place.mkdir(parents=True)
    (place / "mayor.html").write_text(PAGE, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        use_var(patch, folder)
        app = create_app(quick(), open_predictor=open_tiny)
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()
        load_settings.cache_clear()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=[390, 1440])
def page(request, browser, address):
    opened = browser.new_page(viewport={"width": request.param, "height": 900}, base_url=address)
    faults = []
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    opened.close()
    assert faults == []


@pytest.mark.parametrize("path", ["/", "/problems", "/api", "/reports/2025-W11/mayor"])
def test_nothing_runs_over_the_side(page, path):
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(path)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    assert page.locator("h1").count() == 1
    assert [url for url in asked if not url.endswith((path, "/favicon.ico"))] == []


def test_the_keyboard_reaches_everything(page):
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = []
    for _ in range(8):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert {"/problems", "/api", "/reports/2025-W11/mayor"} <= set(seen)
    page.locator("a", has_text="Записка мэру").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/2025-W11/mayor")


def test_print_leaves_the_navigation_out(page):
    page.goto("/")
    page.emulate_media(media="print")
    assert not page.locator("header").is_visible()
