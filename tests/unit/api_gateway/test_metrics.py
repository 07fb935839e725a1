from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from api_gateway.fleet_state import FleetWatch
from api_gateway.metrics import GatewayMetrics, Metered
from read_operations.settings import Settings
from read_operations.testing import MemoryFleet, MemoryOperationStore, MemoryQueue

pytestmark = pytest.mark.anyio


@pytest.fixture
def metrics() -> GatewayMetrics:
    watch = FleetWatch(store=MemoryOperationStore(Settings()), queue=MemoryQueue(), fleet=MemoryFleet())
    return GatewayMetrics(watch)


async def receive() -> Message:
    return {"type": "http.request", "body": b"12345", "more_body": False}


async def send(_: Message) -> None:
    pass


def value(metrics: GatewayMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"readfleet_gateway_{name}", labels)


async def test_a_client_that_goes_before_its_answer_is_counted(metrics: GatewayMetrics) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    await Metered(app, metrics=metrics)({"type": "http", "method": "POST"}, receive, send)
    assert value(metrics, "requests_total", method="POST", route="other", status="gone") == 1
    assert value(metrics, "received_bytes_total") == 5


async def test_a_request_that_fails_is_no_longer_in_progress(metrics: GatewayMetrics) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert value(metrics, "requests_in_progress") == 1
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await Metered(app, metrics=metrics)({"type": "http", "method": "GET"}, receive, send)
    assert value(metrics, "requests_in_progress") == 0


async def test_what_is_no_request_is_not_counted(metrics: GatewayMetrics) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    await Metered(app, metrics=metrics)({"type": "lifespan"}, receive, send)
    assert value(metrics, "requests_total", method="other", route="other", status="gone") is None
