"""A database that refuses is named, with what to do, and without what it was given."""

import os
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

import pytest
from intakes import make_intake
from sqlalchemy import text

from otklik.datasets.errors import StoreError
from otklik.datasets.store import Store
from otklik.datasets.store_engine import Database, parse_url

NOBODY = 65534


@contextmanager
def ordinary_user():
    """Root may write anywhere: become somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only_folder():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@pytest.mark.parametrize("name", ["store.db", "deeper/store.db"])
def test_read_only_folder(read_only_folder, name):
    with ordinary_user(), pytest.raises(StoreError, match=r"opened or made|cannot make"):
        Store(f"sqlite:///{read_only_folder / name}")


def test_read_only_database(read_only_folder, sqlite_template):
    path = read_only_folder / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    path.chmod(0o444)
    with ordinary_user(), pytest.raises(StoreError, match=r"read-only|opened or made"):
        Store(f"sqlite:///{path}").begin_import("a", "im", "0")


def test_file_that_is_not_a_database(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("Текст;Дата\n" * 1000)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"export.csv: the file is not a database"):
        Store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_missing_folder_is_made(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'var' / 'deep' / 'store.db'}") as store:
        assert store.count() == 0


def test_memory_database():
    with Store("sqlite://") as store:
        store.save([make_intake(1)], run_id=store.begin_import("a", "im", "0"))
        assert store.count() == 1


def test_unreachable_server():
    with pytest.raises(StoreError, match=r"127.0.0.1:1/x: cannot be reached") as caught:
        Store("postgresql://me:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)


@pytest.mark.postgres
def test_missing_database_on_the_server(postgres_server):
    with pytest.raises(StoreError, match="no_such"):
        Store(f"{postgres_server}/no_such")


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg"),
        ("postgres://u@h/d", "postgresql+psycopg"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg"),
        ("sqlite:///a.db", "sqlite"),
    ],
)
def test_urls(url, driver):
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize(
    "url", ["", "var/otklik.db", "mysql://u:secret@h/d", "postgresql+asyncpg://h"]
)
def test_bad_urls(url):
    with pytest.raises(StoreError, match="sqlite") as caught:
        parse_url(url)
    assert "secret" not in str(caught.value)


def test_error_does_not_repeat_the_data(store):
    run_id = store.begin_import("a", "im", "0")
    intake = make_intake(1, text="канарейка")
    with pytest.raises(StoreError) as caught:
        store.save([intake], run_id=run_id + 1)
    assert "канарейка" not in "".join(traceback.format_exception(caught.value))


def test_locks_are_waited_for_and_foreign_keys_enforced(sqlite_template, tmp_path):
    path = tmp_path / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Store(f"sqlite:///{path}") as store, store.database.reading() as connection:
        asked = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        found = [connection.scalar(text(f"PRAGMA {name}")) for name in asked]
    assert found == ["wal", 1, 1, 60_000]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:тайна@host:port/db",
        "postgresql://u:та@йна@host/db",
        "sqlite:///?mode=ro",
    ],
)
def test_unusable_url_is_refused_and_not_repeated(url):
    with pytest.raises(StoreError, match="OTKLIK_DATABASE_URL") as caught:
        Database(url)
    assert "йна" not in str(caught.value)


def test_password_in_the_query_is_not_shown():
    assert "тайна" not in Database("postgresql://host/db?user=u&password=тайна").name
