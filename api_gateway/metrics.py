"""What the gateway measures: its requests, and the state of the fleet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.fleet_state import FleetWatch
from read_operations.metrics import new_registry

#: Methods by name; whatever else a client makes up is one more.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"
#: In place of a status where the client went before there was one.
_GONE: Final = "gone"
#: Seconds: from a poll to the longest synchronous call.
_BUCKETS_S: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class GatewayMetrics:
    """The metrics of one gateway."""

    def __init__(self, watch: FleetWatch) -> None:
        """With the fleet's state as `watch` sees it when the metrics are asked for."""
        self.registry = new_registry()
        self.requests = Counter(
            "readfleet_gateway_requests",
            "Requests that ended, by the route's template and the status of the answer.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "readfleet_gateway_request_duration_seconds",
            "From the first byte of a request to the last of its answer.",
            ["route"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self.open = Gauge("readfleet_gateway_requests_in_progress", "Requests being answered.", registry=self.registry)
        self.received = Counter("readfleet_gateway_received_bytes", "Bytes of request bodies.", registry=self.registry)
        self.registry.register(_FleetCollector(watch))


class Metered:
    """Counts and times every request."""

    def __init__(self, app: ASGIApp, *, metrics: GatewayMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        metrics = self._metrics
        status = _GONE

        async def counted() -> Message:
            message = await receive()
            metrics.received.inc(len(message.get("body", b"")))
            return message

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        metrics.open.inc()
        started = time.perf_counter()
        try:
            await self._app(scope, counted, noted)
        finally:
            metrics.open.dec()
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            route = _template(scope)
            metrics.requests.labels(method, route, status).inc()
            metrics.seconds.labels(route).observe(time.perf_counter() - started)


def _template(scope: Scope) -> str:
    """The path as the route has it: there are as many paths as operations, and as many others as clients make up."""
    route = scope.get("route")
    return route.path.replace(":path}", "}") if isinstance(route, Route) else _OTHER


class _FleetCollector(Collector):
    """The state of the fleet; what cannot be known now is left out rather than shown as it was."""

    def __init__(self, watch: FleetWatch) -> None:
        self._watch = watch

    def describe(self) -> list[Metric]:
        """Nothing: a registry would ask for the state to find out the names."""
        return []

    def collect(self) -> Iterator[Metric]:
        """See `Collector.collect`."""
        state = self._watch.state()
        up = "Whether the storage (Redis or Valkey) answers: 1 or 0."
        yield GaugeMetricFamily("readfleet_storage_up", up, value=state is not None)
        if state is None:
            return
        waiting = GaugeMetricFamily(
            "readfleet_pages_waiting", "Pages, and documents to be opened, in a queue.", labels=["lane"]
        )
        age = GaugeMetricFamily(
            "readfleet_queue_age_seconds", "Since the job was enqueued that is next in a queue.", labels=["lane"]
        )
        for queue, count in state.depth.waiting.items():
            waiting.add_metric([queue], count)
        for queue, seconds in state.depth.age_s.items():
            age.add_metric([queue], seconds)
        finished = CounterMetricFamily(
            "readfleet_operations_finished", "Operations by the status they ended with.", labels=["status"]
        )
        for status, count in state.counts.finished.items():
            finished.add_metric([status.value], count)
        yield from (waiting, age, finished)
        yield GaugeMetricFamily(
            "readfleet_pages_in_work", "Pages, and documents, in the hands of workers.", value=state.depth.given_out
        )
        yield GaugeMetricFamily(
            "readfleet_children_ready", "Children of living workers that can read a page.", value=state.ready_children
        )
        yield GaugeMetricFamily(
            "readfleet_operations_unfinished", "Operations without a final status.", value=state.counts.unfinished
        )
        yield CounterMetricFamily(
            "readfleet_pages_read", "Pages read by operations that finished.", value=state.counts.pages_read
        )
