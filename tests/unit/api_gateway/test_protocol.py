"""What a client may send before its request is known, on real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

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
