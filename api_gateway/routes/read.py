"""The read calls of one version of the API: submit, poll, and the call that waits."""

from __future__ import annotations

import re
from typing import Final

import anyio.to_thread
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp

from api_gateway.answers import POLL_AFTER, error_answer, operation_answer, request_id
from api_gateway.base_url import base_url
from api_gateway.delivery import given_once
from api_gateway.parts import Parts
from api_gateway.routing import AnyCaseRoute
from api_gateway.submissions import discard, submit
from api_gateway.surfaces import Dialect, Surface
from api_gateway.waiting import wait_for
from api_gateway.wire.text import JSON_TYPE
from read_operations.errors import OperationNotFound, ServiceStops, SyncTimeout
from read_operations.records import Operation, Status

_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def read_routes(surface: Surface, parts: Parts) -> list[AnyCaseRoute]:
    """The routes of one version."""
    read = ReadCalls(surface, parts)
    return [
        AnyCaseRoute(surface.submit, read.analyze, method="POST"),
        AnyCaseRoute(surface.submit_and_wait, read.sync_analyze, method="POST"),
        *read.result_routes(),
    ]


async def asked_for(http: HttpRequest, parts: Parts) -> Operation:
    """The operation whose id is in the path.

    Raises:
        OperationNotFound: there is none of that id.
    """
    id = http.path_params["id"].rstrip("/").lower()
    if not _GUID.fullmatch(id):
        raise OperationNotFound
    return await anyio.to_thread.run_sync(parts.store.get, id)


class ReadCalls:
    """What the calls of one dialect do, whatever their paths are."""

    def __init__(self, dialect: Dialect, parts: Parts) -> None:
        self._dialect = dialect
        self._parts = parts

    def result_routes(self) -> list[AnyCaseRoute]:
        """The routes by which results are asked for."""
        # Any path: clients stumble over an answer without a body to a poll, whatever they asked for.
        return [AnyCaseRoute(f"{path}/{{id:path}}", self.result) for path in self._dialect.results]

    async def analyze(self, http: HttpRequest) -> Response:
        """Takes a document, and says where its result will be."""
        id = request_id(http)
        await submit(http, self._parts, self._dialect, id)
        return Response(status_code=202, headers={**self._location(http, id), **POLL_AFTER})

    async def sync_analyze(self, http: HttpRequest) -> ASGIApp:
        """Takes a document, and answers with its result."""
        id = request_id(http)
        await submit(http, self._parts, self._dialect, id, synchronous=True)
        try:
            operation = await wait_for(id, http, self._parts)
        except (SyncTimeout, ServiceStops) as error:
            return error_answer(http, error, self._location(http, id))
        except BaseException:
            # Nobody else knows the id: the result would be for no one.
            await discard(id, self._parts)
            raise
        if operation.status is Status.FAILED:
            answer = Response(
                self._dialect.sync_failure_json(operation),
                self._dialect.sync_failure_status(operation),
                media_type=JSON_TYPE,
            )
        else:
            answer = await operation_answer(http, operation, self._parts, self._dialect)
        return given_once(answer, operation, http, self._parts)

    async def result(self, http: HttpRequest) -> ASGIApp:
        """The operation as it stands."""
        operation = await asked_for(http, self._parts)
        answer = await operation_answer(http, operation, self._parts, self._dialect)
        return given_once(answer, operation, http, self._parts)

    def _location(self, http: HttpRequest, id: str) -> dict[str, str]:
        # Clients cut the id off the end: it is the last thing in the URL.
        base = base_url(http, self._parts.settings)
        return {"Operation-Location": f"{base}{self._dialect.results[0]}/{id}"}
