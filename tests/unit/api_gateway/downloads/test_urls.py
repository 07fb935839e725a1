from __future__ import annotations

import httpx
import pytest

from api_gateway.downloads.urls import next_url, parse_url
from read_operations.errors import BadUrl


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("https://files.example/letter.pdf", b"files.example", None, b"/letter.pdf"),
        (" HTTP://FILES.example:8080 ", b"files.example", 8080, b"/"),
        # What a signature covers stays as it is
        ("https://x.example/a?sv=2&sig=a%2Bb%3D%2f#p=1", b"x.example", None, b"/a?sv=2&sig=a%2Bb%3D%2f"),
        ("https://x.example/a b/ü.pdf", b"x.example", None, b"/a%20b/%C3%BC.pdf"),
        ("https://bücher.example/", b"xn--bcher-kva.example", None, b"/"),
        ("http://[2001:db8::1]:81/x", b"2001:db8::1", 81, b"/x"),
        ("http://10.0.0.1/x", b"10.0.0.1", None, b"/x"),
    ],
)
def test_urls(text: str, host: bytes, port: int | None, target: bytes) -> None:
    url = parse_url(text)
    assert (url.raw_host, url.port, url.raw_path) == (host, port, target)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "http and https"),
        ("letter.pdf", "http and https"),
        ("//files.example/letter.pdf", "http and https"),
        ("ftp://files.example/letter.pdf", "http and https"),
        ("file:///etc/passwd", "http and https"),
        ("gopher://files.example/", "http and https"),
        ("data:application/pdf;base64,JVBERi0=", "http and https"),
        ("http+unix://%2Frun%2Fx.sock/", "http and https"),
        ("https://user@files.example/", "user name"),
        ("https://user:secret@files.example/", "user name"),
        ("https://:@files.example/", "user name"),
        ("http://public.example\\@inner.example/", "user name"),
        ("http:///letter.pdf", "host or port"),
        ("http://", "host or port"),
        ("http://files example/", "host or port"),
        ("http://files%0d%0aexample/", "host or port"),
        ("http://[fe80::1%25eth0]/", "host or port"),
        ("http://files.example:0/", "host or port"),
        ("http://files.example:65536/", "host or port"),
        ("http://files.example:port/", "badly formatted"),
        ("http://[::1/", "badly formatted"),
        ("http://files.example/\r\nX-Evil: 1", "badly formatted"),
        ("http://files.example/\0", "badly formatted"),
        ("http://files.example/\ud800", "badly formatted"),
        ("http://\ud800/", "badly formatted"),
        ("http://files.example/" + "a" * 70_000, "badly formatted"),
    ],
)
def test_refusals(text: str, part: str) -> None:
    with pytest.raises(BadUrl, match=part) as caught:
        parse_url(text)
    assert caught.value.code == "InvalidImageUrl"
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/b.pdf?c=1", "https://files.example/b.pdf?c=1"),
        ("b.pdf", "https://files.example/a/b.pdf"),
        ("//other.example/b", "https://other.example/b"),
        ("http://other.example:81/b", "http://other.example:81/b"),
    ],
)
def test_redirects(location: str, leads_to: str) -> None:
    assert str(next_url(httpx.URL("https://files.example/a/a.pdf"), location)) == leads_to


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "https://u:p@files.example/", "http://a b/", "http://[::1/"]
)
def test_redirects_that_are_refused(location: str) -> None:
    with pytest.raises(BadUrl):
        next_url(httpx.URL("https://files.example/a/a.pdf"), location)
