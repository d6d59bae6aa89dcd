"""A bare HTTP client: cheap enough to send hundreds of thousands, and able to send anything."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import uvloop

ANSWER_S = 120.0
CONTINUE = 100
BROKEN = 0
"""In the place of a status: the connection was cut without an answer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request; `chunked` sends the body without telling its length."""

    kind: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    chunked: bool = False

    def bytes(self, host: str) -> bytes:
        """As it goes over the wire."""
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
            size = 1 << 16
            parts = [self.body[at : at + size] for at in range(0, len(self.body), size)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        else:
            if self.method != "GET" or self.body:
                lines.append(f"Content-Length: {len(self.body)}")
            body = self.body
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


class Wire:
    """One connection, opened anew when it was closed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def ask(self, sent: Sent) -> tuple[int, bytes]:
        """Status and body of the answer."""
        for _attempt in range(2):
            fresh = self._writer is None
            try:
                async with asyncio.timeout(ANSWER_S):
                    return await self._ask(sent)
            except (OSError, EOFError, ValueError, LookupError, TimeoutError):
                self.close()
                if fresh:  # else an idle connection was closed meanwhile
                    break
        return BROKEN, b""

    async def _ask(self, sent: Sent) -> tuple[int, bytes]:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._reader, self._writer
        assert reader is not None
        writer.write(sent.bytes(f"{self._host}:{self._port}"))
        status = CONTINUE
        while status == CONTINUE:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
            status = int(head[0].split(" ", 2)[1])
        body = b""
        if status not in (204, 304):
            body = await reader.readexactly(int(fields["content-length"]))
        if fields.get("connection") == "close":
            self.close()
        return status, body

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def send_all(
    url: str,
    requests: Iterable[Sent],
    clients: int,
    heard: Callable[[Sent, int, bytes], None],
) -> Counter[str]:
    """Send every request, so many at a time; how many there were of each kind."""
    kinds: Counter[str] = Counter()
    waiting = iter(requests)

    async def one() -> None:
        async with Wire(url) as wire:
            for sent in waiting:
                kinds[sent.kind] += 1
                heard(sent, *await wire.ask(sent))

    async def run() -> None:
        await asyncio.gather(*itertools.starmap(one, [()] * clients))

    uvloop.run(run())
    return kinds
