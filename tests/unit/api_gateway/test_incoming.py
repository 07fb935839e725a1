"""Every kind of body: the document itself, a form around it, or where it is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from api_gateway.bodies.link import MOST_LINK_BYTES
from api_gateway.bodies.multipart import MOST_OTHER_BYTES
from read_operations.documents import FolderDocumentStore
from read_operations.settings import Settings
from read_operations.testing import MemoryDocumentStore
from tests.builders import PdfPage, encoded, pdf
from tests.unit.api_gateway.support import ANALYZE, SYNC, Gateway, connect, read_to_end, serving, wait_until
from tests.web import ADDRESS, WebServer

pytestmark = pytest.mark.anyio
JSON = {"content-type": "application/json"}
ALLOWED = f"{ADDRESS}/32"


def gateway_that_may(**settings: object) -> Gateway:
    """One whose users may name the test's own web server."""
    return Gateway(settings=Settings.model_validate({"url_allowed_networks": ALLOWED, **settings}))


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://reader.example:5000")


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    with WebServer() as web:
        yield web


async def in_chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def stored(gateway: Gateway) -> list[bytes]:
    assert isinstance(gateway.documents, MemoryDocumentStore)
    return list(gateway.documents.documents.values())


class TestForms:
    @pytest.mark.parametrize("size", [1, 100, 100_000])
    async def test_a_form(self, gateway: Gateway, client: httpx.AsyncClient, png: bytes, size: int) -> None:
        # As httpx, like every other library, writes it
        form = client.build_request("POST", ANALYZE, data={"a": "b"}, files={"file": ("a.png", png, "image/png")})
        answer = await client.post(ANALYZE, content=in_chunks(form.read(), size), headers=form.headers)
        assert answer.status_code == 202
        assert stored(gateway) == [png]

    async def test_the_limit_is_that_of_the_document(self, png: bytes) -> None:
        gateway = Gateway(settings=Settings(max_file_bytes=len(png)))
        async with client_of(gateway) as client:
            assert (await client.post(ANALYZE, files={"file": png})).status_code == 202
            for content in (png + b"x", png + bytes(2 * MOST_OTHER_BYTES)):
                answer = await client.post(ANALYZE, files={"file": content})
                assert answer.status_code == 400
                assert answer.json()["code"] == "InvalidImageSize"
        assert stored(gateway) == [png]
        assert len(gateway.leftovers()) == 1

    async def test_a_form_that_breaks_off_leaves_nothing(self, tmp_path: Path) -> None:
        gateway = Gateway(documents=FolderDocumentStore(tmp_path / "documents"))
        async with client_of(gateway) as client:
            form = client.build_request("POST", ANALYZE, files={"file": pdf([PdfPage()]) + bytes(3_000_000)})
            content_type = {"content-type": form.headers["content-type"]}
            answer = await client.post(ANALYZE, content=in_chunks(form.read()[:-20], 65536), headers=content_type)
        assert answer.status_code == 400
        assert answer.json()["code"] == "InvalidRequest"
        assert "breaks off" in answer.json()["message"]
        assert list((tmp_path / "documents").iterdir()) == []
        assert gateway.leftovers() == set()

    def test_the_connection_stays_open(self, png: bytes) -> None:
        with serving(Gateway().app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(2):
                answer = client.post(ANALYZE, files={"file": png})
                assert answer.status_code == 202
                assert "connection" not in answer.headers


class TestLinks:
    @pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
    async def test_a_link(self, web: WebServer, png: bytes, content_type: str) -> None:
        gateway = gateway_that_may()
        body = json.dumps({"url": web.serve("/a.png", png)})
        async with client_of(gateway) as client:
            answer = await client.post(ANALYZE, content=body, headers={"content-type": content_type})
        assert answer.status_code == 202
        assert stored(gateway) == [png]

    async def test_it_is_looked_at_like_an_upload(self, web: WebServer) -> None:
        gateway = gateway_that_may(max_file_bytes=2_000_000)
        files = {
            "/text": (b"<html>", "InvalidImageFormat"),
            "/small": (encoded(Image.new("L", (49, 49)), "PNG"), "InvalidImageDimension"),
            "/large": (pdf([PdfPage()]) + bytes(2_000_000), "InvalidImageSize"),
            "/empty": (b"", "FailedToDownloadImage"),
        }
        async with client_of(gateway) as client:
            for path, (data, code) in files.items():
                answer = await client.post(ANALYZE, json={"url": web.serve(path, data)})
                assert answer.status_code == 400
                assert answer.json()["code"] == answer.json()["error"]["code"] == code
            # While the parameters are looked at before anything is fetched
            answer = await client.post(f"{ANALYZE}?pages=0", json={"url": "nonsense"})
            assert answer.json()["code"] == "InvalidPageRange"
        assert gateway.leftovers() == set()

    async def test_it_is_stored_as_it_comes(self, web: WebServer, tmp_path: Path) -> None:
        data = pdf([PdfPage()]) + bytes(range(256)) * 20_000
        gateway = Gateway(settings=gateway_that_may().settings, documents=FolderDocumentStore(tmp_path))
        async with client_of(gateway) as client:
            answer = await client.post(ANALYZE, json={"url": web.serve("/large.pdf", data)})
        assert (tmp_path / answer.headers["operation-location"][-36:]).read_bytes() == data

    async def test_not_from_here(self, gateway: Gateway, client: httpx.AsyncClient, web: WebServer, png: bytes) -> None:
        answer = await client.post(ANALYZE, json={"url": web.serve("/a.png", png)})
        assert answer.status_code == 400
        assert answer.json()["code"] == "InvalidImageUrl"
        assert "READFLEET_URL_ALLOWED_NETWORKS" in answer.json()["message"]
        assert gateway.leftovers() == set()

    async def test_switched_off(self, web: WebServer, png: bytes) -> None:
        async with client_of(gateway_that_may(url_fetch=False)) as client:
            answer = await client.post(ANALYZE, json={"url": web.serve("/a.png", png)})
        assert answer.status_code == 400
        assert answer.json()["code"] == "InvalidImageUrl"
        assert "does not fetch" in answer.json()["message"]

    async def test_a_gateway_that_stops_ends_it(self, web: WebServer) -> None:
        class Stops(MemoryDocumentStore):
            async def save(self, name: str, chunks: AsyncIterator[bytes]) -> int:
                gateway.app.state.stopping.soon = True
                return await super().save(name, chunks)

        gateway = Gateway(settings=gateway_that_may().settings, documents=Stops())
        async with client_of(gateway) as client:
            answer = await client.post(ANALYZE, json={"url": web.serve("/b", pdf([PdfPage()]) + bytes(9_000_000))})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert gateway.leftovers() == set()

    def test_a_client_that_goes_away(self, web: WebServer, tmp_path: Path) -> None:
        # Given a download that is under way
        gateway = Gateway(settings=gateway_that_may().settings, documents=FolderDocumentStore(tmp_path / "documents"))
        url = web.serve("/very-large", pdf([PdfPage()]) + bytes(100_000_000))
        body = json.dumps({"url": url}).encode()
        with serving(gateway.app) as port:
            with connect(port) as connection:
                head = f"POST {ANALYZE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                wait_until(lambda: list(tmp_path.glob("documents/*.part")))
            # When its client hangs up, then nothing is left
            wait_until(lambda: not list(tmp_path.glob("documents/*")) and gateway.leftovers() == set())


@pytest.mark.parametrize(
    ("headers", "data", "status", "code", "part"),
    [
        (JSON, b"", 400, "InvalidRequest", "no body"),
        (JSON, b"{", 400, "BadArgument", "not valid JSON"),
        (JSON, b"{}", 400, "BadArgument", "no url"),
        (JSON, b'{"url":7}', 400, "BadArgument", "no text"),
        (JSON, b'{"url":"letter.pdf"}', 400, "InvalidImageUrl", "http and https"),
        (JSON, b'{"url":"http://localhost:5000/"}', 400, "InvalidImageUrl", "public address"),
        (JSON, b'{"url":"http://169.254.169.254/x"}', 400, "InvalidImageUrl", "public address"),
        (JSON, b" " * (MOST_LINK_BYTES + 1), 400, "BadArgument", "longer than"),
        ({"content-type": "multipart/form-data"}, b"--x", 400, "InvalidRequest", "no boundary"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"", 400, "InvalidRequest", "no body|breaks off"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--", 400, "InvalidRequest", "no file"),
        ({"content-type": "multipart/mixed; boundary=x"}, b"--x--", 415, "UnsupportedMediaType", "multipart/mixed"),
        ({"content-type": "text/plain"}, b"hello", 415, "UnsupportedMediaType", "text/plain"),
        ({"content-type": "x" * 9000}, b"hello", 415, "UnsupportedMediaType", "x" * 80 + " is not"),
    ],
)
async def test_refusals(
    gateway: Gateway,
    client: httpx.AsyncClient,
    headers: dict[str, str],
    data: bytes,
    status: int,
    code: str,
    part: str,
) -> None:
    for path in (ANALYZE, SYNC):
        for content in (data, in_chunks(data, 4096)):
            answer = await client.post(path, content=content, headers=headers)
            assert answer.status_code == status
            assert answer.json()["code"] == answer.json()["error"]["code"] == code
            assert any(each in answer.json()["message"] for each in part.split("|"))
    assert gateway.leftovers() == set()


def test_a_form_that_waits_to_be_told_to_go_on(png: bytes) -> None:
    # As curl does with what is larger than a mebibyte
    form = httpx.Request("POST", "http://x", files={"file": png})
    body = form.read()
    with serving(Gateway().app) as port, connect(port) as connection:
        head = f"POST {ANALYZE} HTTP/1.1\r\nHost: x\r\nContent-Type: {form.headers['content-type']}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 202 ")


def test_a_link_that_is_too_long_is_not_waited_for() -> None:
    with serving(Gateway().app) as port, connect(port) as connection:
        head = f"POST {ANALYZE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n".encode())
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 400 ")
        connection.shutdown(1)
        assert b"longer than" in answer + read_to_end(connection)
