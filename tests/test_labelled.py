"""Tables in memory: columns, times, what is written back."""

import json

import numpy as np
import pytest

from otklik.datasets.errors import BadFile
from otklik.datasets.labelled import dump_split, load_labelled, parse_times
from otklik.datasets.split import Split

TIMES = {
    "2026-01-31T12:00:00+03:00": "2026-01-31T09:00",
    "2026-01-31T12:00:00Z": "2026-01-31T12:00",
    "2026-01-31 12:00:05.25": "2026-01-31T09:00:05.250",
    "2026-01-31": "2026-01-30T21:00",
    "31.01.2026 12:00": "2026-01-31T09:00",
    "31.01.2026": "2026-01-30T21:00",
}


def _table(tmp_path, lines):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return load_labelled(path)


def test_rows_that_do_not_fit_are_named(tmp_path):
    table = _table(tmp_path, ["text,topic", "яма,дороги", "яма,дороги,лишнее", "лифт,жкх"])
    assert table.column("text") == ["яма", "лифт"]
    assert table.unreadable == (3,)


def test_header_alone_is_an_error(tmp_path):
    with pytest.raises(BadFile, match=r"t\.csv has a header but no readable row"):
        _table(tmp_path, ["text,topic"])


@pytest.mark.parametrize("cell", TIMES)
def test_times(tmp_path, cell):
    (time,) = parse_times(_table(tmp_path, ["dt,text", f"{cell},яма"]), "dt")
    assert time == np.datetime64(TIMES[cell])


@pytest.mark.parametrize("cell", ["вчера", "", "31.13.2026"])
def test_bad_time_names_its_line(tmp_path, cell):
    table = _table(tmp_path, ["dt,text", "2026-01-31,яма", f"{cell},лифт"])
    with pytest.raises(BadFile, match=f"line 3, column 'dt': '{cell}' is not a time"):
        parse_times(table, "dt")


def test_dumped_split_reads_back(tmp_path):
    table = _table(tmp_path, ["text,topic", '"яма, глубокая",дороги', "лифт,жкх", "снег,дворы"])
    parts = (np.array([0]), np.array([1]), np.array([2]))
    dump_split(table, Split(*parts), tmp_path / "out", {"seed": 0})
    texts = [
        load_labelled(tmp_path / f"out/{n}.csv").column("text")
        for n in ("train", "test", "dropped")
    ]
    assert texts == [["яма, глубокая"], ["лифт"], ["снег"]]
    assert json.loads((tmp_path / "out/split.json").read_text(encoding="utf-8")) == {"seed": 0}
    dump_split(table, Split(parts[0], parts[1]), tmp_path / "out", {"seed": 1})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "split.json",
        "test.csv",
        "train.csv",
    ]
