"""Databases for tests: every test of the store runs on SQLite and on PostgreSQL.

Each worker of pytest-xdist starts a server of its own; each test gets a fresh database, copied
from one that was migrated once.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg
import pytest

from otklik.datasets.store import Store

SCRIPT = Path(__file__).with_name("postgres.sh")
NO_SERVER_PROGRAMS = 3
NAMES = count(1)


@pytest.fixture(scope="session")
def postgres_server():
    """URL of a running server, without a database name."""
    folder = Path(tempfile.mkdtemp(prefix="otklik-pg-"))
    folder.chmod(0o755)
    port = free_port()
    try:
        run_script("start", folder, port)
        yield f"postgresql://postgres@127.0.0.1:{port}"
        run_script("stop", folder, port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_script(action, folder, port):
    done = subprocess.run(
        ["sh", SCRIPT, action, folder, str(port)], capture_output=True, text=True, timeout=120
    )
    if done.returncode == NO_SERVER_PROGRAMS and not os.environ.get("OTKLIK_REQUIRE_POSTGRES"):
        pytest.skip("no PostgreSQL server programs (apt-get install postgresql)")
    assert done.returncode == 0, f"postgres.sh {action}: {done.stdout}{done.stderr}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgres_template(postgres_server):
    """Name of a migrated database without rows."""
    create_database(postgres_server, "migrated")
    Store(f"{postgres_server}/migrated").close()
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """Path of a migrated file without rows."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    Store(f"sqlite:///{path}").close()
    return path


def create_database(server, name, template="template1"):
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"{server}/{name}"


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def empty_url(request, tmp_path):
    """URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    server = request.getfixturevalue("postgres_server")
    return create_database(server, f"empty_{next(NAMES)}")


@pytest.fixture(params=BOTH)
def store_url(request, tmp_path):
    """URL of a migrated database without rows."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.db")
        return f"sqlite:///{tmp_path / 'store.db'}"
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    return create_database(server, f"store_{next(NAMES)}", template)


@pytest.fixture
def store(store_url):
    """An open store without rows."""
    with Store(store_url) as opened:
        yield opened
