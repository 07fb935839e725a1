"""What was read, as plain text, hOCR or ALTO: written out from the records while it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request as HttpRequest
from starlette.types import ASGIApp

from api_gateway.answers import POLL_AFTER, error_answer, streamed_answer
from api_gateway.delivery import given_once
from api_gateway.parts import Parts
from api_gateway.routes.read import asked_for
from api_gateway.routing import AnyCaseRoute, Endpoint
from read_operations.errors import ResultMissing
from read_operations.outputs import written
from read_operations.records import Operation, Output, Status
from read_operations.store import every_page


def output_routes(parts: Parts) -> list[AnyCaseRoute]:
    """A route for each form."""
    return [
        AnyCaseRoute(f"/operations/{{id}}/{output}", _call(output, parts)) for output in Output if output.from_records
    ]


def _call(output: Output, parts: Parts) -> Endpoint:
    async def call(http: HttpRequest) -> ASGIApp:
        operation = await asked_for(http, parts)
        if operation.status is Status.SUCCEEDED:

            def pieces() -> Iterator[str]:
                return written(output, every_page(parts.store, operation), language=operation.request.language)

            answer = await streamed_answer(http, pieces, {}, output.media_type)
        else:
            waiting = {} if operation.status.final else POLL_AFTER
            answer = error_answer(http, _missing(operation), waiting)
        return given_once(answer, operation, http, parts)

    return call


def _missing(operation: Operation) -> ResultMissing:
    """Why there is no result."""
    if not operation.status.final:
        return ResultMissing("The document is still being read. Ask again after the seconds that Retry-After says.")
    failure = operation.failure
    if failure is None:
        return ResultMissing("The document could not be read.")
    return ResultMissing(f"The document could not be read. {failure.code}: {failure.message}")
