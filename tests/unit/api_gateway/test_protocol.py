"""What a client may send before its request is known, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api_gateway import protocol
from tests.unit.api_gateway.support import Gateway, connect, read_to_end, serving, wait_until

REQUEST = b"GET /ContainerLiveness HTTP/1.1\r\nHost: reader\r\n"
CHUNKED = b"POST /vision/v3.2/read/analyze HTTP/1.1\r\nHost: reader\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(protocol, "_HEAD_WITHIN_S", 0.5)
    with serving(Gateway().app) as port:
        yield port


async def header_names(request: Request) -> PlainTextResponse:
    """Answers with the names of the headers that there are at the end of the body."""
    await request.body()
    return PlainTextResponse(b" ".join(name for name, _ in request.scope["headers"]))


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


@pytest.mark.parametrize("start", [b"", b"X-Long: "], ids=["many", "one"])
def test_trailers_without_end_are_cut_off(port: int, start: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(CHUNKED + b"5\r\n%PDF-\r\n0\r\n" + start)
        with pytest.raises(OSError):
            for _ in range(1000):
                connection.sendall((b"x" if start else b"a:b\r\n") * 10_000)
                time.sleep(0.001)


def test_trailers_are_no_headers() -> None:
    with serving(Starlette(routes=[Route("/", header_names, methods=["POST"])])) as port, connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: reader\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"5\r\n12345\r\n0\r\nX-Late: yes\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        received = read_to_end(connection)
    assert b"host transfer-encoding" in received
    assert b"x-late" not in received
    assert b"405 Method Not Allowed" in received  # the request after it is understood


@pytest.mark.parametrize(
    "body",
    [b"f4240\r\n" + bytes(1_000_000) + b"\r\n", b"1;extension=some\r\n\0\r\n" * 20_000],
    ids=["one chunk", "many chunks"],
)
def test_long_bodies_pass_with_any_chunks(port: int, png: bytes, body: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(CHUNKED + f"{len(png):x}\r\n".encode() + png + b"\r\n")
        connection.sendall(body + b"0\r\n\r\n" + REQUEST + b"Connection: close\r\n\r\n")
        received = read_to_end(connection)
    assert received.startswith(b"HTTP/1.1 202 Accepted")
    assert b"Healthy" in received


def test_a_request_that_is_sent_ahead_waits_for_its_turn(png: bytes) -> None:
    head = b"POST /vision/v3.2/read/analyze HTTP/1.1\r\nHost: reader\r\nContent-Length: 200000\r\n\r\n"
    with serving(Gateway().app) as port, connect(port) as connection:
        # The last without its end: what came before it is no part of its head
        connection.sendall(head + png.ljust(200_000, b"\0") + REQUEST)
        assert connection.recv(65536).startswith(b"HTTP/1.1 202 Accepted")
        connection.sendall(b"Connection: close\r\n\r\n")
        assert b"Healthy" in read_to_end(connection)


class Waiting:
    """An application that answers nothing while its clients are there, but asks for that all the time."""

    def __init__(self) -> None:
        self.requests = 0
        self.gone = 0
        self.app = Starlette(routes=[Route("/", self._wait)])

    async def _wait(self, request: Request) -> PlainTextResponse:
        self.requests += 1
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        self.gone += 1
        return PlainTextResponse("Too late")


GET: Final = b"GET / HTTP/1.1\r\nHost: reader\r\n\r\n"


@pytest.mark.parametrize("behind", [b"", GET], ids=["alone", "with one behind it"])
def test_a_request_learns_that_its_client_is_gone(behind: bytes) -> None:
    waiting = Waiting()
    with serving(waiting.app) as port:
        with connect(port) as connection:
            connection.sendall(GET + behind)
            wait_until(lambda: waiting.requests)
        wait_until(lambda: waiting.gone)
    assert waiting.requests == 1


def test_no_queue_of_requests_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    waiting = Waiting()
    with serving(waiting.app) as port, connect(port) as connection:
        connection.sendall(GET * 3)
        assert read_to_end(connection) == b""
        wait_until(lambda: waiting.gone)
    assert waiting.requests == 1
    assert "Traceback" not in caplog.text


def test_of_a_body_little_is_kept_before_its_turn() -> None:
    with serving(Waiting().app) as port, connect(port) as connection:
        connection.sendall(GET + b"POST / HTTP/1.1\r\nHost: reader\r\nContent-Length: 10000000\r\n\r\n")
        with pytest.raises(OSError):
            for _ in range(100):
                connection.sendall(bytes(100_000))
                time.sleep(0.001)
        # Not, as it were, because the other side reads nothing
        assert ended(connection)


class Answering:
    """An application with a long answer."""

    SIZE: Final = 10_000_000

    def __init__(self) -> None:
        self.ended = False
        self.app = Starlette(routes=[Route("/", self._answer)])

    async def _answer(self, _: Request) -> StreamingResponse:
        return StreamingResponse(self._pieces())

    async def _pieces(self) -> AsyncIterator[bytes]:
        try:
            for _ in range(2):
                yield bytes(self.SIZE // 2)
        finally:
            self.ended = True


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_TAKE_WITHIN_S", 0.3)


@contextlib.contextmanager
def connect_with_little_room(port: int) -> Iterator[socket.socket]:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", port))
        yield connection


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("bytes_at_once", [0, 10], ids=["nothing", "a trickle"])
def test_a_client_that_does_not_take_its_answer_is_left(bytes_at_once: int) -> None:
    answering = Answering()

    def left() -> bool:
        if bytes_at_once:
            connection.recv(bytes_at_once)
        return answering.ended

    with serving(answering.app) as port, connect_with_little_room(port) as connection:
        connection.sendall(GET)
        wait_until(left)
        assert len(read_to_end(connection)) < answering.SIZE


@pytest.mark.usefixtures("soon")
def test_a_small_answer_that_is_not_taken_holds_no_connection() -> None:
    answered: list[protocol.BoundedProtocol] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("x" * 50_000)(scope, receive, send)
        answered.append(scope["state"]["received"].__self__)

    with serving(app) as port, connect_with_little_room(port) as connection:
        # Given a client that asks until some of an answer, all of which was handed over, is left lying
        for asked in itertools.count(1):
            connection.sendall(GET)
            wait_until(lambda asked=asked: len(answered) == asked)  # type: ignore[misc]
            if answered[0].transport.get_write_buffer_size():
                break
        # Then that is not for long
        wait_until(lambda: not answered[0].connections)


@pytest.mark.usefixtures("soon")
def test_a_client_that_takes_its_answer_slowly_gets_all_of_it() -> None:
    with serving(Answering().app) as port, connect_with_little_room(port) as connection:
        connection.sendall(GET)
        size = 0
        while size < Answering.SIZE:
            wanted = size + 400_000
            while size < min(wanted, Answering.SIZE):
                size += len(data := connection.recv(65536))
                assert data
            time.sleep(0.1)


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
        b"FOO /ready HTTP/1.1\r\nHost: reader\r\n\r\n",
        b"CONNECT /ready HTTP/1.1\r\nHost: reader\r\n\r\n",
        b"POST /vision/v3.2/read/analyze HTTP/1.1\r\nHost: reader\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
    ],
    ids=["TLS", "version", "method", "tunnel", "chunk"],
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
        for connection in (one, other):
            connection.sendall(CHUNKED)  # and no end of it
        refused = httpx.post(f"{url}/vision/v3.2/read/analyze", content=png)
        assert refused.status_code == 503
        assert refused.json()["code"] == "InternalServerError"
        assert refused.headers["retry-after"] == "5"
        polled = httpx.get(f"{url}/vision/v3.2/read/analyzeResults/a527d445-8a74-4482-8cb3-c98a65ec7ef9")
        assert polled.status_code == 404
        assert polled.headers["connection"] == "close"
        assert httpx.get(f"{url}/ContainerLiveness").status_code == 200
    assert httpx.post(f"{url}/vision/v3.2/read/analyze", content=png).status_code == 202


def test_in_a_crowd_the_connection_that_is_idle_for_longest_makes_room(
    port: int, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "_MOST_CONNECTIONS", 3)
    with connect(port) as busy, connect(port) as one, connect(port) as other:
        busy.sendall(CHUNKED)
        for connection in (one, other, one):
            connection.sendall(REQUEST + b"\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
            time.sleep(0.01)  # the loop's clock has milliseconds
        assert httpx.post(f"http://127.0.0.1:{port}/vision/v3.2/read/analyze", content=png).status_code == 202
        assert ended(other)
        one.sendall(REQUEST + b"\r\n")
        assert one.recv(65536).startswith(b"HTTP/1.1 200 OK")
        busy.sendall(b"1\r\n.\r\n0\r\n\r\n")
        assert busy.recv(65536).startswith(b"HTTP/1.1 400 Bad Request")
