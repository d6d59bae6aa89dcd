"""Kill -9 an import at random points: after the next run every accepted row is there once."""

import random

import pytest
from commands import OTKLIK, run_json
from exports import im_rows, write_csv
from killing import kill_midway

from otklik.datasets.store import Store

ROWS = 1000
KILLS = 20


@pytest.mark.slow
def test_import_killed_at_20_random_points_is_completed_by_the_next_run(tmp_path, empty_url):
    rows = list(im_rows(ROWS))
    rows[11]["Дата создания"] = "когда-то"
    path = write_csv(tmp_path / "export.csv", rows)
    env = {"var": tmp_path / "var", "database_url": empty_url, "batch_rows": 20, "workers": 1}
    variables = {f"OTKLIK_{name.upper()}": str(value) for name, value in env.items()}
    command = [*OTKLIK, "import", str(path), "--as", "im", "--no-ner"]
    chance = random.Random(8)
    met = 0
    with Store(empty_url) as store:
        for _ in range(KILLS):
            before = store.count()
            met += kill_midway(
                command,
                begun=lambda before=before: store.count() > before,
                delay_s=chance.uniform(0, 0.05),
                env=variables,
            )
            now = store.count()
            # What was accepted stays; a batch is in whole or not at all.
            assert now > before or now == ROWS - 1
            assert now % 20 == 0 or now == ROWS - 1
    assert met >= KILLS // 2
    summary = run_json(*command[len(OTKLIK) :], **env)
    assert summary["read"] == ROWS
    assert summary["stored"] + summary["unchanged"] == ROWS - 1
    with Store(empty_url) as store:
        ids = [message.external_id for message in store.messages()]
    assert len(ids) == len(set(ids)) == ROWS - 1
    assert run_json(*command[len(OTKLIK) :], **env)["unchanged"] == ROWS - 1
