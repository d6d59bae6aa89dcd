"""A service on tiny bundles: its settings, its registry and a client within the process."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import uvicorn
from registering import open_tiny, write_tiny
from starlette.testclient import TestClient

from otklik.datasets.settings import load_settings
from otklik.models.history import Change, Entry, History
from otklik.models.registered import MODEL, registry_folder
from otklik.serving.app import create_app
from otklik.serving.settings import ServeSettings

LOCAL = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 5000)}


def use_var(monkeypatch, folder):
    """Let the settings of this process name a data folder."""
    monkeypatch.setenv("OTKLIK_VAR", str(folder))
    load_settings.cache_clear()
    return folder


def quick(**settings):
    """Settings that suit a test: no tagger of names, two threads, a lively look-out.

    Callers are patient: nothing is refused because the machine is slow.
    """
    usual = {"ner": False, "routing": False, "workers": 2, "reload_s": 0.02, "wait_s": 60.0}
    return ServeSettings(**usual | settings)


def register(version, folder=None, change=Change.REGISTERED, **tiny):
    """Add a line to the history of the registry, with a tiny bundle behind it."""
    history = History(registry_folder())
    registry_folder().mkdir(parents=True, exist_ok=True)
    facts = {}
    if change is Change.REGISTERED:
        name = folder or f"bundles/{version}"
        if not (registry_folder() / name).exists():
            write_tiny(registry_folder() / name, facts={"number": version}, **tiny)
        facts = {"folder": name, "run": "r", "bundle": "b", "files": "f", "metrics": {}}
    with history.held():
        history.append(Entry(datetime.now(UTC), MODEL, change, version, "tester", "", facts))


@contextmanager
def running(settings=None, *, local=True, wait=True, **parts):
    """A client of a service that has its model."""
    parts.setdefault("open_predictor", open_tiny)
    app = create_app(settings or quick(), **parts)
    where = LOCAL if local else {"base_url": "http://otklik.test"}
    with TestClient(app, raise_server_exceptions=False, **where) as client:
        if wait:
            until(lambda: client.get("/health/ready").status_code == 200)
        yield client


@contextmanager
def listening(app):
    """Address of an application behind a real socket, as `otklik serve` puts it there."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http="otklik.serving.front:Front",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def until(true, timeout_s=300):
    """Wait for something that happens by itself."""
    import time

    stop = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < stop, "waited in vain"
        time.sleep(0.01)
