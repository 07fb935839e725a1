"""Servers as they are: good ones, bad ones, and such that want to do harm."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme

from api_gateway.downloads import downloader
from api_gateway.downloads.downloader import Downloader
from read_operations.errors import (
    BadUrl,
    DocumentTooLarge,
    DownloadFailed,
    NotADocument,
    ReadfleetError,
    ServiceBusy,
    UrlFetchOff,
)
from read_operations.settings import Settings
from tests.unit.api_gateway.downloads.origin import PUBLIC, Origin, Wires, names, origin

pytestmark = pytest.mark.anyio
DOCUMENT = b"%PDF-1.7 " + bytes(range(256)) * 1000
URL = "http://files.example/a.pdf"


async def wanted() -> None:
    """Somebody waits for the document."""


@pytest.fixture
async def server() -> AsyncIterator[Origin]:
    async with origin() as server:
        yield server


def downloader_of(server: Origin, wires: Wires | None = None, **options: Any) -> Downloader:
    """One to whom files.example is public and inner.example is not."""
    resolve = names(files=PUBLIC, other=PUBLIC, inner="10.0.0.5")
    return Downloader(Settings(**options), resolve=resolve, network=wires or Wires(server.port))


async def fetch(downloader: Downloader, url: str = URL) -> bytes:
    async with downloader.open(url, wanted) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def failure(downloader: Downloader, url: str = URL) -> ReadfleetError:
    with pytest.raises(ReadfleetError) as caught:
        await fetch(downloader, url)
    return caught.value


async def test_a_document(server: Origin) -> None:
    server.send("/a%20b?sig=x%2By", DOCUMENT, headers=[f"Content-Length: {len(DOCUMENT)}", "Set-Cookie: a=b"])
    here = downloader_of(server)
    for _ in range(2):
        assert await fetch(here, f"http://files.example:{server.port}/a b?sig=x%2By") == DOCUMENT
    for head in server.requests:
        lines = head.lower().split("\r\n")
        assert f"host: files.example:{server.port}" in lines
        assert "accept-encoding: identity" in lines
        assert any(line.startswith("user-agent: readfleet/") for line in lines)
        assert not any(line.startswith(("cookie", "authorization", "referer")) for line in lines)


async def test_chunks_and_no_length(server: Origin) -> None:
    server.send("/chunks", b"5\r\n%PDF-\r\n2\r\n1.\r\n0\r\n\r\n", headers=["Transfer-Encoding: chunked"])
    server.send("/no-length", b"%PDF-", b"1.")
    for path in ("/chunks", "/no-length"):
        assert await fetch(downloader_of(server), f"http://files.example{path}") == b"%PDF-1."


async def test_the_environments_proxies_are_not_used(server: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.send("/a.pdf", DOCUMENT)
    assert await fetch(downloader_of(server)) == DOCUMENT


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects(server: Origin, status: int) -> None:
    server.redirect("/a.pdf", "//other.example/b?c=1", status)
    server.redirect("/b?c=1", "c.pdf", status)
    server.send("/c.pdf", DOCUMENT)
    assert await fetch(downloader_of(server)) == DOCUMENT
    assert ["host: other.example" in head.lower() for head in server.requests] == [False, True, True]


@pytest.mark.parametrize(("count", "found"), [(5, True), (6, False)])
async def test_many_redirects(server: Origin, count: int, found: bool) -> None:
    for number in range(count):
        server.redirect(f"/{number}", f"/{number + 1}")
    server.send(f"/{count}", DOCUMENT)
    here = downloader_of(server)
    if found:
        assert await fetch(here, "http://files.example/0") == DOCUMENT
    else:
        assert isinstance(error := await failure(here, "http://files.example/0"), DownloadFailed)
        assert "more than 5 times" in error.message
        assert len(server.requests) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://inner.example/secret",
        "http://10.0.0.5/secret",
        "http://[::ffff:10.0.0.5]/secret",
        "http://127.0.0.1/secret",
        "http://user@files.example/secret",
        "file:///etc/passwd",
        "ftp://files.example/secret",
        "http://[::1",
    ],
)
async def test_redirects_that_are_refused(server: Origin, location: str) -> None:
    server.redirect("/a.pdf", location)
    wires = Wires(server.port)
    here = Downloader(Settings(), resolve=_numbers_too, network=wires)
    assert isinstance(await failure(here), BadUrl)
    assert wires.called == [PUBLIC]
    assert len(server.requests) == 1


async def _numbers_too(host: str, port: int) -> Any:
    resolve = names(**{"files": PUBLIC, "inner": "10.0.0.5", host: host})
    return await resolve(host, port)


async def test_a_redirect_with_an_endless_body_is_not_read(server: Origin) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Elsewhere\r\nLocation: /b.pdf\r\n\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    server.answers["/a.pdf"] = endless
    server.send("/b.pdf", DOCUMENT)
    assert await fetch(downloader_of(server)) == DOCUMENT


@pytest.mark.parametrize(
    ("status", "part"),
    [
        ("404 Not Found", "status 404"),
        ("401 Unauthorized", "status 401"),
        ("500 Oops", "status 500"),
        ("206 Partial Content", "status 206"),
        ("304 Not Modified", "status 304"),
        ("302 Nowhere", "status 302"),
    ],
)
async def test_answers_that_are_no_document(server: Origin, status: str, part: str) -> None:
    server.send("/a.pdf", b"the inner network's words", status=status)
    error = await failure(downloader_of(server))
    assert error.code == "FailedToDownloadImage"
    assert part in error.message
    assert "inner" not in error.message


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort", "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n%PDF-", "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "broke off"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000, "broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "empty file"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\n\r\n" + gzip.compress(bytes(10**7)), "compressed"),
    ],
    # Short, and always the same: one answer is a megabyte, another has the time in it.
    ids=lambda value: str(value)[:40],
)
async def test_broken_answers(server: Origin, answer: bytes, part: str) -> None:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    server.answers["/a.pdf"] = send
    error = await failure(downloader_of(server))
    assert error.code == "FailedToDownloadImage"
    assert part in error.message
    assert "SSH" not in error.message


async def test_more_than_the_length_that_was_announced_is_cut_off(server: Origin) -> None:
    server.send("/a.pdf", DOCUMENT + b"more", headers=[f"Content-Length: {len(DOCUMENT)}"])
    assert await fetch(downloader_of(server)) == DOCUMENT


@pytest.mark.parametrize("length", ["1000001", "9" * 19, "9" * 5000])
async def test_an_announced_length_over_the_limit(server: Origin, length: str) -> None:
    server.send("/a.pdf", b"%PDF-", headers=[f"Content-Length: {length}"])
    error = await failure(downloader_of(server, max_file_bytes=1_000_000))
    # A number that is none is the server's fault
    assert isinstance(error, DocumentTooLarge if len(length) < 20 else DownloadFailed)


async def test_a_drip(server: Origin) -> None:
    # Given a server that never pauses for long, and never gets anywhere
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.7")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers["/a.pdf"] = drip
    with anyio.fail_after(5):
        error = await failure(downloader_of(server, url_timeout_s=0.3))
    assert error.code == "FailedToDownloadImage"
    assert "within 0.3 s" in error.message


async def test_headers_that_drip(server: Origin) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            writer.write(b"y")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers["/a.pdf"] = drip
    with anyio.fail_after(5):
        assert "within 0.3 s" in (await failure(downloader_of(server, url_timeout_s=0.3))).message


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.7"])
async def test_silence(server: Origin, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloader, "_TIMEOUTS", dict.fromkeys(("connect", "read", "write", "pool"), 0.1))

    async def say_no_more(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await asyncio.sleep(60)

    server.answers["/a.pdf"] = say_no_more
    with anyio.fail_after(5):
        error = await failure(downloader_of(server))
    assert error.code == "FailedToDownloadImage"
    assert "did not answer" in error.message


async def test_a_server_that_is_not_there(server: Origin) -> None:
    error = await failure(downloader_of(server, Wires(server.port, dead=[PUBLIC])))
    assert error.code == "FailedToDownloadImage"
    assert "cannot be reached" in error.message


async def test_nobody_is_called_for_a_url_that_is_refused(server: Origin) -> None:
    wires = Wires(server.port)
    for url in ("http://inner.example/", "ftp://files.example/", "http://a@files.example/"):
        assert (await failure(downloader_of(server, wires), url)).code == "InvalidImageUrl"
    said = (await failure(downloader_of(server, wires), "http://inner.example/")).message
    assert "READFLEET_URL_ALLOWED_NETWORKS" in said
    assert isinstance(await failure(downloader_of(server, wires, url_fetch=False)), UrlFetchOff)
    assert wires.called == []


async def test_what_is_no_document_is_said_of_the_url(server: Origin) -> None:
    server.send("/a.pdf", b"<html>")
    with pytest.raises(NotADocument, match="What the URL leads to"):
        async with downloader_of(server).open(URL, wanted):
            raise NotADocument


async def test_a_download_nobody_wants_any_more(server: Origin) -> None:
    # Given an answer without an end, and a client that goes away after a while
    gone = asyncio.Event()

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(bytes(65536))
                await writer.drain()
        finally:
            gone.set()

    calls = 0

    async def wanted_for_a_while() -> None:
        nonlocal calls
        calls += 1
        if calls > 5:
            raise ServiceBusy

    server.answers["/a.pdf"] = endless
    with pytest.raises(ServiceBusy):
        async with downloader_of(server).open(URL, wanted_for_a_while) as chunks:
            async for _ in chunks:
                pass
    # Then its server is left alone
    with anyio.fail_after(5):
        await gone.wait()


class TestTurns:
    """How many at once."""

    async def test_one_after_the_other(self, server: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(downloader, "_AT_ONCE", 2)
        running = most = 0

        async def answer(writer: asyncio.StreamWriter) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.05)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%PDF-")
            running -= 1

        server.answers["/a.pdf"] = answer
        here = downloader_of(server)
        assert await asyncio.gather(*(fetch(here) for _ in range(7))) == [b"%PDF-"] * 7
        assert most == 2

    async def test_too_many(self, server: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(downloader, "_AT_ONCE", 1)
        monkeypatch.setattr(downloader, "_WAITING", 2)
        server.send("/a.pdf", DOCUMENT)
        here = downloader_of(server, url_timeout_s=0.2)
        async with here.open(URL, wanted):
            # While one is under way, two wait, in vain, and no more are let in
            ended = await asyncio.gather(*(failure(here) for _ in range(5)))
        assert all(isinstance(error, ServiceBusy) for error in ended)
        assert await fetch(here) == DOCUMENT


class TestTls:
    """The certificate is that of the name, whatever address was called."""

    @pytest.fixture
    def authority(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        return authority

    async def test_the_right_name(self, authority: trustme.CA) -> None:
        async with origin(_context(authority, "files.example")) as server:
            server.send("/a.pdf", DOCUMENT)
            assert await fetch(downloader_of(server), "https://files.example/a.pdf") == DOCUMENT

    @pytest.mark.parametrize(("name", "known"), [("other.example", True), (PUBLIC, True), ("files.example", False)])
    async def test_what_is_not_trusted(self, authority: trustme.CA, name: str, known: bool) -> None:
        async with origin(_context(authority if known else trustme.CA(), name)) as server:
            error = await failure(downloader_of(server), "https://files.example/a.pdf")
            assert error.code == "FailedToDownloadImage"
            assert "certificate" in error.message
            assert server.requests == []


def _context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
