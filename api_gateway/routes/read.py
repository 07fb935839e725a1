"""The read calls of one version of the API: submit, poll, and the call that waits."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api_gateway.answers import POLL_AFTER, error_answer, operation_answer, request_id
from api_gateway.parts import Parts, in_thread
from api_gateway.routing import AnyCaseRoute
from api_gateway.submissions import discard, submit
from api_gateway.surfaces import Surface
from api_gateway.waiting import wait_for
from api_gateway.wire.text import JSON_TYPE
from read_operations.errors import OperationNotFound, ServiceStops, SyncTimeout
from read_operations.records import Status

_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def read_routes(surface: Surface, parts: Parts) -> list[AnyCaseRoute]:
    """The routes of one version."""
    read = _Read(surface, parts)
    return [
        AnyCaseRoute(surface.submit, read.analyze, method="POST"),
        AnyCaseRoute(surface.submit_and_wait, read.sync_analyze, method="POST"),
        # Any path: clients stumble over an answer without a body to a poll, whatever they asked for.
        *(AnyCaseRoute(f"{path}/{{id:path}}", read.result) for path in surface.results),
    ]


class _Read:
    def __init__(self, surface: Surface, parts: Parts) -> None:
        self._surface = surface
        self._parts = parts

    async def analyze(self, http: HttpRequest) -> Response:
        id = request_id(http)
        await submit(http, self._parts, self._surface, id)
        return Response(status_code=202, headers={**self._location(http, id), **POLL_AFTER})

    async def sync_analyze(self, http: HttpRequest) -> Response:
        id = request_id(http)
        await submit(http, self._parts, self._surface, id, synchronous=True)
        try:
            operation = await wait_for(id, http, self._parts)
        except (SyncTimeout, ServiceStops) as error:
            return error_answer(http, error, self._location(http, id))
        except BaseException:
            # Nobody else knows the id: the result would be for no one.
            await discard(id, self._parts)
            raise
        if operation.status is Status.FAILED:
            return Response(self._surface.sync_failure_json(operation), media_type=JSON_TYPE)
        return await operation_answer(operation, self._parts, self._surface)

    async def result(self, http: HttpRequest) -> Response:
        id = http.path_params["id"].rstrip("/").lower()
        if not _GUID.fullmatch(id):
            raise OperationNotFound
        operation = await in_thread(self._parts.store.get, id)
        return await operation_answer(operation, self._parts, self._surface)

    def _location(self, http: HttpRequest, id: str) -> dict[str, str]:
        # Clients cut the id off the end: it is the last thing in the URL.
        public_url = self._parts.settings.public_url
        base = public_url.rstrip("/") if public_url else f"{http.url.scheme}://{http.url.netloc}"
        return {"Operation-Location": f"{base}{self._surface.results[0]}/{id}"}
