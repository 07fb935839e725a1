"""What the container says about itself: ready, status and liveness."""

from __future__ import annotations

from typing import Final

import anyio
import anyio.to_thread
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response

from api_gateway.answers import json_answer
from api_gateway.parts import Parts
from api_gateway.routing import AnyCaseRoute
from api_gateway.wire.container import SERVICE
from read_operations.errors import ReadfleetError

#: Whoever probes does not wait longer either.
_READY_WITHIN_S: Final = 3
#: Probes that wait for a storage that does not answer at once hold so many threads, and leave the others to requests.
_PROBES_AT_ONCE: Final = 2


def container_routes(parts: Parts) -> list[AnyCaseRoute]:
    """The routes of the container's own endpoints."""
    container = _Container(parts)
    return [
        AnyCaseRoute("/ready", container.ready),
        AnyCaseRoute("/status", container.status),
        AnyCaseRoute("/ContainerLiveness", container.liveness),
    ]


class _Container:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._probes = anyio.CapacityLimiter(_PROBES_AT_ONCE)

    async def ready(self, _: HttpRequest) -> Response:
        lacking: str | None = "The storage (Redis or Valkey) does not answer."
        with anyio.move_on_after(_READY_WITHIN_S):
            lacking = await anyio.to_thread.run_sync(self._lacking, abandon_on_cancel=True, limiter=self._probes)
        if lacking:
            return json_answer({"service": SERVICE, "ready": "notReady", "message": lacking}, 503)
        return json_answer({"service": SERVICE, "ready": "ready", "message": "Api is ready.."})

    async def status(self, _: HttpRequest) -> Response:
        # No key is needed, so the one in use is always good.
        message = "Api Key is valid, no action needed."
        return json_answer({"service": SERVICE, "apiStatus": "Valid", "apiStatusMessage": message})

    async def liveness(self, _: HttpRequest) -> Response:
        return PlainTextResponse("Healthy")

    def _lacking(self) -> str | None:
        try:
            self._parts.store.ping()
            ready_children = self._parts.fleet.ready_children()
        except ReadfleetError:
            return "The storage (Redis or Valkey) cannot be reached."
        return None if ready_children > 0 else "No worker is ready to read pages."
