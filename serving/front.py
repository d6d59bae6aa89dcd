"""How bytes come in: uvicorn's own protocol, with an end to what may stand before a body.

The parser keeps a head of any length, and waits for its end for ever: whoever may connect could
fill the memory, or hold every connection, without a key.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 32 << 10
HEAD_S = 30.0


class Front(HttpToolsProtocol):
    """Refuses a head (request line and headers) that is too long or does not come in time."""

    _head_bytes = 0
    _in_head = True
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes of a head; what follows it in the same piece is none of it."""
        before = self._in_head
        super().data_received(data)
        if before and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It is whole."""
        self._in_head = False
        self._stop()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._stop()
        self._patience = self.loop.call_later(
            HEAD_S, self._refuse, "The head of the request did not come in time."
        )

    def _stop(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _refuse(self, message: str) -> None:
        self._stop()
        if not self.transport.is_closing():
            self.send_400_response(message)
