"""The main job over a store: read, problems, incidents, reports, votes; again changes nothing."""

import pytest

from otklik.datasets.problem_store import ProblemStore
from otklik.datasets.settings import load_settings
from otklik.datasets.store import open_store
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.synthetic_store import store_city
from otklik.pipelines.week import Week
from otklik.pipelines.weekly_run import Told, run_week

pytestmark = pytest.mark.slow


def test_a_week_from_the_store_to_files(tmp_path, monkeypatch):
    monkeypatch.setenv("OTKLIK_VAR", str(tmp_path / "var"))
    load_settings.cache_clear()
    settings = load_settings()
    store_city(make_city(9, 1500).messages, settings.database_url, settings)
    stages = []

    def run(store):
        stages.clear()
        told = Told(stage=stages.append)
        return run_week(store, Week.parse("2025-W12"), tmp_path / "out", told=told)

    with open_store(settings) as store:
        first = run(store)
        assert stages[:4] == ["reading messages", "incidents", "problems", "week"]
        assert stages[-1] == "votes"
        assert ProblemStore(store.database).last_week() == "2025-W12"
        files = {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
        again = run(store)
    load_settings.cache_clear()
    assert (first.made, again.made) == (len(first.reports), 0)
    assert files == {p: p.read_bytes() for p in again.folder.rglob("*") if p.is_file()}
    for name in ("mayor/mayor.html", "summary/summary.docx", "votes/votes.csv", "votes/votes.html"):
        assert first.folder / name in files
