"""Delivery of events: signed, repeated with a growing wait, given up at last, never forgotten."""

import asyncio
import hashlib
import hmac
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from otklik.datasets.outbox import Leased, Outbox
from otklik.serving.edge import told_of
from otklik.serving.metrics import Metrics
from otklik.serving.settings import ServeSettings
from otklik.serving.shelf import Shelf

if TYPE_CHECKING:
    import httpx2 as httpx

LOG = logging.getLogger("otklik.serving")

ATTEMPT_S = 10.0
LEASE_S = 60
AT_ONCE = 16
POLL_S = 1.0
TROUBLED_S = 10.0
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 3600.0
KEPT_DAYS = 30
FORGET_S = 3600.0


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256 of «timestamp.body», in hexadecimal digits.

    Parameters
    ----------
    timestamp : int
        Seconds since 1970: the receiver refuses old ones, so that nobody sends it again.
    """
    signed = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()


def wait_s(attempts: int, draw: Callable[[], float] = random.random) -> float:
    """Seconds before the next attempt: twice as long each time, half of it by chance.

    Without chance, everything that failed together would come back together.
    """
    longest: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempts - 1, 30))
    return longest * (0.5 + 0.5 * draw())


class Webhook:
    """Sends what waits in the outbox to one address.

    Parameters
    ----------
    url : str
    secret : bytes
    shelf : Shelf
        Whose store holds the outbox.
    """

    def __init__(
        self,
        url: str,
        secret: bytes,
        shelf: Shelf,
        metrics: Metrics,
    ) -> None:
        self._url, self._secret = url, secret
        self._shelf, self._metrics = shelf, metrics
        self._forgot_at = -FORGET_S

    @classmethod
    def of(cls, settings: ServeSettings, shelf: Shelf, metrics: Metrics) -> Self | None:
        """The webhook that the settings name, if they do."""
        if settings.webhook_url is None or settings.webhook_secret is None:
            return None
        secret = settings.webhook_secret.get_secret_value().encode()
        return cls(settings.webhook_url, secret, shelf, metrics)

    async def follow(self) -> None:
        """Deliver again and again; what a killed process left is taken up when its lease ends."""
        import httpx2 as httpx

        async with httpx.AsyncClient(
            timeout=ATTEMPT_S, follow_redirects=False, trust_env=False
        ) as http:
            while True:
                try:
                    busy = await self.deliver(http) == AT_ONCE
                except Exception as error:  # whatever it is, the next events must go out
                    LOG.error("events cannot be delivered: %s", told_of(error))
                    await asyncio.sleep(TROUBLED_S)
                    continue
                if not busy:
                    await asyncio.sleep(POLL_S)

    async def deliver(self, http: "httpx.AsyncClient") -> int:
        """Send what is due, up to some at once; returns how many were sent."""
        now = datetime.now(UTC)
        loop_s = asyncio.get_running_loop().time()
        if loop_s >= self._forgot_at + FORGET_S:
            self._forgot_at = loop_s
            before = now - timedelta(days=KEPT_DAYS)
            await self._shelf.ask(lambda store: Outbox(store.database).forget(before))

        def lease(outbox: Outbox) -> list[Leased]:
            found = outbox.is_due(now)
            return outbox.lease(now, timedelta(seconds=LEASE_S), AT_ONCE) if found else []

        leased = await self._shelf.ask(lambda store: lease(Outbox(store.database)))
        await asyncio.gather(*(self._send(http, one) for one in leased))
        return len(leased)

    async def _send(self, http: "httpx.AsyncClient", one: Leased) -> None:
        trouble = await self._attempt(http, one)
        now = datetime.now(UTC)
        due_at = None
        if trouble is not None and one.attempts < one.most_attempts:
            due_at = now + timedelta(seconds=wait_s(one.attempts))

        def note(outbox: Outbox) -> bool:
            if trouble is None:
                return outbox.delivered(one, now)
            return outbox.failed(one, trouble, now, due_at)

        await self._shelf.ask(lambda store: note(Outbox(store.database)))
        result = "delivered" if trouble is None else "repeated" if due_at else "dead"
        self._metrics.deliveries.labels(result).inc()
        if result == "dead":
            LOG.error("event %d is dead after %d attempts: %s", one.id, one.attempts, trouble)

    async def _attempt(self, http: "httpx.AsyncClient", one: Leased) -> str | None:
        """Send once; returns what went wrong, without a word of what was answered."""
        import httpx2 as httpx

        body, timestamp = one.body.encode(), int(datetime.now(UTC).timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "otklik",
            "Otklik-Event": one.event,
            "Otklik-Attempt": str(one.attempts),
            "Otklik-Timestamp": str(timestamp),
            "Otklik-Signature": signature(self._secret, timestamp, body),
        }
        try:
            # Well within the lease, whatever a slow receiver does byte by byte.
            async with asyncio.timeout(2 * ATTEMPT_S):
                # The body of the answer is never read: nobody can fill this memory with it.
                async with http.stream("POST", self._url, content=body, headers=headers) as done:
                    return None if done.is_success else f"status {done.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return type(error).__name__
