"""`otklik synthetic make`: a city in a store of its own, or a file that `otklik import` takes."""

import json

import pytest
from commands import run, run_json
from intakes import make_intake

from otklik.datasets.city_weeks import first_weeks
from otklik.datasets.errors import BadFile, BadSettings
from otklik.datasets.settings import Settings
from otklik.datasets.store import Store
from otklik.datasets.synthetic_city import make_city
from otklik.pipelines.synthetic_store import store_city

PLANTED = ("causes", "rises", "incidents", "problems")


def test_a_city_is_stored_once(tmp_path):
    out, truth = tmp_path / "city.db", tmp_path / "truth.json"
    make = ("synthetic", "make", "--seed", 7, "--weeks", 52, "--messages", 200, "--out", out)
    env = {"var": tmp_path / "var", "workers": 1}
    facts = run_json(*make, "--truth", truth, **env)
    assert (facts["messages"], facts["stored"], facts["causes"]) == (200, 200, 3)
    planted = json.loads(truth.read_text(encoding="utf-8"))
    assert planted["synthetic"] is True
    again = run_json(*make, **env)
    assert (again["stored"], again["changed"], again["unchanged"]) == (0, 0, 200)
    status = run("status", **env, database_url=f"sqlite:///{out}")
    assert status.returncode == 0, status.stderr
    with Store(f"sqlite:///{out}") as store:
        first = next(store.stored())
    assert first.message.external_id == "SYN-7-000001"
    assert first.message.author
    assert "example.invalid" not in first.message.author


def test_the_file_of_a_city_is_the_same_city(tmp_path):
    out, csv = tmp_path / "city.db", tmp_path / "city.csv"
    make = ("synthetic", "make", "--seed", 7, "--messages", 200)
    env = {"var": tmp_path / "var", "workers": 1}
    run_json(*make, "--out", out, **env)
    assert run_json(*make, "--out", csv, **env)["file"] == str(csv)
    counts = run_json(
        "import", csv, "--as", "im", "--no-ner", **env, database_url=f"sqlite:///{out}"
    )
    assert (counts["read"], counts["unchanged"], counts["rejected"]) == (200, 200, 0)


def test_a_null_city_says_so(tmp_path):
    truth, out = tmp_path / "truth.json", tmp_path / "city.csv"
    facts = run_json(
        *("synthetic", "make", "--seed", 7, "--messages", 200, "--null"),
        *("--out", out, "--truth", truth),
    )
    assert [facts[name] for name in PLANTED] == [0] * 4
    assert json.loads(truth.read_text(encoding="utf-8"))["null"] is True


@pytest.mark.parametrize(("option", "value"), [("--messages", 10), ("--weeks", 0)])
def test_a_city_that_cannot_be_is_an_error_of_one_line(tmp_path, option, value):
    out = tmp_path / "city.csv"
    done = run("synthetic", "make", "--seed", 7, "--messages", 200, option, value, "--out", out)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "ask for" in done.stderr
    assert not out.exists()


def test_a_city_is_stored_in_either_database(store_url, tmp_path):
    messages = make_city(3, 200).messages[:50]
    settings = Settings(var=tmp_path, workers=1)
    assert store_city(messages, store_url, settings).stored == 50
    assert store_city(messages, store_url, settings).unchanged == 50


def test_real_messages_are_never_mixed_with_made_up_ones(store_url, tmp_path):
    with Store(store_url) as store:
        store.save([make_intake(1)], run_id=store.begin_import("a", "im", "0"))
    with pytest.raises(BadFile, match="holds 1 messages that are not made up"):
        store_city(make_city(3, 200).messages, store_url, Settings(var=tmp_path, workers=1))


def test_the_first_weeks_hold_their_own_truth():
    city = make_city(5, 3000)
    assert first_weeks(city, 52) is city
    for weeks in (1, 9, 30):
        cut = first_weeks(city, weeks)
        kept = {one.external_id for one in cut.messages}
        assert cut.messages == city.messages[: len(kept)]
        assert 0 < len(kept) < len(city.messages)
        assert cut.truth.n_messages == len(kept)
        for name in (*PLANTED, "copies", "repeats"):
            for one in getattr(cut.truth, name):
                assert one.ids
                assert kept.issuperset(one.ids)
        assert all(event.week < weeks for one in cut.truth.problems for event in one.events)
        assert cut.truth.to_json() == first_weeks(city, weeks).truth.to_json()
    with pytest.raises(BadSettings, match="1 to 52"):
        first_weeks(city, 53)
