"""The database behind the store: how to connect, begin a transaction, and name a refusal."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError, StatementError

from otklik.datasets.errors import StoreError
from otklik.datasets.schema import storable

BUSY_TIMEOUT_S = 60
WRITER_LOCK = 0x07_11_1C  # any number will do, as long as every importer takes the same one

PRAGMAS = (
    "PRAGMA page_size = 8192",  # a message takes 2 KB; obeyed only while the file is empty
    "PRAGMA journal_mode = WAL",
    # WAL + NORMAL: a killed process loses nothing, a power cut at most the last batches
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    # so that INSERT OR REPLACE, too, meets the triggers that refuse deletion
    "PRAGMA recursive_triggers = ON",
    "PRAGMA cache_size = -65536",  # KiB
    # 32 MB of log before it is copied to the file: an index page changes in many batches
    "PRAGMA wal_autocheckpoint = 4000",
)

# Beginnings of SQLite's error names and PostgreSQL's SQLSTATE codes; the first that fits
REFUSALS = {
    "SQLITE_FULL": "the disk is full. Free some space and repeat: what was stored is kept",
    "SQLITE_IOERR": "the disk refuses to write: full, over a limit, or failing. "
    "Free some space and repeat: what was stored is kept",
    "SQLITE_READONLY": "it is read-only. Give this user the right to write to the file and folder",
    "SQLITE_CANTOPEN": "the file cannot be opened or made. Check that the folder may be written to",
    "SQLITE_PERM": "this user may not open it. Check the rights of the file and folder",
    "SQLITE_NOTADB": "the file is not a database. Name another one in OTKLIK_DATABASE_URL",
    "SQLITE_CORRUPT": "the file is damaged. Restore it from a copy",
    "SQLITE_BUSY": f"another program held it for {BUSY_TIMEOUT_S} s. Repeat when it has finished",
    "08": "the connection was lost. Check that the server runs, then repeat",
    "25006": "it is read-only. Name a server that accepts writes in OTKLIK_DATABASE_URL",
    "28": "the server does not accept the user or password in OTKLIK_DATABASE_URL",
    "3D": "the server has no such database. Create it, or correct OTKLIK_DATABASE_URL",
    "53100": "the server's disk is full. Free some space and repeat: what was stored is kept",
    "53": "the server has no resources left. Repeat later",
    "57": "the server is shutting down or starting. Repeat later",
}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: object) -> str:
    """JSON with Russian letters as they are (half the size), storable in both databases."""
    return storable(_encode(value))


class Database:
    """One SQLite file or PostgreSQL database; may be shared by threads, not by forks.

    Parameters
    ----------
    url : str
        SQLAlchemy URL. `postgresql://` means psycopg 3. A missing SQLite file is created, with
        its folder, when the first transaction begins.

    Raises
    ------
    StoreError
        Not a URL, or a database of another kind.
    """

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        # the query part may hold a password too: «?user=u&password=p»
        self.name = self.url.set(query={}).render_as_string(hide_password=True)
        self.engine = create_engine(
            self.url,
            json_serializer=to_json,
            hide_parameters=True,  # an error message must not carry a resident's words
            connect_args={"timeout": BUSY_TIMEOUT_S} if self.is_sqlite else {},
        )
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self._refusals(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """Open a transaction that writes; all of it is kept, or nothing.

        Parameters
        ----------
        alone : bool
            Let no other such transaction run beside this one. SQLite knows no other way.
        """
        self._make_folder()
        with self._refusals():
            writer = self.engine.execution_options(otklik_writes=True)
            with writer.begin() as connection:
                if alone and not self.is_sqlite:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"))
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _make_folder(self) -> None:
        if self.is_sqlite and self.url.database and self.url.database != ":memory:":
            folder = Path(self.url.database).parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"Store {self.name}: cannot make {folder}: {error}.") from error

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(f"Store {self.name}: {explain(error)}.") from error


def parse_url(url: str) -> URL:
    """Read a database URL and choose the driver.

    Raises
    ------
    StoreError
        Not a URL (it is not repeated: it may hold a password), or a kind of database that
        is neither SQLite nor PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "OTKLIK_DATABASE_URL is not a database URL; "
            "expected sqlite:///PATH or postgresql://USER@HOST:PORT/NAME."
        ) from error
    if "@" in (parsed.host or ""):
        raise StoreError("OTKLIK_DATABASE_URL holds «@» twice: in a password it is written %40.")
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise StoreError(
            f"OTKLIK_DATABASE_URL names {parsed.drivername!r}; "
            "the store speaks sqlite and postgresql."
        )
    if parsed.drivername == "sqlite" and parsed.query and not parsed.database:
        raise StoreError("OTKLIK_DATABASE_URL names no file; expected sqlite:///PATH.")
    return parsed


def explain(error: SQLAlchemyError) -> str:
    """Say what the database refused and what to do, without the data it was given."""
    if not isinstance(error, DBAPIError):
        cause = error.orig if isinstance(error, StatementError) else error
        return f"a value cannot be stored: {cause}" if cause else type(error).__name__
    if error.orig is None:
        return type(error).__name__
    code = _code(error.orig)
    for name, sentence in REFUSALS.items():
        if code.startswith(name):  # SQLITE_IOERR_WRITE is an SQLITE_IOERR
            return sentence
    if not code:
        return _connection_refusal(_first_line(error.orig))
    return f"refused: {_first_line(error.orig)}"


def _connection_refusal(line: str) -> str:
    """Before a connection stands, psycopg has no code to give, only the server's words."""
    if "authentication failed" in line:
        return REFUSALS["28"]
    if 'database "' in line and line.endswith("does not exist"):
        return REFUSALS["3D"]
    return f"cannot be reached: {line}"


def _code(refusal: BaseException) -> str:
    if isinstance(refusal, sqlite3.Error):
        return str(getattr(refusal, "sqlite_errorname", "SQLITE_ERROR"))
    return str(getattr(refusal, "sqlstate", None) or "")


def _first_line(refusal: BaseException) -> str:
    """Leave out PostgreSQL's DETAIL lines: they repeat the row."""
    lines = str(refusal).splitlines()
    return lines[0].rstrip(".") if lines else type(refusal).__name__


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: waiting works, whereas a reader that turns into
    # a writer half-way is refused without waiting.
    writes = connection.get_execution_options().get("otklik_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
