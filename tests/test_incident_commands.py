"""`otklik incidents`: listing, replaying, the calendar of works."""

import pytest
from commands import run, run_json


@pytest.mark.slow
def test_incidents_of_a_made_up_city(tmp_path):
    url = f"sqlite:///{tmp_path / 'city.db'}"
    env = {"var": tmp_path / "var", "workers": 1}
    make = ("synthetic", "make", "--seed", 5, "--weeks", 10, "--messages", 5000)
    planted = run_json(*make, "--out", tmp_path / "city.db", **env)["incidents"]
    env["database_url"] = url
    assert run_json("incidents", **env) == {"incidents": []}
    done = run_json("incidents", "replay", **env)
    assert done["messages"] > 500
    found = run_json("incidents", **env)["incidents"]
    assert len(found) == done["incidents"]
    assert abs(len(found) - planted) <= 1
    first = found[0]
    assert first["number"] == first["messages"][0]
    assert first["work"] is None
    street = first["streets"][0]
    works = tmp_path / "works.csv"
    works.write_text(
        "code,topic,streets,starts,ends\n"
        f"W1,{first['topic']},{street.replace('|', ' ')},{first['first_at'][:10]},2025-12-31\n",
        encoding="utf-8",
    )
    assert run_json("incidents", "works", works, **env) == {"works": 1}
    assert run_json("incidents", "replay", **env) == done
    again = run_json("incidents", **env)["incidents"]
    assert again[0]["planned"].startswith("плановые работы до 31 декабря")
    assert [one["messages"] for one in again] == [one["messages"] for one in found]
    later = found[1]["first_at"][:19]
    cut = run_json("incidents", "--since", later, **env)["incidents"]
    assert [one["number"] for one in cut] == [one["number"] for one in found[1:]]
    shown = run("incidents", "--until", later, **env)
    assert shown.returncode == 0
    (line,) = shown.stdout.splitlines()
    assert first["topic"] in line
    assert "плановые работы" in line
    bad = run("incidents", "works", tmp_path / "none.toml", **env)
    assert bad.returncode == 1
    assert len(bad.stderr.splitlines()) == 1
