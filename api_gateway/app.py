"""The gateway's ASGI application: HTTP in, a record or a result out."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api_gateway.answers import error_answer, json_answer, request_id
from api_gateway.downloads.downloader import Downloader
from api_gateway.envelope import Envelope
from api_gateway.fleet_state import FleetWatch
from api_gateway.lingering import Lingering
from api_gateway.metrics import GatewayMetrics, Metered
from api_gateway.parts import Parts, Stopping
from api_gateway.routes.cancelling import cancelling_routes
from api_gateway.routes.container import container_routes
from api_gateway.routes.home import home_routes
from api_gateway.routes.metrics import metrics_routes
from api_gateway.routes.older import older_routes
from api_gateway.routes.outputs import output_routes
from api_gateway.routes.read import read_routes
from api_gateway.routes.swagger import swagger_routes
from api_gateway.routes.usage import usage_routes
from api_gateway.surfaces import SURFACES
from api_gateway.wire.errors import error_body
from read_operations.documents import DocumentStore
from read_operations.errors import ReadfleetError
from read_operations.fleet import Fleet
from read_operations.logs import get_logger
from read_operations.queue import JobQueue
from read_operations.settings import Settings
from read_operations.store import OperationStore

_log = get_logger(__name__)

#: A body of which nothing comes for so long is given up.
UPLOAD_IDLE_S: Final = 60


def create_app(
    settings: Settings,
    *,
    store: OperationStore,
    documents: DocumentStore,
    queue: JobQueue,
    fleet: Fleet,
    upload_idle_s: float = UPLOAD_IDLE_S,
) -> Starlette:
    """The application on top of these stores, this queue and this fleet, real or in memory."""
    parts = Parts(
        settings=settings,
        store=store,
        documents=documents,
        queue=queue,
        fleet=fleet,
        downloader=Downloader(settings),
        stopping=Stopping(),
        upload_idle_s=upload_idle_s,
    )
    metrics = GatewayMetrics(FleetWatch(store=store, queue=queue, fleet=fleet))
    app = Starlette(
        routes=[
            *home_routes(parts),
            *swagger_routes(),
            *container_routes(parts),
            *usage_routes(parts),
            *metrics_routes(metrics.registry, settings),
            *(route for surface in SURFACES for route in read_routes(surface, parts)),
            *older_routes(parts),
            *output_routes(parts),
            *cancelling_routes(parts),
        ],
        middleware=[
            # What is too large to be taken has to be thrown away, too.
            Middleware(Lingering, max_bytes=2 * settings.max_file_bytes, stopping=parts.stopping),
            Middleware(Metered, metrics=metrics),
            Middleware(Envelope),
        ],
        lifespan=_lifespan,
        exception_handlers={ReadfleetError: _on_error, HTTPException: _on_http_exception},
    )
    app.state.stopping = parts.stopping
    app.state.documents = documents
    app.state.metrics = metrics
    # Clients do not follow redirects of a POST.
    app.router.redirect_slashes = False
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    await app.state.documents.close()


async def _on_error(http: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, ReadfleetError)
    if error.http_status >= 500:
        cause = f"{type(error.__cause__).__name__}: {error.__cause__}" if error.__cause__ else None
        _log.warning("a request could not be served", path=http.url.path, reason=error.message, cause=cause)
    return error_answer(http, error)


async def _on_http_exception(http: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        # As the original answers a path it does not know.
        return Response(status_code=404)
    message = error.detail
    if error.status_code == 405:
        allowed = " or ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        message = f"The method {http.method} is not supported here. Use {allowed}."
    return json_answer(error_body("InvalidRequest", message, request_id(http)), error.status_code, error.headers)
