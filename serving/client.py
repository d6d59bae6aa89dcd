"""A client of the interface: typed, patient, and safe to repeat."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx2 as httpx

from otklik.datasets.errors import OtklikError
from otklik.serving.message_schemas import (
    LabelIn,
    MessageOut,
    ModelsOut,
    PageOut,
    StoredOut,
    StoreIn,
)
from otklik.serving.schemas import MOST_MESSAGES, AnswerOut, AnswersOut, BatchIn, MessageIn

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


class Client:
    """Asks the service; every request may be repeated without harm, and is.

    Refusals for want of room (429) and of a service (502 to 504) are repeated after the time that
    the service names, lost connections after a growing one.

    Parameters
    ----------
    url : str
        `http://127.0.0.1:8080`
    key : str or None
        Token of a key; None on a loopback address.
    attempts : int
    timeout_s : float
        For one attempt.
    transport : httpx.BaseTransport or None
        Of tests.
    sleep : callable
        Waits so many seconds.

    Examples
    --------
    >>> with Client("http://127.0.0.1:8080") as otklik:  # doctest: +SKIP
    ...     (answer,) = otklik.classify(["На Сайханова 112 третий день нет воды"])
    ...     print(answer.decision.action, answer.place.street)
    auto улица Сайханова
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        attempts: int = 6,
        timeout_s: float = 30.0,
        language: str = "ru",
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Accept-Language": language}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
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

    def classify(
        self, messages: Sequence[MessageIn | str], *, top: int = 3, explain: bool = False
    ) -> list[AnswerOut]:
        """Answers to any number of messages, in order; nothing is stored.

        Raises
        ------
        Refused
        """
        given = [MessageIn(text=one) if isinstance(one, str) else one for one in messages]
        answers: list[AnswerOut] = []
        for start in range(0, len(given), MOST_MESSAGES):
            body = BatchIn(messages=given[start : start + MOST_MESSAGES])
            query = {"top": top, "explain": explain}
            found = self._ask("POST", "/v1/classify", body.model_dump(mode="json"), query)
            answers += AnswersOut.model_validate_json(found).answers
        return answers

    def store(self, message: StoreIn) -> StoredOut:
        """Store and classify one message; when this returns, it is stored exactly once.

        Raises
        ------
        Refused
        """
        found = self._ask("POST", "/v1/messages", message.model_dump(mode="json"))
        return StoredOut.model_validate_json(found)

    def message(self, message_id: int) -> MessageOut:
        """A stored message by its number.

        Raises
        ------
        Refused
        """
        return MessageOut.model_validate_json(self._ask("GET", f"/v1/messages/{message_id}"))

    def messages(self, **filters: str | bool) -> Iterator[MessageOut]:
        """Stored messages in the order of acceptance; `source`, `kind`, `district`, `since`, ….

        Raises
        ------
        Refused
        """
        cursor: str | None = "0"
        while cursor is not None:
            found = self._ask("GET", "/v1/messages", query={**filters, "cursor": cursor})
            page = PageOut.model_validate_json(found)
            yield from page.messages
            cursor = page.cursor

    def label(self, message_id: int, label: LabelIn) -> MessageOut:
        """Correct a message; the same word again adds nothing.

        Raises
        ------
        Refused
        """
        path = f"/v1/messages/{message_id}/labels"
        return MessageOut.model_validate_json(
            self._ask("POST", path, label.model_dump(mode="json"))
        )

    def models(self) -> ModelsOut:
        """Which version answers, and which ones there are.

        Raises
        ------
        Refused
        """
        return ModelsOut.model_validate_json(self._ask("GET", "/v1/models"))

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int | bool] | None = None,
    ) -> bytes:
        refused = Refused(0, {})
        for attempt in range(self._attempts):
            try:
                done = self._http.request(method, path, json=body, params=dict(query or {}))
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
            if attempt + 1 < self._attempts:
                self._sleep(min(wait_s, LONGEST_WAIT_S))
        raise refused


def _problem(done: httpx.Response) -> Mapping[str, Any]:
    try:
        found = done.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _named(done: httpx.Response) -> float | None:
    """Seconds that the service asked for, and a little, so that not all come back at once."""
    named = done.headers.get("retry-after", "")
    return int(named) * random.uniform(1.0, 1.2) if named.isdecimal() else None


def _grown(attempt: int) -> float:
    return 0.2 * 2.0**attempt * random.uniform(0.5, 1.5)
