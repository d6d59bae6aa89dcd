"""How a client asks: patiently where that does no harm, and once where it does."""

import random
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx2 as httpx

from otklik.datasets.errors import OtklikError

REPEATED = frozenset({429, 502, 503, 504})
LONGEST_WAIT_S = 60.0


class Refused(OtklikError):
    """The service refused, or could not be reached in all attempts.

    Parameters
    ----------
    status : int
        0 when there was no answer.
    problem : mapping
        What it said: `code`, `detail`, `field`, `action`.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        words = [problem.get("detail", ""), problem.get("action", "")]
        super().__init__(f"{status} {problem.get('code', '')}: {' '.join(filter(None, words))}")
        self.status = status
        self.problem = dict(problem)

    @property
    def code(self) -> str:
        """The stable code; empty where no problem was told."""
        return str(self.problem.get("code", ""))


class Asking:
    """A connection to the service.

    Parameters
    ----------
    url : str
        `http://127.0.0.1:8080`
    key : str or None
        Token of a key; None on a loopback address.
    attempts : int
    timeout_s : float
        For one attempt.
    wait_s : int or None
        How long a message may wait for its turn before the service refuses it; None: as long as
        the service's settings say. A job that reads a backlog takes some seconds.
    transport : httpx.BaseTransport or None
        Of tests.
    sleep : callable
        Waits so many seconds.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        attempts: int = 6,
        timeout_s: float = 30.0,
        wait_s: int | None = None,
        language: str = "ru",
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Accept-Language": language}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        if wait_s is not None:
            headers["Prefer"] = f"wait={wait_s}"
        self._attempts, self._sleep = attempts, sleep
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=timeout_s, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int | bool] | None = None,
        *,
        content: bytes | None = None,
        once: bool = False,
    ) -> bytes:
        """What the service answers.

        Parameters
        ----------
        content : bytes or None
            A file in the place of the body.
        once : bool
            A repetition would do more than the first request did.

        Raises
        ------
        Refused
        """
        headers = {} if content is None else {"Content-Type": "application/octet-stream"}
        refused = Refused(0, {})
        attempts = 1 if once else self._attempts
        for attempt in range(attempts):
            try:
                done = self._http.request(
                    method, path, json=body, content=content, headers=headers, params=query
                )
            except httpx.TransportError as error:
                refused = Refused(0, {"code": "unreachable", "detail": type(error).__name__})
                wait_s = _grown(attempt)
            else:
                if done.is_success:
                    return done.content
                refused = Refused(done.status_code, _problem(done))
                if done.status_code not in REPEATED:
                    raise refused
                wait_s = _named(done) or _grown(attempt)
            if attempt + 1 < attempts:
                self._sleep(min(wait_s, LONGEST_WAIT_S))
        raise refused


def _problem(done: httpx.Response) -> Mapping[str, Any]:
    try:
        found = done.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _named(done: httpx.Response) -> float | None:
    """Seconds that the service asked for, and up to one more: not all shall come back at once."""
    named = done.headers.get("retry-after", "")
    return int(named) + random.random() if named.isdecimal() else None


def _grown(attempt: int) -> float:
    return 0.2 * 2.0**attempt * random.uniform(0.5, 1.5)
