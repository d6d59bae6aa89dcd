"""Bring a database to the revision that this code speaks."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from otklik.datasets.errors import StoreError
from otklik.datasets.store_engine import Database

HEAD = "0008"
SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Run the missing migrations, all in one transaction; do nothing when there are none.

    Safe when several processes open a new database at once: the first one migrates.

    Raises
    ------
    StoreError
        The database is newer than this code, or refuses.
    """
    if _is_current(database, revision):
        return
    with database.writing(alone=True) as connection:
        found = current_revision(connection)
        if found != revision:
            _run(connection, found, revision, database.name)


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _is_current(database: Database, revision: str) -> bool:
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        return False
    with database.reading() as connection:
        return current_revision(connection) == revision


def _run(connection: Connection, found: str | None, revision: str, name: str) -> None:
    # Alembic is slow to import and needed once per release.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"Store {name}: made by a newer Otklik (revision {found}; this one knows {HEAD}). "
            "Install the newer version, or name another database in OTKLIK_DATABASE_URL."
        )
    command.upgrade(config, revision)
