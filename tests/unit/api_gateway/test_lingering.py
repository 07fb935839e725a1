"""A client that is still sending when it is refused gets the answer."""

from __future__ import annotations

import http.client
import json

import pytest

from api_gateway import lingering
from read_operations.settings import Settings
from tests.unit.api_gateway.support import ANALYZE, Gateway, connect, read_to_end, serving

#: More than the buffers between two sockets hold.
LARGE = bytes(20_000_000)


@pytest.mark.parametrize(
    ("path", "status"), [(ANALYZE + "?pages=0", 400), ("/nowhere", 404), ("/status", 405)], ids=["400", "404", "405"]
)
def test_a_client_that_sends_everything_before_it_reads(path: str, status: int) -> None:
    with serving(Gateway().app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("POST", path, LARGE)
        answer = connection.getresponse()
        assert answer.status == status
        assert answer.getheader("connection") == "close"
        answer.read()
        connection.close()


def test_an_announced_length_over_the_limit() -> None:
    with serving(Gateway(settings=Settings(max_file_bytes=15_000_000)).app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("POST", ANALYZE, LARGE)
        assert json.loads(connection.getresponse().read())["code"] == "InvalidImageSize"
        connection.close()


def test_the_answer_comes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "_SILENCE_S", 60)
    with serving(Gateway().app) as port, connect(port) as connection:
        # Given a client that has sent a little of a large body
        connection.sendall(f"POST {ANALYZE}?pages=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n123".encode())
        # Then it has the answer before the server has waited for the rest
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_who_asks_before_sending_is_not_told_to_go_on() -> None:
    with serving(Gateway().app) as port, connect(port) as connection:
        head = f"POST {ANALYZE}?pages=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        received = connection.recv(65536)
        assert received.startswith(b"HTTP/1.1 400 ")
        assert b"100 Continue" not in received


def test_who_asks_before_sending_is_told_to_go_on_when_it_may(png: bytes) -> None:
    with serving(Gateway().app) as port, connect(port) as connection:
        head = f"POST {ANALYZE} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(png)}\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(png)
        assert connection.recv(65536).startswith(b"HTTP/1.1 202 ")


def test_it_does_not_linger_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "_SILENCE_S", 0.1)
    with serving(Gateway().app) as port, connect(port) as connection:
        connection.sendall(f"POST {ANALYZE}?pages=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode())
        assert read_to_end(connection).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_was_read_leaves_the_connection_open(png: bytes) -> None:
    with serving(Gateway().app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        for _ in range(3):
            connection.request("POST", ANALYZE, png)
            answer = connection.getresponse()
            assert answer.read() == b""
            assert answer.getheader("connection") is None
        connection.close()
