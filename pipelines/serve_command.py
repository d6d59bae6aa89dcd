"""`otklik serve`: the HTTP interface on this machine."""

import os
from typing import Annotated

import typer

from otklik.datasets.errors import BadSettings

EXAMPLES = "Example: otklik serve --port 8080; settings are OTKLIK_SERVE_* variables"
PREFIX = "OTKLIK_SERVE_"


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; a loopback one needs no keys.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port.")] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes behind one socket; each loads the model.")
    ] = 1,
    keys: Annotated[
        bool, typer.Option("--keys", help="Ask for a key on a loopback address too.")
    ] = False,
) -> None:
    """Serve the HTTP interface until interrupted; a promoted model is taken without a stop.

    A proxy in front ends TLS. Behind one on this machine a key is needed all the same: whatever
    carries a header of forwarding did not come from here.
    """
    import uvicorn

    from otklik.datasets.settings import load_settings
    from otklik.serving.keys import KeyFile
    from otklik.serving.settings import load_serve_settings
    from otklik.serving.table_directions import city_directions

    given = {"HOST": host, "PORT": port, "KEYS": "required" if keys else None}
    # Processes that uvicorn starts read the environment, as this one does.
    os.environ |= {PREFIX + name: str(value) for name, value in given.items() if value is not None}
    load_serve_settings.cache_clear()
    settings = load_serve_settings()
    if not settings.open_on_loopback and not KeyFile(load_settings().var).listed():
        raise BadSettings(
            f"Nobody could ask: {settings.host} needs keys and there are none. Make one with "
            "`otklik key add NAME --scope classify`, or listen on 127.0.0.1."
        )
    if settings.routing:
        city_directions()  # a file that contradicts itself is told in one line, before the start
    uvicorn.run(
        "otklik.pipelines.lent:make_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=processes,
        access_log=False,  # paths may name people: the service writes its own line
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=30,
        http="otklik.serving.front:Front",
        log_config=LOGGING,
    )


LOGGING: dict[str, object] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "stream": "ext://sys.stderr",
        }
    },
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "otklik": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
