"""Taking an operation back, whatever version of the API it was submitted with."""

from __future__ import annotations

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api_gateway.parts import Parts
from api_gateway.routes.read import asked_for
from api_gateway.routing import AnyCaseRoute
from api_gateway.submissions import remove
from read_operations.logs import get_logger

_log = get_logger(__name__)


def cancelling_routes(parts: Parts) -> list[AnyCaseRoute]:
    """The route by which an operation is removed."""

    async def cancel(http: HttpRequest) -> Response:
        operation = await asked_for(http, parts)
        await remove(operation.id, parts)
        _log.info("cancelled", operation=operation.id, status=operation.status.value)
        return Response(status_code=204)

    return [AnyCaseRoute("/operations/{id}", cancel, method="DELETE")]
