from __future__ import annotations

import threading

import httpx
import pytest

from api_gateway.routes import container
from read_operations.testing import MemoryFleet, MemoryOperationStore
from tests.unit.api_gateway.support import Gateway, StorageIsDown

pytestmark = pytest.mark.anyio


async def get(gateway: Gateway, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://reader") as client:
        return await client.get(path)


async def test_ready(gateway: Gateway) -> None:
    answer = await get(gateway, "/ready")
    assert answer.status_code == 200
    assert answer.text == '{"service":"computervisionread","ready":"ready","message":"Api is ready.."}'
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_not_ready_without_a_worker() -> None:
    answer = await get(Gateway(fleet=MemoryFleet()), "/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "service": "computervisionread",
        "ready": "notReady",
        "message": "No worker is ready to read pages.",
    }


async def test_not_ready_without_the_storage() -> None:
    answer = await get(Gateway(store_type=StorageIsDown), "/ready")
    assert answer.status_code == 503
    assert answer.json()["message"] == "The storage (Redis or Valkey) cannot be reached."


async def test_a_probe_does_not_wait_for_a_storage_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    class StorageHangs(MemoryOperationStore):
        def ping(self) -> None:
            release.wait()

    monkeypatch.setattr(container, "_READY_WITHIN_S", 0.05)
    gateway = Gateway(store_type=StorageHangs)
    try:
        # More probes than may hang at once
        for _ in range(4):
            answer = await get(gateway, "/ready")
            assert answer.status_code == 503
            assert answer.json()["message"] == "The storage (Redis or Valkey) does not answer."
    finally:
        release.set()


async def test_status(gateway: Gateway) -> None:
    answer = await get(gateway, "/status")
    assert answer.status_code == 200
    assert answer.text == (
        '{"service":"computervisionread","apiStatus":"Valid","apiStatusMessage":"Api Key is valid, no action needed."}'
    )


@pytest.mark.parametrize("path", ["/ContainerLiveness", "/status", "/"])
async def test_what_needs_no_storage(path: str) -> None:
    assert (await get(Gateway(store_type=StorageIsDown), path)).status_code == 200
