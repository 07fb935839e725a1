"""Requests that offer another protocol, on real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api_gateway import protocol
from tests.unit.api_gateway.support import ANALYZE, Gateway, connect, read_to_end, serving

#: As Java's client sends it.
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\nUpgrade: h2c\r\n"
#: A body that is a request itself, should anybody take it for one.
BODY = b"DELETE /inner HTTP/1.1\r\nHost: reader\r\n\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"5\r\n" + BODY[:5] + b"\r\n%x\r\n" % len(BODY[5:]) + BODY[5:] + b"\r\n0\r\nX-Late: yes\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"


async def seen(request: Request) -> PlainTextResponse:
    """Answers with what is known of the request."""
    body = await request.body()
    fields = " ".join(sorted(name.decode() for name, _ in request.scope["headers"]))
    return PlainTextResponse(
        f"<{request.method} {request.url.path}?{request.url.query} {len(body)} {body == BODY} {fields}>"
    )


@pytest.fixture
def port() -> Iterator[int]:
    with serving(Starlette(routes=[Route("/{path}", seen, methods=["GET", "POST", "DELETE"])])) as port:
        yield port


def post(fields: bytes, *, version: bytes = b"1.1") -> bytes:
    return b"POST /outer?a=%20b HTTP/" + version + b"\r\nHost: reader\r\n" + fields + b"\r\n"


def told(answers: bytes) -> list[str]:
    """What `seen` said, request by request."""
    return [part.partition(b">")[0].decode() for part in answers.split(b"<")[1:]]


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(("framing", "body"), [(LENGTH, BODY), (CHUNKED, CHUNKS)], ids=["length", "chunked"])
@pytest.mark.parametrize("offered", [OFFER, OFFER.replace(b"h2c", b"websocket")], ids=["h2c", "websocket"])
def test_a_body_passes_and_so_do_later_requests(
    port: int, step: int, framing: bytes, body: bytes, offered: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    name = framing.partition(b":")[0].decode().lower()
    with connect(port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for fields, names in (
            (offered + framing, ["connection", name, "host", "http2-settings"]),
            (framing + offered, ["connection", name, "host", "http2-settings"]),
            (offered + framing + b"Connection: keep-alive\r\n", ["connection"] * 2 + [name, "host", "http2-settings"]),
            (framing, [name, "host"]),
        ):
            sent = post(fields) + body
            for start in range(0, len(sent), step):
                connection.sendall(sent[start : start + step])
            assert told(connection.recv(65536)) == [f"POST /outer?a=%20b {len(BODY)} True {' '.join(sorted(names))}"]
    assert "uvicorn" not in caplog.text


def test_a_request_that_is_sent_ahead_waits_for_its_turn(port: int) -> None:
    with connect(port) as connection:
        connection.sendall((post(OFFER + LENGTH) + BODY) * 2)
        answers = b""
        while answers.count(b">") < 2:
            answers += (data := connection.recv(65536))
            assert data
    assert [answer.split()[:4] for answer in told(answers)] == [["POST", "/outer?a=%20b", str(len(BODY)), "True"]] * 2


@pytest.mark.parametrize(
    "head",
    [
        post(OFFER.replace(b"Connection: ", b"Connection: close, ") + LENGTH),
        post(OFFER + LENGTH, version=b"1.0"),
    ],
    ids=["close", "1.0"],
)
def test_the_last_request_of_a_connection(port: int, head: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(head)
        connection.sendall(BODY + LAST)  # which comes too late
        answers = told(read_to_end(connection))
    assert [answer.split()[:4] for answer in answers] == [["POST", "/outer?a=%20b", str(len(BODY)), "True"]]


def test_a_client_that_waits_to_be_told_to_go_on(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(post(OFFER + LENGTH + b"Expect: 100-continue\r\n"))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY + LAST)
        assert len(told(read_to_end(connection))) == 2


@pytest.mark.parametrize(
    "sent",
    [
        post(OFFER + LENGTH + CHUNKED) + CHUNKS,
        post(CHUNKED + OFFER + LENGTH) + CHUNKS,
        post(OFFER + LENGTH + b"Content-Length: 1\r\n") + BODY,
        post(OFFER + b"Content-Length: +1\r\n") + BODY,
        post(OFFER + b"Transfer-Encoding: gzip\r\n") + BODY,
        post(OFFER + b"Transfer-Encoding: xchunked\r\n") + CHUNKS,
        post(OFFER + b"Transfer-Encoding: chunked, identity\r\n") + CHUNKS,
        post(OFFER + b"Transfer-Encoding: chun\r\n ked\r\n") + CHUNKS,
        post(OFFER + CHUNKED) + b"no number\r\n",
        b"CONNECT reader:80 HTTP/1.1\r\nHost: reader\r\n\r\n",
        b"CONNECT /outer HTTP/1.1\r\nHost: reader\r\n" + OFFER + b"\r\n",
    ],
    ids=[
        *("length and chunks", "chunks and length", "two lengths", "odd length", "not chunked", "nearly chunked"),
        *("chunked in between", "folded", "no chunk", "tunnel", "tunnel with an offer"),
    ],
)
def test_what_has_no_clear_end_is_refused(port: int, sent: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(sent + LAST)
        answer = read_to_end(connection)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"\r\n\r\n") == 1


def test_headers_are_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_HEAD_WITHIN_S", 0.5)
    with serving(Gateway().app) as port, connect(port) as connection:
        connection.sendall(post(OFFER).removesuffix(b"\r\n"))
        assert connection.recv(1) == b""


def test_trailers_without_end_are_cut_off(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(post(OFFER + CHUNKED) + CHUNKS.removesuffix(b"\r\n"))
        with pytest.raises(OSError):
            for _ in range(1000):
                connection.sendall(b"a:b\r\n" * 10_000)
                time.sleep(0.001)


def test_a_body_that_stops_coming(png: bytes) -> None:
    with serving(Gateway(upload_idle_s=0.2).app) as port, connect(port) as connection:
        head = post(OFFER + b"Content-Length: 100000\r\n").replace(b"/outer?a=%20b", ANALYZE.encode())
        connection.sendall(head + png)
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
