from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from read_operations.queue import queue_of
from read_operations.records import Failure, Format, Page, ReadingOrder, Request, Status, Unit
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT
from read_operations.testing import MemoryDocumentStore
from tests.builders import PdfPage, encoded, pdf, text_page, tiff
from tests.unit.api_gateway.support import (
    ANALYZE,
    OPERATIONS,
    RESULTS,
    SYNC,
    Gateway,
    QueueThatReads,
    connect,
    finish,
    serving,
    wait_until,
)

pytestmark = pytest.mark.anyio
ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"
PAGE = Page(number=1, width=8.5, height=11, unit=Unit.INCH)
PAGE_JSON = '{"page":1,"angle":0,"width":8.5,"height":11,"unit":"inch","lines":[]}'
DATES = (
    '"createdDateTime":"2021-02-04T06:32:08.2752700+00:00","lastUpdatedDateTime":"2021-02-04T06:32:08.2752700+00:00"'
)
SUCCEEDED = (
    f'{{"status":"succeeded",{DATES},'
    f'"analyzeResult":{{"version":"3.2.0","modelVersion":"2022-04-30","readResults":[{PAGE_JSON}]}}}}'
)


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://reader.example:5000")


class TestAnalyze:
    async def test_an_image_goes_straight_to_its_page(
        self, gateway: Gateway, client: httpx.AsyncClient, png: bytes
    ) -> None:
        answer = await client.post(ANALYZE, content=png)
        assert answer.status_code == 202
        assert answer.content == b""
        assert answer.headers["content-length"] == "0"
        assert answer.headers["retry-after"] == "1"
        location = answer.headers["operation-location"]
        id = location[-36:]
        assert location == f"http://reader.example:5000/vision/v3.2/read/analyzeResults/{id}"
        assert id == str(uuid.UUID(id))
        assert answer.headers["apim-request-id"] == id
        assert isinstance(gateway.documents, MemoryDocumentStore)
        assert gateway.documents.documents == {id: png}
        operation = gateway.store.get(id)
        assert operation.request == Request(id=id, format=Format.PNG)
        assert (operation.status, operation.total) == (Status.NOT_STARTED, 1)
        assert gateway.queue.waiting_jobs == [(id, 1, Lane.INTERACTIVE)]

    @pytest.mark.parametrize(
        ("data", "format"),
        [(pdf([PdfPage()]), Format.PDF), (tiff([text_page().image]), Format.TIFF)],
        ids=["pdf", "tiff"],
    )
    async def test_a_paged_document_is_split_first(
        self, gateway: Gateway, client: httpx.AsyncClient, data: bytes, format: Format
    ) -> None:
        answer = await client.post(ANALYZE, content=data)
        id = answer.headers["operation-location"][-36:]
        assert gateway.store.get(id).request.format is format
        assert gateway.store.get(id).total == 0
        assert gateway.queue.waiting_jobs == [(id, SPLIT, Lane.INTERACTIVE)]

    async def test_the_parameters_reach_the_record(self, gateway: Gateway, client: httpx.AsyncClient) -> None:
        query = "?Pages=1-3,5&LANGUAGE=ZH-hans&readingOrder=natural&model-version=latest&overload=stream"
        answer = await client.post(ANALYZE + query, content=pdf([PdfPage()]))
        id = answer.headers["operation-location"][-36:]
        assert gateway.store.get(id).request == Request(
            id=id, format=Format.PDF, pages="1-3,5", language="zh-Hans", reading_order=ReadingOrder.NATURAL
        )

    @pytest.mark.parametrize("path", [ANALYZE.upper(), "/Vision/V3.2/Read/Analyze", ANALYZE + "/"])
    async def test_paths_match_in_any_case(self, client: httpx.AsyncClient, path: str, png: bytes) -> None:
        answer = await client.post(path, content=png)
        assert answer.status_code == 202
        assert "/vision/v3.2/read/analyzeResults/" in answer.headers["operation-location"]

    @pytest.mark.parametrize(
        "public_url", ["https://ocr.example/vision-gateway", "https://ocr.example/vision-gateway/"]
    )
    async def test_the_public_url_wins(self, public_url: str, png: bytes) -> None:
        async with client_of(Gateway(settings=Settings(public_url=public_url))) as client:
            answer = await client.post(ANALYZE, content=png)
        start = "https://ocr.example/vision-gateway/vision/v3.2/read/analyzeResults/"
        assert re.fullmatch(re.escape(start) + "[0-9a-f-]{36}", answer.headers["operation-location"])

    @pytest.mark.parametrize(("trusted", "start"), [("127.0.0.1", "https://ocr.example/a/"), ("", "http://x:1/")])
    async def test_a_trusted_proxy_is_believed(self, trusted: str, start: str, png: bytes) -> None:
        headers = {
            "Host": "x:1",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "ocr.example",
            "X-Forwarded-Prefix": "/a",
        }
        gateway = Gateway(settings=Settings.model_validate({"trusted_proxies": trusted}))
        async with client_of(gateway) as client:
            answer = await client.post(ANALYZE, content=png, headers=headers)
        assert answer.headers["operation-location"].startswith(f"{start}vision/v3.2/read/analyzeResults/")

    @pytest.mark.parametrize("head", ["HTTP/1.0", "HTTP/1.1\r\nHost: a b", "HTTP/1.1\r\nHost: u@evil.example"])
    def test_a_host_that_can_be_none(self, head: str, png: bytes) -> None:
        with serving(Gateway().app) as port, connect(port) as connection:
            connection.sendall(f"POST {ANALYZE} {head}\r\nContent-Length: {len(png)}\r\n\r\n".encode() + png)
            answer = connection.recv(65536).decode()
        assert answer.startswith("HTTP/1.1 202 ")
        assert f"http://127.0.0.1:{port}/vision/v3.2/read/analyzeResults/" in answer

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("pages=0", "InvalidPageRange"),
            ("pages=2", "InvalidPageRange"),
            ("language=klingon", "NotSupportedLanguage"),
            ("readingOrder=sideways", "InvalidReadingOrder"),
            ("model-version=yesterday", "BadArgument"),
        ],
    )
    @pytest.mark.parametrize("path", [ANALYZE, SYNC])
    async def test_bad_parameters(
        self, gateway: Gateway, client: httpx.AsyncClient, png: bytes, path: str, query: str, code: str
    ) -> None:
        answer = await client.post(f"{path}?{query}", content=png)
        assert answer.status_code == 400
        assert answer.json()["code"] == code
        assert gateway.leftovers() == set()


