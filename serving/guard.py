"""What every request passes before its body is read: key, scope, limits, type, size, audit."""

import asyncio
import logging
import re
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from otklik.datasets.errors import StoreError
from otklik.serving.keys import Scope
from otklik.serving.patience import patience_s
from otklik.serving.problems import Problem, answer_problem
from otklik.serving.service import BYTES_A_TOKEN, Service
from otklik.serving.settings import is_loopback
from otklik.serving.upload import is_taken

OPEN = "open"
"""In the place of a scope: whoever asks is answered, with no word of any message."""
BODY_S = 30.0
LOG = logging.getLogger("otklik.serving")
ANONYMOUS = "loopback"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via", "origin")
_JSON = re.compile(r'application/json\s*(;\s*charset="?utf-?8"?\s*)?', re.IGNORECASE)
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d+)?", re.ASCII)
_BEARER = re.compile(r"bearer +([\w-]{1,200})", re.IGNORECASE | re.ASCII)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the id and name of the key, `loopback` without one."""

    id: str
    name: str
    limit: int


def needs(scope: Scope | str, *, upload: bool = False, queued: bool = False) -> dict[str, Any]:
    """What a route says of itself: the scope that its caller must have, or `OPEN`.

    Parameters
    ----------
    upload : bool
        The body is a file, which the route reads as it comes.
    queued : bool
        The model reads what comes: where the queue has no room, the body is not even fetched.
    """
    security = [] if scope == OPEN else [{"key": [str(scope)]}]
    marks = {"x-upload": upload, "x-queued": queued}
    marked = {name: True for name, true in marks.items() if true}
    return {"x-scope": str(scope), "security": security, **marked}


class CappedRequest(Request):
    """A request whose body is read up to a limit, and only within a time."""

    most_bytes = 0

    async def body(self) -> bytes:
        """The whole body.

        Raises
        ------
        Problem
            `body_too_large`, `slow_body`.
        """
        if not hasattr(self, "_body"):
            try:
                async with asyncio.timeout(BODY_S):
                    self._body = b"".join([chunk async for chunk in self.chunks()])
            except TimeoutError:
                raise Problem("slow_body", seconds=int(BODY_S)) from None
        return self._body

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes.

        Raises
        ------
        Problem
            `body_too_large`
        """
        size = 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > self.most_bytes:
                raise Problem("body_too_large", limit=self.most_bytes)
            yield chunk


class GuardedRoute(APIRoute):
    """A route that answers nobody without the right key; every route has to name its scope."""

    def get_route_handler(self) -> Handler:
        """Wrap what FastAPI makes of the endpoint."""
        inner = super().get_route_handler()
        scope = (self.openapi_extra or {}).get("x-scope")
        upload = "x-upload" in (self.openapi_extra or {})
        queued = "x-queued" in (self.openapi_extra or {})
        if scope is None:
            raise TypeError(f"the route {self.path} names no scope: add openapi_extra=needs(…).")

        async def handle(request: Request) -> Response:
            service: Service = request.app.state.service
            try:
                caller = _admit(request, service, scope)
                request.state.caller = caller
                service.limits.charge(caller.id, 1, caller.limit)
                capped = _capped(request, service, upload=upload)
                wait_s = _queue_up(capped, service) if queued else None
                if not upload:
                    # Read here: FastAPI takes whatever goes wrong within for broken JSON.
                    await capped.body()
                response = await inner(capped)
                if wait_s is not None:
                    response.headers["Preference-Applied"] = f"wait={wait_s:.0f}"
            except ClientDisconnect:
                response = Response(status_code=400)  # nobody is there to read it
            except StoreError as error:
                LOG.error("%s", error)  # it quotes no values
                response = await answer_problem(request, Problem("store_refused", retry_after_s=5))
            except (Problem, RequestValidationError, HTTPException) as error:
                code = error.code if isinstance(error, Problem) else "invalid"
                service.metrics.refused.labels(code).inc()
                response = await answer_problem(request, error)
            stored = hasattr(request.state, "touched")
            # Who has no key is counted and logged; nobody unknown may fill the disk with lines.
            known = hasattr(request.state, "caller")
            if stored or (known and scope not in (OPEN, Scope.CLASSIFY)):
                await _record(request, service, self.name, response.status_code)
            return response

        return handle


def _admit(request: Request, service: Service, scope: str) -> Caller:
    if scope == OPEN:
        return Caller(OPEN, OPEN, 0)
    given = request.headers.get("authorization")
    if given is None:
        if service.settings.open_on_loopback and is_local(request):
            return Caller(ANONYMOUS, ANONYMOUS, 0)
        raise Problem("no_key")
    token = _BEARER.fullmatch(given)
    key = service.keys.find(token[1]) if token else None
    if key is None:
        raise Problem("bad_key")
    limit = key.rate_per_minute
    caller = Caller(key.id, key.name, service.settings.rate_per_minute if limit is None else limit)
    request.state.caller = caller
    if scope not in key.scopes:
        raise Problem("no_scope", scope=scope)
    return caller


def is_local(request: Request) -> bool:
    """Whether a program of this machine asks for itself.

    Not so what a proxy passes on, nor a page in a browser, whatever name it came to us by.
    """
    if request.client is None or not is_loopback(request.client.host):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = _HOST.fullmatch(request.headers.get("host", ""))
    return host is not None and is_loopback(host[1])


def _capped(request: Request, service: Service, *, upload: bool) -> CappedRequest:
    limit = service.settings.import_bytes if upload else service.settings.body_bytes
    if request.method in ("POST", "PUT", "PATCH"):
        given = request.headers.get("content-type", "").strip()
        if upload and not is_taken(given):
            raise Problem("upload_type")
        if not upload and not _JSON.fullmatch(given):
            raise Problem("content_type")
        if stated_bytes(request) > limit:
            raise Problem("body_too_large", limit=limit)
    capped = CappedRequest(request.scope, request.receive)
    capped.most_bytes = limit
    return capped


def _queue_up(request: Request, service: Service) -> float | None:
    """Refuse what would be refused later; else the seconds that the caller would wait."""
    settings = service.settings
    request.state.wait_s = wait_s = patience_s(request, settings.deadline_s)
    about = stated_bytes(request) // BYTES_A_TOKEN
    service.queue.check_room(min(about, settings.batch_tokens), wait_s)
    return wait_s


def stated_bytes(request: Request) -> int:
    """Length that the request says its body has; 0 where it says none, much where nonsense."""
    length = request.headers.get("content-length", "0")
    return int(length[:20]) if length.isdecimal() else sys.maxsize


async def _record(request: Request, service: Service, action: str, status: int) -> None:
    """Note who did what to which messages; a reading that cannot be noted is not answered."""
    caller = getattr(request.state, "caller", None)
    facts: dict[str, Any] = {"status": status, **request.path_params}
    touched = getattr(request.state, "touched", None)
    if touched is not None:
        facts["messages"] = touched
    facts = {name: value for name, value in facts.items() if isinstance(value, int | list)}
    facts |= getattr(request.state, "noted", {})  # what the route itself vouches for
    await asyncio.to_thread(service.audit.add, action, caller.id if caller else "unknown", facts)
