"""Waiting for an operation while its client holds the line."""

from __future__ import annotations

from typing import Final

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from api_gateway.parts import Parts
from read_operations.errors import ServiceStops, SyncTimeout
from read_operations.records import Operation

_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 0.5
_GROWTH: Final = 1.3


async def wait_for(id: str, http: HttpRequest, parts: Parts) -> Operation:
    """The operation, once it is finished.

    Raises:
        SyncTimeout: it is not, and the longest wait is over.
        ServiceStops: it is not, and this process is about to end.
        ClientDisconnect: nobody waits for it any more.
    """
    limit_s = parts.settings.sync_timeout_s
    give_up_at = anyio.current_time() + limit_s
    pause_s = _FIRST_PAUSE_S
    while not (operation := await anyio.to_thread.run_sync(parts.store.get, id)).status.final:
        if await http.is_disconnected():
            raise ClientDisconnect
        if parts.stopping.soon:
            raise ServiceStops
        left_s = give_up_at - anyio.current_time()
        if left_s <= 0:
            raise SyncTimeout(
                f"The document was not read within {limit_s:g} s. "
                "Its result will be at the Operation-Location of this answer."
            )
        await anyio.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * _GROWTH, _LONGEST_PAUSE_S)
    return operation
