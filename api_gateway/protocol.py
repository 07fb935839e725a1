"""HTTP/1.1 as uvicorn speaks it, with bounds on what a client may send before its request is known.

An application learns two things more from `scope["state"]`: `await received()` tells whether the client has what it was
sent, and `crowded` whether there are more connections than can be served.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import sys
import termios
import uuid
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api_gateway.wire.errors import error_body
from api_gateway.wire.text import JSON_TYPE, dump

#: Bytes of a request line and headers, and of trailers: several times what clients send.
_MAX_HEAD_BYTES: Final = 64 * 1024
#: Seconds until they are complete.
_HEAD_WITHIN_S: Final = 30
#: Below the file descriptors that a process may usually have open.
_MOST_CONNECTIONS: Final = 900
#: Between two looks at what is still on its way to the client.
_LOOK_S: Final = 0.01


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose headers or trailers are too long, or whose headers are too long in coming.

    The limit is 64 KiB, checked after each read, so one read may exceed it. The parser below would hold any amount.
    Trailers, the fields after a body in chunks, are not kept.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        #: Received since a head began or ended, or some of a body came.
        self._bytes_beside = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._had_all_at_end = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        # Counted before it is parsed: where in it a head or a body begins is not told, and it may be much.
        self._bytes_beside += len(data)
        super().data_received(data)
        if self._bytes_beside > _MAX_HEAD_BYTES:
            self._end()

    def eof_received(self) -> None:
        """See `asyncio.Protocol`."""
        # The usual end: a client that has all of its answer goes before we look again.
        self._had_all_at_end = self._has_all()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Called by the parser at the first byte of a request."""
        super().on_message_begin()
        self.scope["state"]["received"] = self._received
        self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for each field of a head, and of trailers."""
        if self._head_timer is not None:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Called by the parser when it knows the request."""
        self._bytes_beside = 0
        self._stop_timer()
        self.scope["state"]["crowded"] = len(self.connections) > _MOST_CONNECTIONS
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Called by the parser for each piece of a body."""
        self._bytes_beside = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Called where the parser understands nothing."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_not_http())
        self.transport.close()

    async def _received(self) -> bool:
        """Waits until the client's machine has acknowledged every byte sent; false when the connection ended before."""
        while not self.transport.is_closing():
            if self._has_all():
                return True
            await asyncio.sleep(_LOOK_S)
        return self._had_all_at_end

    def _has_all(self) -> bool:
        return not self.transport.get_write_buffer_size() and not _unacknowledged(self.transport)

    def _await_head(self) -> None:
        self._stop_timer()
        self._bytes_beside = 0
        self._head_timer = self.loop.call_later(_HEAD_WITHIN_S, self._end)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end(self) -> None:
        # No answer: whoever sends this is no client that reads one.
        self.transport.close()


def _not_http() -> bytes:
    message = "The request is not written as HTTP/1.1 has to be. Let an HTTP library write it."
    id = str(uuid.uuid4())
    body = dump(error_body("InvalidRequest", message, id)).encode()
    head = (
        "HTTP/1.1 400 Bad Request",
        f"content-type: {JSON_TYPE}",
        f"content-length: {len(body)}",
        f"apim-request-id: {id}",
        "connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def _unacknowledged(transport: asyncio.Transport) -> int:
    """Bytes that the system holds until the other side has them."""
    if sys.platform != "linux":
        return 0
    answer = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    count: int = struct.unpack("i", answer)[0]
    return count
