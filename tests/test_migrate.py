"""Old databases are brought forward with their rows; newer ones are left alone."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from intakes import START, make_intake
from sqlalchemy import text

from otklik.datasets import migrate
from otklik.datasets.errors import StoreError
from otklik.datasets.records import Label
from otklik.datasets.schema import APPEND_ONLY, METADATA
from otklik.datasets.store import Store
from otklik.datasets.store_engine import Database

for path in Path(migrate.__file__).parent.glob("schema_*.py"):
    import_module(f"otklik.datasets.{path.stem}")  # each adds its tables to METADATA


@pytest.fixture
def database(empty_url):
    opened = Database(empty_url)
    yield opened
    opened.close()


def test_head_is_the_last_script():
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_migrations_and_schema_agree(database):
    migrate.upgrade(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_every_append_only_table_has_its_trigger(database):
    migrate.upgrade(database)
    query = (
        "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT DISTINCT event_object_table::text FROM information_schema.triggers"
    )
    with database.reading() as connection:
        assert sorted(connection.scalars(text(query))) == sorted(APPEND_ONLY)


def test_database_of_the_previous_revision_is_upgraded_with_its_rows(empty_url, monkeypatch):
    monkeypatch.setattr(migrate.upgrade, "__defaults__", ("0001",))
    with Store(empty_url) as store:
        store.save([make_intake(1), make_intake(2)], run_id=store.begin_import("a", "im", "0"))
        before = list(store.stored())
    monkeypatch.undo()
    with Store(empty_url) as store:
        with store.database.reading() as connection:
            assert migrate.current_revision(connection) == migrate.HEAD
        assert list(store.stored()) == before
        store.add_labels([Label(1, "topic", None, "Вода", None, "координатор", START)])
        with pytest.raises(StoreError, match="append-only"), store.database.writing() as connection:
            connection.execute(text("DELETE FROM labels"))


def test_database_newer_than_the_code_is_left_alone(database, empty_url):
    migrate.upgrade(database)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        StoreError, match=f"newer Otklik .revision 9999; this one knows {migrate.HEAD}"
    ):
        Store(empty_url)


def test_opening_twice_migrates_once(empty_url, monkeypatch):
    Store(empty_url).close()
    monkeypatch.setattr(migrate, "_run", None)
    Store(empty_url).close()
