"""HTTP/1.1 as uvicorn speaks it, with bounds on what a client may send before its turn and leave lying.

An application learns two things more from `scope["state"]`: `await received()` tells whether the client has what it was
sent, and `crowded` whether there are more connections than can be served.
"""

from __future__ import annotations

import asyncio
import fcntl
import math
import struct
import sys
import termios
import uuid
from typing import Any, Final

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api_gateway.upgrades import UpgradeIgnoringParser
from api_gateway.wire.errors import error_body
from api_gateway.wire.text import JSON_TYPE, dump

#: Bytes of a request line and headers, and of trailers: several times what clients send.
_MAX_HEAD_BYTES: Final = 64 * 1024
#: Seconds until they are complete.
_HEAD_WITHIN_S: Final = 30
#: Bytes of a request's body that may come before its turn. Reading pauses below that, but goes on whenever an
#: application asks whether the client is still there.
_MOST_AHEAD_BYTES: Final = 512 * 1024
#: Between two looks whether a client takes its answer …
_TAKE_WITHIN_S: Final = 60
#: … which it has to do this fast.
_LEAST_BYTES_PER_S: Final = 1000
#: Below the file descriptors that a process may usually have open.
_MOST_CONNECTIONS: Final = 900
#: Between two looks at what is still on its way to the client.
_LOOK_S: Final = 0.01


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose headers or trailers are too long, or whose headers are too long in coming.

    The limit is 64 KiB, checked after each read, so one read may exceed it. The parser below would hold any amount.
    Trailers, the fields after a body in chunks, are not kept.

    It also ends one on which more than one request, or much of one, comes before its turn: no usual client sends any,
    but one that has all of an answer may be faster than we are; one that does not take its answers; and in a crowd the
    one that has been without a request for longest.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = UpgradeIgnoringParser(self)
        #: Received since a head began or ended, or some of a body came.
        self._bytes_beside = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._taking_timer: asyncio.TimerHandle | None = None
        self._had_all_at_end = False
        #: The request that is being answered, or was last.
        self._answered: RequestResponseCycle | None = None
        #: When it began to be without a request, if it is.
        self._idle_since = math.inf

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        # Writing pauses as soon as anything waits for the client, and goes on when nothing does.
        transport.set_write_buffer_limits(high=0)
        self._idle_since = self.loop.time()
        self._await_head()
        if len(self.connections) > _MOST_CONNECTIONS:
            self._end_the_idlest()

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
        self._had_all_at_end = not self._left()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._stop_timer()
        self._stop_watching()
        # uvicorn tells the request that came last, which may wait for this one.
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().pause_writing()
        self._watch_taking()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        self._stop_watching()

    def on_message_begin(self) -> None:
        """Called by the parser at the first byte of a request."""
        if self.pipeline:
            raise ValueError("a request waits already")
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
        self._idle_since = math.inf
        self.scope["state"]["crowded"] = len(self.connections) > _MOST_CONNECTIONS
        super().on_headers_complete()

    def _should_upgrade(self) -> bool:
        # Asked of heads with an offer: uvicorn then starts nothing, and the parser gives them again without it.
        return True

    def on_body(self, body: bytes) -> None:
        """Called by the parser for each piece of a body."""
        self._bytes_beside = 0
        super().on_body(body)
        if self.pipeline and len(self.cycle.body) > _MOST_AHEAD_BYTES:
            self._end()

    def on_response_complete(self) -> None:
        """Called when all of an answer has been handed over."""
        if not self.pipeline:
            self._idle_since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Called where the parser understands nothing."""
        # While another request waits for its turn, what is said now would be taken for an answer to the one before it.
        if not self.pipeline and (
            self.cycle is None or self.cycle.response_complete or not self.cycle.response_started
        ):
            self.transport.write(_not_http())
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    async def _received(self) -> bool:
        """Waits until the client's machine has acknowledged every byte sent; false when the connection ended before."""
        await self.flow.drain()
        if not self.transport.is_closing():
            self._watch_taking()
        while not self.transport.is_closing():
            if not self._left():
                self._stop_watching()
                return True
            await asyncio.sleep(_LOOK_S)
        return self._had_all_at_end

    def _left(self) -> int:
        """Bytes that the client's machine has not acknowledged."""
        return self.transport.get_write_buffer_size() + _unacknowledged(self.transport)

    def _watch_taking(self) -> None:
        """Until it is stopped, has the client take its answer; nothing is added to that meanwhile."""
        self._stop_watching()
        self._taking_timer = self.loop.call_later(_TAKE_WITHIN_S, self._look_at_taking, self._left())

    def _look_at_taking(self, before: int) -> None:
        if before - self._left() < _TAKE_WITHIN_S * _LEAST_BYTES_PER_S:
            self.transport.abort()
        else:
            self._watch_taking()

    def _stop_watching(self) -> None:
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None

    def _end_the_idlest(self) -> None:
        open = [each for each in self.connections if isinstance(each, BoundedProtocol)]
        idlest = min(open, key=lambda each: each._idle_since)
        if idlest is not self:
            # It may have an answer that nobody takes, and is to count no longer.
            idlest.transport.abort()
            self.connections.discard(idlest)

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