class TestResult:
    @pytest.mark.parametrize("path", [RESULTS, OPERATIONS, RESULTS.upper(), OPERATIONS.lower()])
    async def test_a_finished_operation(self, gateway: Gateway, client: httpx.AsyncClient, path: str) -> None:
        finish(gateway.store, Request(id=ID, format=Format.PDF), PAGE)
        for id in (ID, ID.upper(), ID + "/"):
            answer = await client.get(f"{path}/{id}")
            assert answer.status_code == 200
            assert answer.text == SUCCEEDED
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert answer.headers["content-length"] == str(len(SUCCEEDED))
            assert "retry-after" not in answer.headers

    async def test_an_operation_under_way(self, gateway: Gateway, client: httpx.AsyncClient) -> None:
        gateway.store.create(Request(id=ID, format=Format.PDF))
        answer = await client.get(f"{RESULTS}/{ID}", headers={"content-type": "application/json; charset=utf-8"})
        assert answer.status_code == 200
        assert answer.text == f'{{"status":"notStarted",{DATES}}}'
        assert answer.headers["retry-after"] == "1"
        gateway.store.plan(ID, [1, 2])
        gateway.store.commit(ID, PAGE)
        answer = await client.get(f"{RESULTS}/{ID}")
        assert answer.text == f'{{"status":"running",{DATES}}}'
        assert answer.headers["retry-after"] == "1"

    async def test_a_failed_operation(self, gateway: Gateway, client: httpx.AsyncClient) -> None:
        gateway.store.create(Request(id=ID, format=Format.PDF))
        gateway.store.finish(ID, Status.FAILED, Failure(code="InvalidImage", message="The file is damaged."))
        answer = await client.get(f"{RESULTS}/{ID}")
        assert answer.status_code == 200
        error = {"code": "InvalidImage", "message": "The file is damaged."}
        assert answer.json()["status"] == "failed"
        assert answer.json()["analyzeResult"]["errors"] == [error]
        assert answer.json()["error"] == error
        assert "retry-after" not in answer.headers

    @pytest.mark.parametrize("id", [ID, "nonsense", "", "a/b/c", ID + "0", ID.replace("-", ""), ID + "%0A"])
    async def test_an_unknown_operation(self, client: httpx.AsyncClient, id: str) -> None:
        answer = await client.get(f"{RESULTS}/{id}")
        assert answer.status_code == 404
        message = "Operation ID is invalid, expired or the results matching this operationId have been deleted."
        request_id = answer.headers["apim-request-id"]
        assert answer.text == (
            f'{{"error":{{"code":"BadArgument","message":"{message}"}},'
            f'"code":"BadArgument","message":"{message}","requestId":"{request_id}"}}'
        )

    async def test_head(self, gateway: Gateway, client: httpx.AsyncClient) -> None:
        finish(gateway.store, Request(id=ID, format=Format.PDF), PAGE)
        assert (await client.head(f"{RESULTS}/{ID}")).status_code == 200


