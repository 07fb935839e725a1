"""What a client may send before its request is known, on real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from api_gateway import protocol
from tests.unit.api_gateway.support import Gateway, connect, read_to_end, serving

REQUEST = b"GET /ContainerLiveness HTTP/1.1\r\nHost: reader\r\n"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(protocol, "_HEAD_WITHIN_S", 0.5)
    with serving(Gateway().app) as port:
        yield port


def ended(connection: socket.socket) -> bool:
    """Whether the other side has closed it, at the latest within the socket's time limit."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_headers_without_end_are_cut_off(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(REQUEST + b"X-Long: ")
        with pytest.raises(OSError):
            for _ in range(1000):
                connection.sendall(b"x" * 10_000)
                time.sleep(0.001)


@pytest.mark.parametrize("start", [b"", b"GET /Conta", REQUEST], ids=["silence", "half a line", "half the headers"])
def test_headers_that_do_not_come_are_not_waited_for(port: int, start: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(start)
        assert ended(connection)


def test_usual_requests_pass_one_after_the_other(port: int) -> None:
    with connect(port) as connection:
        for _ in range(3):
            connection.sendall(REQUEST + b"X-Some: " + b"x" * 20_000 + b"\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
            time.sleep(0.2)
        connection.sendall(REQUEST + b"Connection: close\r\n\r\n")
        assert b"Healthy" in read_to_end(connection)


def test_a_connection_is_kept_between_requests(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(REQUEST + b"\r\n")
        assert connection.recv(65536)
        time.sleep(1)  # longer than headers may take
        connection.sendall(REQUEST + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET /ready HTTP/9\r\n\r\n",
        b"POST /vision/v3.2/read/analyze HTTP/1.1\r\nHost: reader\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
    ],
    ids=["TLS", "version", "chunk"],
)
def test_what_is_no_http_is_refused_as_anything_else(port: int, sent: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(sent)
        head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\ncontent-type: application/json; charset=utf-8\r\n" in head
    answer = json.loads(body)
    assert answer["code"] == answer["error"]["code"] == "InvalidRequest"
    assert f"\r\napim-request-id: {answer['requestId']}".encode() in head


def test_in_a_crowd_documents_are_refused_and_results_are_not(
    port: int, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_MOST_CONNECTIONS", 2)
    url = f"http://127.0.0.1:{port}"
    with connect(port) as one, connect(port) as other:
        one.sendall(REQUEST + b"\r\n")
        assert b"connection: close" not in one.recv(65536)
        other.sendall(REQUEST + b"\r\n")
        assert other.recv(65536)
        refused = httpx.post(f"{url}/vision/v3.2/read/analyze", content=png)
        assert refused.status_code == 503
        assert refused.json()["code"] == "InternalServerError"
        assert refused.headers["retry-after"] == "5"
        polled = httpx.get(f"{url}/vision/v3.2/read/analyzeResults/a527d445-8a74-4482-8cb3-c98a65ec7ef9")
        assert polled.status_code == 404
        assert polled.headers["connection"] == "close"
        assert httpx.get(f"{url}/ContainerLiveness").status_code == 200
    assert httpx.post(f"{url}/vision/v3.2/read/analyze", content=png).status_code == 202
