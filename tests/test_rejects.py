import json

from otklik.datasets.rejects import Reject, RejectLog


def lines(log):
    return [json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines()]


def hide(text):
    return text.replace("Канарейкина", "[ФИО]")


def test_rejects_are_written_masked(tmp_path):
    with RejectLog(tmp_path / "new" / "000001", hide) as log:
        log.write(Reject("im.xlsx", 7, "no date", "Дата создания", "Канарейкина, вчера"))
        log.write(Reject("im.xlsx", 9, "3 cells, the header has 2 columns"))
    assert log.path.name == "rejects.jsonl"
    assert log.count == 2
    assert lines(log) == [
        {
            "file": "im.xlsx",
            "line": 7,
            "column": "Дата создания",
            "value": "[ФИО], вчера",
            "reason": "no date",
        },
        {
            "file": "im.xlsx",
            "line": 9,
            "column": None,
            "value": "",
            "reason": "3 cells, the header has 2 columns",
        },
    ]


def test_a_name_on_the_edge_is_masked_before_it_is_cut(tmp_path):
    value = "а" * 195 + "Канарейкина" + "б" * 5000
    with RejectLog(tmp_path, hide) as log:
        log.write(Reject("t.csv", 2, "no date", "Дата", value))
    (line,) = lines(log)
    assert line["value"] == "а" * 195 + "[ФИО]"
    assert len(line["value"]) == 200


def test_nothing_is_made_when_nothing_is_refused(tmp_path):
    with RejectLog(tmp_path / "new", hide):
        pass
    assert not (tmp_path / "new").exists()


def test_a_value_never_shows_in_a_trace():
    assert "Канарейкина" not in repr(Reject("t.csv", 2, "no date", "Дата", "Канарейкина"))
