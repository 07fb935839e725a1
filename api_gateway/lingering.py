"""Answering a client that is still sending.

Closing a connection on which data is still arriving resets it, and the reset destroys the answer before the client has
read it. So the answer goes out at once, and what still comes is thrown away for a while before the connection closes.
"""

from __future__ import annotations

from typing import Final

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.parts import Stopping

#: The wait for a client to notice the answer …
_LINGER_S: Final = 30
#: … which ends when nothing comes for so long.
_SILENCE_S: Final = 2


class Lingering:
    """Lets an application answer before it has read the whole body."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, stopping: Stopping) -> None:
        """Throws away up to `max_bytes` of a body, and nothing when the process is about to end."""
        self._app = app
        self._max_bytes = max_bytes
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._stopping)

        async def send_early(message: Message) -> None:
            if body.ended:
                await send(message)
            elif message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                # All of the answer, but not yet the end of it, which would close the connection.
                await send({**message, "more_body": True})
                await body.throw_away(self._max_bytes)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await send(message)

        await self._app(scope, body.receive, send_early)


class _Body:
    def __init__(self, receive: Receive, stopping: Stopping) -> None:
        self._receive = receive
        self._stopping = stopping
        #: Nothing more will come.
        self.ended = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self.ended = True
        return message

    async def throw_away(self, max_bytes: int) -> None:
        size = 0
        with anyio.move_on_after(_LINGER_S):
            while not (self.ended or self._stopping.soon) and size < max_bytes:
                with anyio.move_on_after(_SILENCE_S) as silence:
                    size += len((await self.receive()).get("body", b""))
                if silence.cancelled_caught:
                    return


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
