"""The bytes of a request's body as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import anyio
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from api_gateway.parts import Parts
from read_operations.errors import ServiceBusy, UploadStalled

#: A body that comes slower, over all, is given up: it would hold its connection for ever.
_LEAST_BYTES_PER_S: Final = 1000


async def raw_body(receive: Receive, parts: Parts) -> AsyncIterator[bytes]:
    """Every piece of the body that has a byte in it.

    Raises:
        UploadStalled: nothing comes any more, or too little.
        ServiceBusy: this process is about to end.
        ClientDisconnect: the client went away.
    """
    started = anyio.current_time()
    size = 0
    more = True
    while more:
        if parts.stopping.soon:
            raise ServiceBusy
        message: Message | None = None
        with anyio.move_on_after(parts.upload_idle_s):
            message = await receive()
        if message is None:
            raise UploadStalled(f"Nothing came of the request's body for {parts.upload_idle_s:g} s. Send it again.")
        if anyio.current_time() - started > parts.upload_idle_s + size / _LEAST_BYTES_PER_S:
            raise UploadStalled(f"The body came slower than {_LEAST_BYTES_PER_S} bytes a second. Send it again.")
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if chunk:
            yield chunk
