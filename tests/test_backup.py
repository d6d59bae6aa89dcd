"""A backup is whole, is taken while Otklik writes, and comes back: by the lines of the page."""

import os
import sqlite3
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from commands import run_json
from documents import ROOT, blocks, shell_lines, steps
from intakes import make_intake
from sqlalchemy import delete

from otklik.datasets.errors import StoreError
from otklik.datasets.records import Label
from otklik.datasets.schema import LABELS
from otklik.datasets.store import Store

PAGE = "docs/operations.md"
SERVER = "postgresql://otklik@db.example"
TOOLS = ("createdb ", "pg_dump ", "pg_restore ")
DEMO = ROOT / "demo" / "incidents.csv"


def page_lines(*starts):
    """Commands of the page that begin so, in its order."""
    told = []
    for kind, _, text in blocks(PAGE):
        if kind == "sh":
            told += shell_lines(text)
        elif kind == "console":
            told += [command for command, _ in steps(text)]
    return [line for line in told if line.startswith(starts)]


@pytest.mark.slow
@pytest.mark.postgres
def test_a_postgresql_dump_comes_back_whole(postgres_server, tmp_path):
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE ROLE otklik SUPERUSER LOGIN")
    host, port = postgres_server.rpartition("@")[2].split(":")
    folders = [str(path.parent) for path in Path("/usr/lib/postgresql").glob("*/bin/pg_dump")]
    env = {"PATH": os.pathsep.join([*folders, os.environ["PATH"]])}
    env |= {"PGHOST": host, "PGPORT": port, "PGUSER": "otklik"}
    make, *rest = page_lines(*TOOLS)

    def shell(line):
        line = line.replace(SERVER, f"postgresql://otklik@{host}:{port}")
        done = subprocess.run(
            ["bash", "-c", line], env=env, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"

    shell(make)
    kept = {"database_url": f"postgresql://otklik@{host}:{port}/otklik", "var": tmp_path / "var"}
    assert run_json("import", DEMO, "--as", "im", **kept)["stored"] == 24
    assert [line.split()[0] for line in rest] == ["pg_dump", "createdb", "pg_restore"]
    for line in rest:
        shell(line)
    restored = kept | {"database_url": f"postgresql://otklik@{host}:{port}/restored"}
    assert run_json("import", DEMO, "--as", "im", **restored)["unchanged"] == 24
    with Store(restored["database_url"]) as store:
        assert_append_only(store)


@pytest.mark.parametrize("way", ["backup", "vacuum"])
def test_an_sqlite_copy_that_is_taken_while_rows_come_in_is_whole(way, tmp_path, monkeypatch):
    word = {"backup": ".backup(", "vacuum": "VACUUM INTO"}[way]
    (line,) = [one for one in page_lines("python -c") if word in one]
    code = line.partition('"')[2].rpartition('"')[0]
    copy = tmp_path / ("compact" if way == "vacuum" else "backup") / "otklik.db"
    copy.parent.mkdir()
    with Store(f"sqlite:///{tmp_path}/var/otklik.db") as store:
        run = store.begin_import("a.csv", "im", "hash")
        stop = threading.Event()

        def write():
            number = 0
            while not stop.is_set():
                store.save([make_intake(number + step) for step in range(50)], run_id=run)
                number += 50

        writer = threading.Thread(target=write)
        writer.start()
        try:
            while store.count() < 200:
                pass
            monkeypatch.chdir(tmp_path)
            exec(compile(code, PAGE, "exec"), {})
        finally:
            stop.set()
            writer.join()
    with sqlite3.connect(copy) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    with Store(f"sqlite:///{copy}") as restored:
        stored = restored.count()
        assert stored >= 200
        assert stored % 50 == 0, "a batch is in the copy whole or not at all"
        assert_append_only(restored)


def assert_append_only(store):
    """What the database itself refuses, it refuses after a restore too."""
    (first, *_) = store.stored()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    store.add_labels([Label(first.id, "topic", None, "Люк", "im-2026", "coordinator", at)])
    with pytest.raises(StoreError), store.database.writing() as connection:
        connection.execute(delete(LABELS))
