"""What comes in: content types, sizes, and clients that send slowly or not at all."""

from __future__ import annotations

import http.client
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from api_gateway import lingering
from read_operations.documents import FolderDocumentStore
from read_operations.settings import Settings
from read_operations.testing import MemoryDocumentStore
from tests.builders import PdfPage, encoded, pdf
from tests.unit.api_gateway.support import ANALYZE, SYNC, Gateway, connect, read_to_end, serving, wait_until

pytestmark = pytest.mark.anyio

BMP = encoded(Image.new("RGB", (60, 60)), "BMP")


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://reader.example:5000")


async def in_chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/octet-stream",
        "Application/Octet-Stream; x=y",
        "application/x-www-form-urlencoded",
        "application/pdf",
        "image/jpeg",
        "image/anything",
    ],
)
async def test_raw_bytes_whatever_they_are_called(client: httpx.AsyncClient, png: bytes, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert (await client.post(ANALYZE, content=png, headers=headers)).status_code == 202


@pytest.mark.parametrize("size", [1, 100, 5000])
async def test_a_chunked_upload(gateway: Gateway, client: httpx.AsyncClient, png: bytes, size: int) -> None:
    answer = await client.post(ANALYZE, content=in_chunks(png, size))
    assert answer.status_code == 202
    assert isinstance(gateway.documents, MemoryDocumentStore)
    assert gateway.documents.documents == {answer.headers["operation-location"][-36:]: png}


@pytest.mark.parametrize(
    ("headers", "data", "status", "code", "part"),
    [
        ({}, b"", 400, "InvalidRequest", "no body"),
        ({}, b"just text", 400, "InvalidImageFormat", "not a valid image"),
        ({"content-type": "image/png"}, b"just text" * 1000, 400, "InvalidImageFormat", "not a valid image"),
        ({"content-type": "image/gif"}, b"GIF89a", 400, "InvalidImageFormat", "not a valid image"),
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
        for content in (data, in_chunks(data, 5)):
            answer = await client.post(path, content=content, headers=headers)
            assert answer.status_code == status
            body = answer.json()
            assert list(body) == ["error", "code", "message", "requestId"]
            assert body["error"] == {"code": body["code"], "message": body["message"]}
            assert body["code"] == code
            assert part in body["message"]
            assert body["requestId"] == answer.headers["apim-request-id"]
    assert gateway.leftovers() == set()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "TIFF"])
@pytest.mark.parametrize("size", [(49, 100), (100, 49), (10_001, 60)])
async def test_sides_out_of_range(client: httpx.AsyncClient, format: str, size: tuple[int, int]) -> None:
    answer = await client.post(ANALYZE, content=encoded(Image.new("L", size), format))
    assert answer.status_code == 400
    assert answer.json()["code"] == "InvalidImageDimension"
    assert f"{size[0]} x {size[1]} pixels" in answer.json()["message"]


async def test_sides_at_the_limits(client: httpx.AsyncClient) -> None:
    for size in ((50, 50), (10_000, 50)):
        assert (await client.post(ANALYZE, content=encoded(Image.new("L", size), "PNG"))).status_code == 202


@pytest.mark.parametrize("path", [ANALYZE, SYNC])
@pytest.mark.parametrize("size", [100, 10**7])
@pytest.mark.parametrize(
    ("data", "code", "part"),
    [
        (b"%PDF", "InvalidImage", "damaged"),
        (b"%PDF-1.7\n", "InvalidImage", "nothing in it"),
        (pdf([PdfPage()], user_password="sesame"), "InvalidImage", "protected by a password"),
        (BMP[:28] + b"\x07" + BMP[29:], "InvalidImage", "7 bits a pixel"),
        (encoded(Image.new("RGB", (2000, 2000)), "PNG"), "InvalidImageSize", "READFLEET_MAX_DECOMPRESSION_RATIO"),
    ],
    ids=["start of a PDF", "empty PDF", "locked PDF", "impossible BMP", "bomb"],
)
async def test_what_it_turns_out_to_be(tmp_path: Path, path: str, data: bytes, size: int, code: str, part: str) -> None:
    folder = tmp_path / "documents"
    gateway = Gateway(settings=Settings(decompression_floor_bytes=10_000_000), documents=FolderDocumentStore(folder))
    async with client_of(gateway) as client:
        answer = await client.post(path, content=in_chunks(data, size))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert part in answer.json()["message"]
    assert list(folder.glob("*")) == []
    assert gateway.leftovers() == set()


async def test_a_header_that_comes_late_is_waited_for(client: httpx.AsyncClient) -> None:
    # Given a JPEG of which the size comes after 150,000 bytes of colour profile
    data = encoded(Image.new("L", (20, 20)), "JPEG", icc_profile=bytes(150_000))
    answer = await client.post(ANALYZE, content=in_chunks(data, 4096))
    assert answer.json()["code"] == "InvalidImageDimension"


async def test_an_image_that_breaks_off_is_left_to_the_worker(client: httpx.AsyncClient) -> None:
    assert (await client.post(ANALYZE, content=b"\xff\xd8\xff\xe0")).status_code == 202


async def test_a_document_over_the_limit(tmp_path: Path) -> None:
    data = pdf([PdfPage()]) + bytes(3_000_000)
    gateway = Gateway(
        settings=Settings(max_file_bytes=2_000_000), documents=FolderDocumentStore(tmp_path / "documents")
    )
    async with client_of(gateway) as client:
        # Announced, and found out on the way
        for content in (data, in_chunks(data, 65536)):
            answer = await client.post(ANALYZE, content=content)
            assert answer.status_code == 400
            assert answer.json()["code"] == "InvalidImageSize"
            assert "2000000 bytes" in answer.json()["message"]
        assert (await client.post(ANALYZE, content=data[:2_000_000])).status_code == 202
    assert len(list((tmp_path / "documents").iterdir())) == 1
    assert len(gateway.leftovers()) == 1


def start_of_upload(length: int) -> bytes:
    return f"POST {ANALYZE} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize("sent", [0, 10, 2_000_000])
def test_a_client_that_stops_sending(tmp_path: Path, sent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "_SILENCE_S", 0.1)
    # Given a client that sends a part of what it announced
    folder = tmp_path / "documents"
    gateway = Gateway(documents=FolderDocumentStore(folder), upload_idle_s=0.3)
    data = pdf([PdfPage()]) + bytes(5_000_000)
    with serving(gateway.app) as port, connect(port) as connection:
        connection.sendall(start_of_upload(len(data)))
        connection.sendall(data[:sent])
        # When nothing more comes
        head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
    # Then it is told so, and nothing is left
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head.lower()
    assert json.loads(body)["code"] == "InvalidRequest"
    assert "0.3 s" in json.loads(body)["message"]
    assert list(folder.glob("*")) == []
    assert gateway.leftovers() == set()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_client_that_goes_away(tmp_path: Path, chunked: bool) -> None:
    folder = tmp_path / "documents"
    gateway = Gateway(documents=FolderDocumentStore(folder))
    data = pdf([PdfPage()]) + bytes(5_000_000)
    with serving(gateway.app) as port:
        with connect(port) as connection:
            if chunked:
                connection.sendall(f"POST {ANALYZE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
                connection.sendall(b"%x\r\n" % 2_000_000 + data[:2_000_000] + b"\r\n")
            else:
                connection.sendall(start_of_upload(len(data)) + data[:2_000_000])
            wait_until(lambda: list(folder.glob("*.part")))
        wait_until(lambda: not list(folder.glob("*")) and not gateway.leftovers())


async def test_an_upload_that_outlasts_the_process_is_refused(gateway: Gateway, client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield pdf([PdfPage()]) + bytes(2_000_000)
        gateway.app.state.stopping.soon = True
        yield bytes(2_000_000)

    answer = await client.post(ANALYZE, content=chunks())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert gateway.leftovers() == set()


def test_chunks_over_a_socket(tmp_path: Path) -> None:
    gateway = Gateway(documents=FolderDocumentStore(tmp_path))
    data = pdf([PdfPage()]) + bytes(range(256)) * 10_000

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(data), 50_000):
            yield data[start : start + 50_000]

    with serving(gateway.app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", ANALYZE, chunks(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        answer = connection.getresponse()
        assert answer.status == 202
        id = str(answer.getheader("Operation-Location"))[-36:]
        connection.close()
    assert (tmp_path / id).read_bytes() == data
