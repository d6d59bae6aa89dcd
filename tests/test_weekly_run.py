"""The main job over a store: read, problems, incidents, reports, votes; again changes nothing."""

from datetime import datetime

import pytest
from exports import write_csv

from otklik.datasets.dates import load_zone
from otklik.datasets.errors import BadWeek, NoRoutes
from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.ingest import ingest
from otklik.pipelines.synthetic_store import store_city
from otklik.pipelines.week import Week
from otklik.pipelines.weekly_run import Told, run_week, run_weeks

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("OTKLIK_VAR", str(tmp_path / "var"))
    load_settings.cache_clear()
    settings = load_settings()
    store_city(make_city(9, 1500).messages, settings.database_url, settings)
    yield settings
    load_settings.cache_clear()


def bytes_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_weeks_asked_together_are_the_weeks_asked_alone(settings, tmp_path):
    """And written by other processes, and again when they are there already."""
    weeks = Week.parse_span("2025-W11..2025-W13")
    with open_store(settings) as store:
        for week in weeks:
            run_week(store, week, tmp_path / "alone")
        together = run_weeks(store, weeks, tmp_path / "together", workers=2)
        again = run_weeks(store, weeks, tmp_path / "together", workers=2)
    assert [one.folder.name for one in together] == [week.name for week in weeks]
    assert bytes_of(tmp_path / "together") == bytes_of(tmp_path / "alone")
    assert all(one.made == len(one.reports) for one in together)
    assert not any(one.made for one in again)


def test_weeks_before_the_first_message_are_passed_over(settings, tmp_path):
    with open_store(settings) as store:
        built = run_weeks(store, Week.parse_span("2024-W50..2025-W02"), tmp_path)
        with pytest.raises(BadWeek, match="No message"):
            run_weeks(store, Week.parse_span("2024-W40..2024-W41"), tmp_path)
    assert {one.folder.name for one in built} <= {"2025-W01", "2025-W02"}
    assert built


def test_a_city_without_a_routing_file_has_reports_without_terms(settings, tmp_path, monkeypatch):
    from otklik.pipelines import terms

    def none(_path):
        raise NoRoutes("no routing file")

    monkeypatch.setattr(terms, "load_routes", none)
    with open_store(settings) as store:
        built = run_week(store, Week.parse("2025-W12"), tmp_path)
    note = (built.folder / "mayor" / "mayor.html").read_text(encoding="utf-8")
    assert note.count("о сроках нет данных") == 1


def test_posts_without_dates_places_answers_or_a_model_have_a_report(tmp_path, monkeypatch):
    """As the posts of Perm come: a text, the rubricator of elsewhere, a recipient."""
    monkeypatch.setenv("OTKLIK_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("OTKLIK_CITY", "common")
    load_settings.cache_clear()
    settings = load_settings()
    things = ("Во дворе темно", "Автобус не пришёл", "Контейнеры полны", "На дороге яма")
    rows = [
        {"text": f"{things[n % 4]}, это уже {n}-й раз", "executor": f"Отдел {n % 3}"}
        | {"group": "Благоустройство", "topic": "Ямы во дворах ★"}
        for n in range(60)
    ]
    path = write_csv(tmp_path / "posts.csv", rows, tuple(rows[0]))
    ingest(path, "perm", settings, ner=False)
    with open_store(settings) as store:
        week = Week.of(datetime.now(load_zone(settings.timezone)).date())
        built = run_week(store, week, tmp_path / "out")
    load_settings.cache_clear()
    note = (built.folder / "mayor" / "mayor.html").read_text(encoding="utf-8")
    assert note.count("сравнить не с чем, недель в данных мало") == 1
    assert "ждут" not in note
    summary = (built.folder / "summary" / "summary.html").read_text(encoding="utf-8")
    assert "без района" in summary
    assert "без координат" in summary
    assert "До первого ответа" not in summary
    assert "Ожидалось" not in summary
    assert "<img" not in summary
    assert "источник не говорит" in note
    assert "Массовые происшествия, крупнейшие" not in note


def test_a_week_from_the_store_to_files(settings, tmp_path):
    stages = []

    def run(store):
        stages.clear()
        told = Told(stage=stages.append)
        return run_week(store, Week.parse("2025-W12"), tmp_path / "out", told=told)

    with open_store(settings) as store:
        first = run(store)
        assert stages[:5] == ["reading messages", "week", "problems", "incidents", "2025-W12"]
        assert stages[-1] == "votes"
        assert ProblemStore(store.database).last_week() == "2025-W12"
        files = bytes_of(first.folder)
        again = run(store)
    assert (first.made, again.made) == (len(first.reports), 0)
    assert files == bytes_of(again.folder)
    for name in ("mayor/mayor.html", "summary/summary.docx", "votes/votes.csv", "votes/votes.html"):
        assert name in files
