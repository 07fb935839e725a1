"""What fails on the way into the queue leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import httpx
import pytest
from starlette.requests import Request as HttpRequest

from api_gateway.downloads.downloader import Downloader
from api_gateway.parts import Parts, Stopping
from api_gateway.submissions import submit
from api_gateway.surfaces import SURFACES
from read_operations.errors import StorageUnavailable
from read_operations.records import Page, Status, Unit
from read_operations.settings import Settings
from read_operations.testing import MemoryDocumentStore
from tests.unit.api_gateway.support import (
    ANALYZE,
    RESULTS,
    SYNC,
    CreationFails,
    Gateway,
    QueueIsDown,
    StorageIsDown,
)

pytestmark = pytest.mark.anyio
ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"


class DiskIsFull(MemoryDocumentStore):
    async def save(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        raise StorageUnavailable("The document could not be stored: No space left on device.")


@pytest.mark.parametrize(
    ("gateway", "code"),
    [
        (Gateway(store_type=StorageIsDown), "StorageException"),
        (Gateway(store_type=CreationFails), "StorageException"),
        (Gateway(documents=DiskIsFull()), "StorageException"),
        (Gateway(queue=QueueIsDown()), "InternalServerError"),
    ],
    ids=["storage is down", "creation fails", "disk is full", "queue is down"],
)
@pytest.mark.parametrize("path", [ANALYZE, SYNC])
async def test_unavailable(client: httpx.AsyncClient, gateway: Gateway, code: str, path: str, png: bytes) -> None:
    answer = await client.post(path, content=png)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["error"]["code"] == answer.json()["code"] == code
    assert answer.json()["requestId"] == answer.headers["apim-request-id"]
    assert gateway.leftovers() == set()
    assert isinstance(gateway.documents, MemoryDocumentStore)
    assert gateway.documents.documents == {}


@pytest.mark.parametrize("gateway", [Gateway(store_type=StorageIsDown)])
async def test_a_poll_without_storage(client: httpx.AsyncClient, gateway: Gateway) -> None:
    answer = await client.get(f"{RESULTS}/{ID}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "StorageException"


async def test_a_cancelled_upload_leaves_nothing(gateway: Gateway, png: bytes) -> None:
    # Given an upload that hangs after its start
    sent = 0

    async def receive() -> dict[str, object]:
        nonlocal sent
        sent += 1
        if sent == 1:
            return {"type": "http.request", "body": png, "more_body": True}
        await anyio.sleep_forever()
        raise AssertionError

    http = HttpRequest({"type": "http", "headers": [], "query_string": b"", "method": "POST", "path": "/"}, receive)
    parts = Parts(
        settings=gateway.settings,
        store=gateway.store,
        documents=gateway.documents,
        queue=gateway.queue,
        fleet=gateway.fleet,
        downloader=Downloader(gateway.settings),
        stopping=Stopping(),
        upload_idle_s=60,
    )
    # When the server stops
    with anyio.move_on_after(0.1) as scope:
        await submit(http, parts, SURFACES[0], ID)
    # Then nothing is left
    assert scope.cancelled_caught
    assert gateway.leftovers() == set()


@pytest.mark.parametrize(
    "settings", [Settings(max_open_operations=2), Settings(max_waiting_pages=2)], ids=["operations", "pages"]
)
async def test_a_full_fleet_refuses_before_it_looks_at_the_document(png: bytes, settings: Settings) -> None:
    # Given a fleet with room for two, and two documents in it
    gateway = Gateway(settings=settings)
    transport = httpx.ASGITransport(app=gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        assert [(await client.post(ANALYZE, content=png)).status_code for _ in range(2)] == [202, 202]
        # When something comes that would be refused for what it is
        answer = await client.post(ANALYZE, content=b"no document")
        # Then it is told to come back, and nothing of it is there
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "as many documents to read as it takes" in answer.json()["error"]["message"]
        assert len(list(gateway.store.unfinished())) == len(gateway.queue.waiting_jobs) == 2
        # And there is room again once one is finished
        id, page, _ = gateway.queue.pop()
        gateway.store.commit(id, Page(number=page, width=1, height=1, unit=Unit.PIXEL))
        gateway.store.finish(id, Status.SUCCEEDED)
        assert (await client.post(ANALYZE, content=png)).status_code == 202


async def test_a_full_document_store_refuses_before_it_looks_at_the_document() -> None:
    documents = MemoryDocumentStore()
    documents.full = True
    transport = httpx.ASGITransport(app=Gateway(documents=documents).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.post(ANALYZE, content=b"no document")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "have its document store enlarged" in answer.json()["error"]["message"]
