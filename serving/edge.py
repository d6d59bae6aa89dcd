"""The outermost layer: headers of safety, measures, one log line a request, and faults."""

import logging
import secrets
from pathlib import Path
from time import perf_counter
from traceback import extract_tb

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otklik.datasets.errors import OtklikError
from otklik.serving.metrics import Metrics
from otklik.serving.problems import Problem, language_of, problem_response

LOG = logging.getLogger("otklik.serving.requests")
SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Edge:
    """ASGI middleware; what is raised behind it never reaches the server's own log.

    The log has route, status, time and key id. Neither paths nor messages of errors: both may
    carry what residents wrote.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SAFETY.items():
                    headers.setdefault(name, value)  # a page says what it may show
            await send(message)

        try:
            await self._app(scope, receive, send_safely)
        except Exception as error:
            fault = secrets.token_hex(4)
            LOG.error("fault %s: %s", fault, place_of(error))
            if status == 0:
                language = language_of(Headers(scope=scope).get("accept-language", ""))
                response = problem_response(Problem("fault", fault=fault), language)
                await response(scope, receive, send_safely)
        finally:
            self._measure(scope, status, perf_counter() - began)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if route != "unknown" else "unknown"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        caller = scope.get("state", {}).get("caller")
        LOG.info(
            "%s %s %d %.1f ms key %s",
            method,
            route,
            status,
            seconds * 1000,
            getattr(caller, "id", "-"),
        )


def told_of(error: BaseException) -> str:
    """What the log may say of an error: our own words; of others the kind and the place."""
    return str(error) if isinstance(error, OtklikError) else place_of(error)


def place_of(error: BaseException) -> str:
    """Kind of an error and the lines it came through."""
    steps = [f"{Path(f.filename).stem}:{f.lineno}" for f in extract_tb(error.__traceback__)]
    return f"{type(error).__name__} at {' > '.join(steps[-8:])}"
