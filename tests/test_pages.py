"""Pages for people: what they show, what they refuse, and that they run and fetch nothing."""

import re
from datetime import timedelta

import pytest
from calling import quick, running, use_var
from intakes import START
from registering import write_tiny

from otklik.datasets.ledger import Ledger, Passport, Sentence
from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.datasets.synthetic_city import make_city
from otklik.serving.report_folder import ReportFolder

PAGE = "<html><head><title>Записка мэру, {week}</title></head><body>Поступило</body></html>"


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    folder = tmp_path_factory.mktemp("var")
    write_tiny(folder / "models" / "default")
    for week in ("2025-W10", "2025-W11"):
        for name in ("roads", "mayor"):
            place = folder / "reports" / week / name
            place.mkdir(parents=True)
            (place / f"{name}.html").write_text(PAGE.format(week=week), encoding="utf-8")
            (place / f"{name}.docx").write_bytes(b"PK")
        (folder / "reports" / week / "votes").mkdir()
        (folder / "reports" / week / "votes" / "votes.html").write_text("<p>Вопросы</p>")
        (folder / "reports" / week / "snapshot").mkdir()
    (folder / "reports" / "other").mkdir()
    return folder


@pytest.fixture(scope="module")
def client(var):
    with pytest.MonkeyPatch.context() as patch:
        use_var(patch, var)
        with running(quick()) as client:
            yield client
        load_settings.cache_clear()


def test_the_first_page_leads_to_every_report(client):
    text = client.get("/").text
    assert text.index("2025-W11") < text.index("2025-W10")
    links = re.findall(r'href="(/[^"]*)"', text)
    assert {"/problems", "/api", "/reports/2025-W10/mayor", "/votes/2025-W11"} <= set(links)
    for link in links:
        if not link.endswith("/xlsx"):
            assert client.get(link).status_code == 200, link


def test_a_report_is_shown_as_written_and_handed_out(client):
    assert client.get("/reports/2025-W10/mayor").text == PAGE.format(week="2025-W10")
    file = client.get("/reports/2025-W10/mayor/docx")
    assert file.content == b"PK"
    assert file.headers["content-disposition"] == "attachment; filename=2025-W10-mayor.docx"


@pytest.mark.parametrize(
    "path",
    [
        "/reports/2025-W12/mayor",
        "/reports/2025-W10/police",
        "/reports/2025-W10/mayor/xlsx",
        "/reports/2025-W10/mayor/html",
        "/reports/other/mayor",
        "/reports/..%2F..%2Fetc/passwd",
        "/reports/2025-W10/..%2Fmayor",
        "/votes/2024-W01",
        "/problems/999",
    ],
)
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_a_number_beyond_the_database_is_refused(client):
    assert client.get("/problems/" + "9" * 30).status_code == 422
    assert client.get("/problems/0").status_code == 422


def test_pages_may_style_themselves_and_nothing_else(client):
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    for path in ("/", "/problems", "/api"):
        text = client.get(path).text
        assert "<script" not in text
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert 'lang="ru"' in text
        assert 'name="viewport"' in text


def test_the_interface_of_answers_keeps_the_strict_policy(client):
    given = client.post("/v1/classify", json={"text": "фонарь"}).headers
    assert given["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_interface_is_described(client):
    text = client.get("/api").text
    assert "POST /v1/classify" in text
    assert "/openapi.json" in text


def test_problems_and_their_passports(client):
    from otklik.pipelines.problem_ledger import Decision, merge_problems
    from otklik.pipelines.problem_run import run_problems
    from otklik.pipelines.synthetic_store import store_city

    settings = load_settings()
    store_city(make_city(6, 1500).messages, settings.database_url, settings)
    with open_store(settings) as store:
        run_problems(store, START.date() + timedelta(weeks=12))
    listed = client.get("/problems").text
    numbers = re.findall(r'href="/problems/(\d+)"', listed)
    assert numbers
    with open_store(settings) as store:
        sentences = (Sentence("Жалуются <на> воду", (1,)),)
        Ledger(store.database).add_passport(Passport(int(numbers[0]), sentences, START))
    shown = client.get(f"/problems/{numbers[0]}").text
    assert "<p>Жалуются &lt;на&gt; воду</p>" in shown
    assert "История" in shown
    kept, gone = list(dict.fromkeys(numbers))[:2]
    with open_store(settings) as store:
        merge_problems(store, int(gone), int(kept), Decision("координатор", "одна труба"))
    merged = client.get(f"/problems/{gone}").text
    assert f'Объединена с <a href="/problems/{kept}">№ {kept}</a>' in merged
    assert f"объединена (№ {kept}), одна труба" in merged


def test_no_folder_no_weeks(tmp_path):
    assert ReportFolder(tmp_path).weeks() == []
    assert ReportFolder(tmp_path).page("2025-W01", "mayor") is None