class TestSync:
    @pytest.fixture
    async def reading(self) -> AsyncIterator[Gateway]:
        """A gateway behind which every document has the one page."""

        def work(id: str) -> None:
            gateway.store.plan(id, [1])
            gateway.store.commit(id, PAGE)
            gateway.store.finish(id, Status.SUCCEEDED)

        gateway = Gateway(queue=QueueThatReads(work))
        yield gateway

    async def test_the_result_itself(self, reading: Gateway, png: bytes) -> None:
        async with client_of(reading) as client:
            answer = await client.post(SYNC, content=png)
        assert answer.status_code == 200
        assert answer.text == SUCCEEDED
        # Also when somebody holds the line, a long document stands in nobody's way
        request = reading.store.get(answer.headers["apim-request-id"]).request
        pages = reading.settings.interactive_pages
        assert queue_of(request, 1, pages, reading.settings) == Lane.INTERACTIVE
        assert queue_of(request, 1, pages + 1, reading.settings) == Lane.BATCH

    async def test_a_failure(self, png: bytes) -> None:
        failure = Failure(code="InvalidImage", message="The file is damaged.")

        def work(id: str) -> None:
            gateway.store.commit(id, replace(PAGE, failure=failure))
            gateway.store.finish(id, Status.FAILED, failure)

        gateway = Gateway(queue=QueueThatReads(work))
        async with client_of(gateway) as client:
            answer = await client.post(SYNC, content=png)
        assert answer.status_code == 200
        assert answer.text == (
            f'{{"status":"Failed",{DATES},"error":{{"code":"InvalidImage","message":"The file is damaged."}}}}'
        )

    async def test_too_long_a_wait_leads_to_the_result(self, png: bytes) -> None:
        gateway = Gateway(settings=Settings(sync_timeout_s=0.1))
        async with client_of(gateway) as client:
            answer = await client.post(SYNC, content=png)
        assert answer.status_code == 504
        assert answer.json()["code"] == "FailedToProcess"
        assert "within 0.1 s" in answer.json()["message"]
        id = answer.headers["operation-location"][-36:]
        assert gateway.store.get(id).status is Status.NOT_STARTED

    async def test_a_restart_leads_to_the_result(self, png: bytes) -> None:
        gateway = Gateway(queue=QueueThatReads(lambda _: setattr(gateway.app.state.stopping, "soon", True)))
        async with client_of(gateway) as client:
            answer = await client.post(SYNC, content=png)
        assert answer.status_code == 503
        assert "restarts" in answer.json()["message"]
        assert answer.headers["retry-after"] == "5"
        id = answer.headers["operation-location"][-36:]
        assert gateway.store.get(id).status is Status.NOT_STARTED

    async def test_an_operation_nobody_waits_for_any_more_is_dropped(self, png: bytes) -> None:
        gateway = Gateway()
        with serving(gateway.app) as port:
            with connect(port) as connection:
                connection.sendall(f"POST {SYNC} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(png)}\r\n\r\n".encode())
                connection.sendall(png)
                wait_until(lambda: list(gateway.store.unfinished()))
            wait_until(lambda: not gateway.leftovers())
        assert isinstance(gateway.documents, MemoryDocumentStore)
        assert gateway.documents.documents == {}


async def test_every_format(gateway: Gateway, client: httpx.AsyncClient) -> None:
    image = text_page().image
    for format in (Format.JPEG, Format.PNG, Format.BMP, Format.TIFF):
        assert (await client.post(ANALYZE, content=encoded(image, format.value))).status_code == 202
    assert [each.operation.request.format for each in gateway.store.unfinished()] == [
        Format.JPEG,
        Format.PNG,
        Format.BMP,
        Format.TIFF,
    ]
