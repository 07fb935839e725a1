"""Documents that come by another way than as the body itself, at a real gateway."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from azure.cognitiveservices.vision.computervision import ComputerVisionClient
from azure.cognitiveservices.vision.computervision.models import ComputerVisionOcrErrorException
from msrest.authentication import CognitiveServicesCredentials

from tests.builders import LINES, encoded, scanned_pdf, text_page
from tests.fleet import Fleet
from tests.web import WebServer

ANALYZE = "/vision/v3.2/read/analyze"


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    """Where the fleet may fetch documents."""
    with WebServer() as server:
        yield server


@pytest.fixture
def private() -> Iterator[socket.socket]:
    """A socket of this machine that the fleet may not call."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield listener


def url_of(listener: socket.socket, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{listener.getsockname()[1]}/secret"


def assert_never_called(listener: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.fixture(scope="module")
def client(fleet: Fleet) -> ComputerVisionClient:
    return ComputerVisionClient(fleet.endpoint, CognitiveServicesCredentials("any key"))


def read(client: ComputerVisionClient, url: str) -> Any:
    """What the client's own samples do."""
    answer = client.read(url, raw=True)
    id = answer.headers["Operation-Location"].split("/")[-1]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        result = client.get_read_result(id)
        if result.status not in ("notStarted", "running"):
            return result
        time.sleep(0.1)
    raise TimeoutError


def texts(result: dict[str, Any]) -> list[str]:
    return [line["text"] for page in result["analyzeResult"]["readResults"] for line in page["lines"]]


@pytest.mark.parametrize("kind", ["jpeg", "pdf"])
def test_the_azure_client_reads_from_a_url(client: ComputerVisionClient, web: WebServer, kind: str) -> None:
    page = text_page().image
    data = encoded(page, "JPEG") if kind == "jpeg" else scanned_pdf([page], dpi=100)
    result = read(client, web.serve("/files/a%20letter?sig=a%2Bb%3D", data))
    assert result.status == "succeeded"
    assert [line.text for line in result.analyze_result.read_results[0].lines] == list(LINES)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_an_address_that_is_not_allowed(client: ComputerVisionClient, private: socket.socket, host: str) -> None:
    with pytest.raises(ComputerVisionOcrErrorException) as caught:
        read(client, url_of(private, host))
    assert caught.value.error.code == "InvalidImageUrl"
    assert "public address" in caught.value.error.message
    assert_never_called(private)


def test_a_redirect_to_an_address_that_is_not_allowed(fleet: Fleet, web: WebServer, private: socket.socket) -> None:
    answer = httpx.post(fleet.endpoint + ANALYZE, json={"url": web.redirect("/to-private", url_of(private))})
    assert answer.status_code == 400
    assert answer.json()["code"] == "InvalidImageUrl"
    assert_never_called(private)


def test_a_form(fleet: Fleet) -> None:
    data = encoded(text_page().image, "PNG")
    files = {"file": ("letter.png", data, "image/png")}
    answer = httpx.post(f"{fleet.endpoint}/vision/v3.2/read/syncAnalyze", data={"a": "b"}, files=files, timeout=60)
    assert answer.status_code == 200
    assert texts(answer.json()) == list(LINES)


def test_a_client_that_waits_to_be_told_to_go_on(fleet: Fleet) -> None:
    data = encoded(text_page().image, "BMP")
    port = int(fleet.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        head = (
            f"POST {ANALYZE} HTTP/1.1\r\nHost: vision:5000\r\nExpect: 100-continue\r\nContent-Length: {len(data)}\r\n"
        )
        connection.sendall(f"{head}\r\n".encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(data)
        answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 202 ")
    location = next(line for line in answer.split("\r\n") if line.lower().startswith("operation-location: "))
    assert location.partition(" ")[2].startswith("http://vision:5000/vision/v3.2/read/analyzeResults/")
    assert fleet.result(location[-36:])["status"] == "succeeded"


@pytest.mark.parametrize(
    "framing", ["Content-Length: {length}", "Transfer-Encoding: chunked"], ids=["length", "chunked"]
)
def test_a_client_that_offers_http2(fleet: Fleet, framing: str) -> None:
    # Given what java.net.http.HttpClient sends first, where it is not told to speak HTTP/1.1
    data = encoded(text_page().image, "PNG")
    head = (
        f"POST {ANALYZE} HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n{framing.format(length=len(data))}\r\n"
        "Host: vision:5000\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n"
        "User-Agent: Java-http-client/17\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    body = data if "Length" in framing else f"{len(data):x}\r\n".encode() + data + b"\r\n0\r\n\r\n"
    port = int(fleet.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        # When it sends a document, and another over the same connection, where it offers nothing any more
        for offer in (True, False):
            connection.sendall((head if offer else head.replace("Upgrade: h2c\r\n", "")).encode() + body)
            answer = connection.recv(65536).decode()
            # Then each is read
            assert answer.startswith("HTTP/1.1 202 ")
            location = next(line for line in answer.split("\r\n") if line.lower().startswith("operation-location: "))
            assert texts(fleet.result(location[-36:])) == list(LINES)
