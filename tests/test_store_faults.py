"""Whatever happens to an import, every accepted row is there exactly once."""

import json
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from importing import ANSWERS, LABELS, import_rows
from intakes import make_intake
from killing import kill_midway
from sqlalchemy import func, select, text

from otklik.datasets.errors import StoreError
from otklik.datasets.schema import ANSWERS as ANSWERS_TABLE
from otklik.datasets.schema import MESSAGES, SOURCE_LABELS
from otklik.datasets.store import Saved, Store

IMPORTER = [sys.executable, Path(__file__).with_name("importing.py")]
KILLS = 20
ROWS = 20_000
BATCH = 100


def importer(url, first, last, step=1, batch_rows=BATCH):
    return [*IMPORTER, url, *map(str, (first, last, step, batch_rows))]


def assert_whole(store, batch_rows=1):
    """Only whole batches are there, each message with all that was said of it, each once."""
    with store.database.reading() as connection:
        ids = list(connection.scalars(select(MESSAGES.c.id).order_by(MESSAGES.c.id)))
        names = connection.scalar(select(func.count(func.distinct(MESSAGES.c.external_id))))
        labels = connection.scalar(select(func.count()).select_from(SOURCE_LABELS))
        answers = connection.scalar(select(func.count()).select_from(ANSWERS_TABLE))
        if store.database.is_sqlite:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) % batch_rows == 0
    assert (names, labels, answers) == (
        len(ids),
        len(ids) * len(LABELS),
        len(ids) * len(ANSWERS),
    )
    return len(ids)


@pytest.mark.slow
def test_killed_at_random_points_and_resumed(store_url):
    rng = random.Random(2)
    killed, found = 0, []
    with Store(store_url) as store:
        for _ in range(KILLS):
            already = store.count()
            killed += kill_midway(
                importer(store_url, 0, ROWS),
                begun=lambda already=already: store.count() > already,
                delay_s=rng.uniform(0, 0.05),
            )
            found.append(assert_whole(store, BATCH))
        assert killed == KILLS
        assert found == sorted(found)
        assert found[-1] > 0
        rest = import_rows(store_url, range(ROWS), BATCH)
        assert rest == Saved(stored=ROWS - found[-1], unchanged=found[-1])
        assert assert_whole(store) == ROWS
        assert [one.finished_at is None for one in store.imports()] == [True] * KILLS + [False]
    print(f"rows after each kill: {found}")


@pytest.mark.slow
def test_two_importers_at_once(empty_url):
    rows = 3000
    forwards, backwards = (0, rows, 1), (rows - 1, -1, -1)
    both = [
        subprocess.Popen(importer(empty_url, *numbers), stdout=subprocess.PIPE)
        for numbers in (forwards, backwards)
    ]
    printed = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    saved = [Saved(**json.loads(line)) for line in printed]
    assert saved[0] + saved[1] == Saved(stored=rows, unchanged=rows)
    with Store(empty_url) as store:
        assert assert_whole(store) == rows


def test_reader_sees_whole_batches_while_a_writer_works(store):
    run_id = store.begin_import("a", "im", "0")
    store.save([make_intake(1)], run_id=run_id)
    stream = store.messages(batch_size=1)
    next(stream)
    store.save([make_intake(2), make_intake(3)], run_id=run_id)
    assert [message.external_id for message in stream] == ["000002", "000003"]


def limited(command, file_bytes):
    """Run with a limit on the size of a file, as a full disk or a quota would."""
    return subprocess.run(
        command,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes)),
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
def test_disk_that_fills_up(sqlite_template, tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{path}"
    done = limited(importer(url, 0, 5000), file_bytes=600_000)
    assert done.returncode == 1
    assert "the disk refuses to write: full" in done.stderr
    assert done.stderr.count("\n") == 1
    with Store(url) as store:
        kept = assert_whole(store, BATCH)
        assert 0 < kept < 5000
        assert import_rows(url, range(5000), BATCH) == Saved(stored=5000 - kept, unchanged=kept)
        assert assert_whole(store) == 5000


def test_database_that_may_not_grow(sqlite_template, tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Store(f"sqlite:///{path}") as store:
        run_id = store.begin_import("a", "im", "0")
        store.save([make_intake(1)], run_id=run_id)
        batch = [make_intake(number) for number in range(2, 3000)]
        with store.database.reading() as connection:  # the pool hands this one out again
            pages = connection.scalar(text("PRAGMA page_count"))
            connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        with pytest.raises(StoreError, match=r"the disk is full\. Free some space"):
            store.save(batch, run_id=run_id)
        assert store.count() == 1
        with store.database.reading() as connection:
            connection.execute(text("PRAGMA max_page_count = 1000000"))
        assert store.save(batch, run_id=run_id) == Saved(stored=len(batch))


def test_failed_batch_leaves_nothing(store):
    run_id = store.begin_import("a", "im", "0")
    with pytest.raises(StoreError, match="refused"):
        store.save([make_intake(1)], run_id=run_id + 1)
    assert store.count() == 0
    assert store.save([make_intake(1)], run_id=run_id) == Saved(stored=1)
