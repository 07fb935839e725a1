"""The metrics, for Prometheus."""

from __future__ import annotations

from typing import Final

import anyio
import anyio.to_thread
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api_gateway.routing import AnyCaseRoute
from read_operations.settings import Settings

#: Scrapes that wait for a storage that is silent hold so many threads, and leave the others to requests.
_AT_ONCE: Final = 2
#: Headers by which a proxy shows itself.
_OF_PROXIES: Final = ("forwarded", "via", "x-real-ip")
_OF_PROXIES_BEGIN: Final = ("x-forwarded-", "x-original-")


def metrics_routes(registry: CollectorRegistry, settings: Settings) -> list[AnyCaseRoute]:
    """The route of the metrics."""
    return [AnyCaseRoute("/metrics", _Metrics(registry, settings).scrape)]


class _Metrics:
    def __init__(self, registry: CollectorRegistry, settings: Settings) -> None:
        self._registry = registry
        self._served = settings.metrics and settings.metrics_port is None
        self._threads = anyio.CapacityLimiter(_AT_ONCE)

    async def scrape(self, http: HttpRequest) -> Response:
        # Who scrapes comes by himself. What a proxy lets in comes from outside, and is not meant to see this.
        if not self._served or _by_proxy(http):
            raise HTTPException(404)
        encode, media_type = choose_encoder(http.headers.get("accept", ""))
        body = await anyio.to_thread.run_sync(encode, self._registry, limiter=self._threads)
        return Response(body, headers={"Content-Type": media_type})


def _by_proxy(http: HttpRequest) -> bool:
    return any(name in _OF_PROXIES or name.startswith(_OF_PROXIES_BEGIN) for name in http.headers)
