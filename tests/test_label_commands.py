"""`otklik label` as its user meets it: queue, export, import, page."""

import json

from commands import run, run_json
from labelling import TEXTS, answered, fill, predict

from otklik.datasets.store import Store


def test_commands(tmp_path):
    var = tmp_path / "var"
    with Store(f"sqlite:///{var / 'otklik.db'}") as store:
        by_number = fill(store)
        store.add_predictions(
            [predict(by_number[n], ("roads.potholes", 0.5), ("roads.other", 0.4)) for n in TEXTS]
        )
    queue = run_json("label", "queue", "--limit", 3, "--quota", 0, var=var)
    assert len(queue) == 3
    table = run("label", "queue", var=var)
    assert table.returncode == 0, table.stderr
    assert "roads.potholes" in table.stdout
    file = tmp_path / "tasks.json"
    assert run_json("label", "export", file, "--limit", 2, var=var)["written"] == 2
    tasks = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps([answered(tasks[0]), {"data": {}}]), encoding="utf-8")
    done = run_json("label", "import", file, var=var)
    assert (done["appended"], done["rejected"]) == (1, 1)
    assert "data.source" in (var / "label_rejects" / "rejects.jsonl").read_text(encoding="utf-8")
    assert run_json("label", "import", file, var=var)["appended"] == 0
    left = run_json("label", "queue", "--quota", 0, var=var)
    assert tasks[0]["data"]["message_id"] not in [item["message_id"] for item in left]
    assert run("label", "page", var=var).stdout.startswith("<View>")
    missing = run("label", "import", tmp_path / "none.json", var=var)
    assert missing.returncode == 1
    assert "none.json is not there" in missing.stderr
