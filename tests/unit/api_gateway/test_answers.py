"""Results are sent as they are read from the store."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator

import anyio
import httpx
import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import StreamingResponse
from starlette.types import Message

from api_gateway.answers import streamed_answer
from read_operations.errors import StorageUnavailable
from read_operations.records import Format, Line, Page, Request, Unit, Word
from read_operations.testing import MemoryOperationStore
from tests.unit.api_gateway.support import RESULTS, Gateway, connect, finish, read_to_end, serving

ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"
BOX = (0.1, 0.2, 1.0, 0.2, 1.0, 0.5, 0.1, 0.5)


def page(number: int, lines: int = 20) -> Page:
    words = tuple(Word(text=f"word{n}", box=BOX, confidence=0.9) for n in range(10))
    line = Line(text=" ".join(word.text for word in words), box=BOX, words=words)
    return Page(number=number, width=8.5, height=11, unit=Unit.INCH, lines=(line,) * lines)


class CountingStore(MemoryOperationStore):
    """Counts the pages taken from it; fails at page `fails_at`, loses all from page `ends_at` on."""

    taken = 0
    fails_at: int | None = None
    ends_at: int | None = None

    def pages(self, id: str) -> Iterator[Page]:
        for page in super().pages(id):
            if page.number == self.fails_at:
                raise StorageUnavailable
            if page.number == self.ends_at:
                return
            self.taken += 1
            yield page


@pytest.fixture
def gateway() -> Gateway:
    gateway = Gateway(store_type=CountingStore)
    finish(gateway.store, Request(id=ID, format=Format.PDF), *(page(n) for n in range(1, 121)))
    return gateway


@pytest.fixture
def store(gateway: Gateway) -> CountingStore:
    assert isinstance(gateway.store, CountingStore)
    return gateway.store


@pytest.mark.anyio
async def test_pages_are_taken_when_those_before_were_sent(gateway: Gateway, store: CountingStore) -> None:
    # Given a connection that tells how many pages were taken when each part of the answer was sent
    progress: list[tuple[int, int]] = []
    received = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        received.extend(message.get("body", b""))
        progress.append((len(received), store.taken))

    # When a large result is fetched
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": f"{RESULTS}/{ID}",
        "query_string": b"",
        "headers": [],
    }
    await gateway.app(scope, receive, send)
    # Then never more than a few blocks were held
    body = json.loads(received)
    assert [entry["page"] for entry in body["analyzeResult"]["readResults"]] == list(range(1, 121))
    page_bytes = len(received) / 120
    assert len(progress) > 10
    assert max(taken * page_bytes - sent for sent, taken in progress) < 4 * 128 * 1024


def test_a_large_result_over_a_socket(gateway: Gateway) -> None:
    with serving(gateway.app) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}{RESULTS}/{ID}")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert len(answer.json()["analyzeResult"]["readResults"]) == 120


@pytest.mark.parametrize("path", [f"{RESULTS}/{ID}", f"/operations/{ID}/hocr"])
def test_a_large_result_for_a_client_that_knows_no_chunks(gateway: Gateway, path: str) -> None:
    with serving(gateway.app) as port:
        known = httpx.get(f"http://127.0.0.1:{port}{path}").content
        assert len(known) > 128 * 1024
        with connect(port) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
    assert body == known
    assert f"\r\ncontent-length: {len(known)}\r\n".encode() in head
    assert b"transfer-encoding" not in head


@pytest.mark.anyio
@pytest.mark.parametrize(("fault", "status"), [("fails_at", 503), ("ends_at", 404)])
async def test_a_result_that_is_lost_before_the_first_byte(
    gateway: Gateway, store: CountingStore, client: httpx.AsyncClient, fault: str, status: int
) -> None:
    finish(store, small := Request(id=ID.replace("a", "b"), format=Format.PDF), page(1), page(2))
    setattr(store, fault, 2)
    answer = await client.get(f"{RESULTS}/{small.id}")
    assert answer.status_code == status
    assert answer.json()["requestId"] == answer.headers["apim-request-id"]


@pytest.mark.parametrize("fault", ["fails_at", "ends_at"])
def test_a_result_that_is_lost_on_the_way_breaks_off(gateway: Gateway, store: CountingStore, fault: str) -> None:
    setattr(store, fault, 100)
    with serving(gateway.app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", f"{RESULTS}/{ID}")
        answer = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
        connection.close()


@pytest.mark.anyio
async def test_few_results_are_put_together_at_the_same_moment() -> None:
    # Given results that tell how many of them are being made
    lock, now, most = threading.Lock(), 0, 0

    def pieces() -> Iterator[str]:
        nonlocal now, most
        for _ in range(4):
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.01)
            with lock:
                now -= 1
            yield "x" * 200_000

    http = HttpRequest({"type": "http", "http_version": "1.1"})

    async def ask() -> None:
        answer = await streamed_answer(http, pieces, {}, "text/plain")
        assert isinstance(answer, StreamingResponse)
        sizes.append(sum([len(block) async for block in answer.body_iterator]))

    # When a dozen are asked for at once
    sizes: list[int] = []
    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(ask)
    # Then all are sent in full, and four at most were being made
    assert sizes == [800_000] * 12
    assert 1 < most <= 4
