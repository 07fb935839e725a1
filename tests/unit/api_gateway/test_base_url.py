"""The address clients are given: what they called, as far as that can be an address and can be believed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request as HttpRequest

from api_gateway.base_url import base_url
from read_operations.settings import Settings

OWN = "http://10.0.0.9:5000"


def base(
    *headers: tuple[str, str],
    peer: str | None = "10.0.0.1",
    server: tuple[str, int | None] | None = ("10.0.0.9", 5000),
    **settings: Any,
) -> str:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    client = (peer, 4711) if peer else None
    scope = {"type": "http", "scheme": "http", "headers": raw, "client": client, "server": server, "path": "/"}
    return base_url(HttpRequest(scope), Settings(**settings))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:5000", "http://localhost:5000"),
        ("reader", "http://reader"),
        ("reader:80", "http://reader"),
        ("reader:443", "http://reader:443"),
        ("vision.example:5000", "http://vision.example:5000"),
        ("my-vision-host", "http://my-vision-host"),
        ("my_reader:5000", "http://my_reader:5000"),
        ("192.0.2.1:5000", "http://192.0.2.1:5000"),
        ("[2001:db8::1]:5000", "http://[2001:db8::1]:5000"),
        ("[::1]", "http://[::1]"),
    ],
)
def test_what_the_client_called(host: str, expected: str) -> None:
    assert base(("Host", host)) == expected


HOSTILE = [
    "",
    "a b",
    'x"><script>',
    "x'",
    "user@evil.example",
    "evil.example/path",
    "evil.example?x",
    "evil.example#x",
    "evil.example\\x",
    "a\r\nSet-Cookie: x=y",
    "a\n",
    "a:port",
    "a:",
    "a:0",
    "a:65536",
    "a:123456",
    "a:1:2",
    ":5000",
    "[::1",
    "::1",
    "[::g]",
    "[fe80::1%eth0]",
    "b\xfccher.example",
    "a%0d%0a",
    "x" * 300,
]


@pytest.mark.parametrize("host", HOSTILE)
def test_a_host_that_can_be_none(host: str) -> None:
    assert base(("Host", host)) == OWN


@pytest.mark.parametrize("host", HOSTILE)
def test_a_forwarded_host_that_can_be_none(host: str) -> None:
    headers = [("Host", "inner:5000"), ("X-Forwarded-Host", host), ("X-Forwarded-Proto", "https")]
    assert base(*headers, trusted_proxies="*") == "https://inner:5000"


def test_no_host_at_all() -> None:
    assert base() == OWN
    assert base(server=("::1", 5000)) == "http://[::1]:5000"
    assert base(server=("fe80::1%eth0", 5000)) == "http://[fe80::1]:5000"
    assert base(server=("/run/reader.sock", None)) == "http://localhost"
    assert base(server=None) == "http://localhost"


FORWARDED = [("Host", "inner:5000"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "ocr.example")]


@pytest.mark.parametrize(
    ("peer", "trusted", "believed"),
    [
        ("10.0.0.1", "", False),
        ("10.0.0.1", "10.0.0.0/8", True),
        ("::ffff:10.0.0.1", "10.0.0.0/8", True),
        ("11.0.0.1", "10.0.0.0/8", False),
        ("fd00::1", "10.0.0.0/8,fd00::/8", True),
        ("11.0.0.1", "*", True),
        ("2001:db8::1", "*", True),
        # A Unix socket has no address
        (None, "*", True),
        (None, "10.0.0.0/8", False),
    ],
)
def test_who_is_believed(peer: str | None, trusted: str, believed: bool) -> None:
    expected = "https://ocr.example" if believed else "http://inner:5000"
    assert base(*FORWARDED, peer=peer, trusted_proxies=trusted) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Forwarded-Proto": "https"}, "https://inner:5000"),
        ({"X-Forwarded-Proto": "HTTPS", "X-Forwarded-Host": "ocr.example:8443"}, "https://ocr.example:8443"),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "ocr.example:443"}, "https://ocr.example"),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "[2001:db8::1]"}, "https://[2001:db8::1]"),
        ({"X-Forwarded-Host": "vision.example", "X-Forwarded-Port": "8080"}, "http://vision.example:8080"),
        ({"X-Forwarded-Host": "ocr.example", "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"}, "https://ocr.example"),
        # A port that goes with the other scheme is that of a balancer's way to us
        ({"X-Forwarded-Host": "ocr.example", "X-Forwarded-Port": "80", "X-Forwarded-Proto": "https"}, "https://ocr.example"),
        ({"X-Forwarded-Host": "ocr.example:8443", "X-Forwarded-Port": "9"}, "http://ocr.example:8443"),
        ({"X-Forwarded-Host": "ocr.example", "X-Forwarded-Prefix": "/ocr/"}, "http://ocr.example/ocr"),
        ({"X-Forwarded-Prefix": "/a/b-c_d.e~f%20"}, "http://inner:5000/a/b-c_d.e~f%20"),
        # Words that make no sense
        ({"X-Forwarded-Proto": "gopher"}, "http://inner:5000"),
        ({"X-Forwarded-Proto": "https://evil.example"}, "http://inner:5000"),
        ({"X-Forwarded-Host": "ocr.example", "X-Forwarded-Port": "99999"}, "http://ocr.example"),
        ({"X-Forwarded-Host": "ocr.example", "X-Forwarded-Port": "8o"}, "http://ocr.example"),
        ({"X-Forwarded-Prefix": "//evil.example"}, "http://inner:5000"),
        ({"X-Forwarded-Prefix": "@evil.example"}, "http://inner:5000"),
        ({"X-Forwarded-Prefix": "/a/../b"}, "http://inner:5000"),
        ({"X-Forwarded-Prefix": '/"><script>'}, "http://inner:5000"),
        ({"X-Forwarded-Prefix": "/a b"}, "http://inner:5000"),
        ({"X-Forwarded-Prefix": "/a\r\nX: y"}, "http://inner:5000"),
        # The standard's header
        ({"Forwarded": "proto=https;host=ocr.example"}, "https://ocr.example"),
        ({"Forwarded": 'For="[2001:db8::1]:47"; Proto=https; Host="ocr.example:8443"'}, "https://ocr.example:8443"),
        ({"Forwarded": 'host="[2001:db8::1]:81"'}, "http://[2001:db8::1]:81"),
        ({"Forwarded": "for=192.0.2.1;proto=https", "X-Forwarded-Prefix": "/ocr"}, "https://inner:5000/ocr"),
        ({"Forwarded": 'host="evil.example/x";proto=https'}, "https://inner:5000"),
        ({"Forwarded": 'host="user@evil.example"'}, "http://inner:5000"),
        ({"Forwarded": ";;=,,\"\\"}, "http://inner:5000"),
        # Proxies that write the other headers pass this one on unread
        ({"Forwarded": "host=evil.example", "X-Forwarded-Proto": "https"}, "https://inner:5000"),
    ],
)  # fmt: skip
def test_what_a_trusted_proxy_says(headers: dict[str, str], expected: str) -> None:
    assert base(("Host", "inner:5000"), *headers.items(), trusted_proxies="10.0.0.0/8") == expected
    # And from a stranger nothing of it counts
    assert base(("Host", "inner:5000"), *headers.items(), trusted_proxies="172.16.0.0/12") == "http://inner:5000"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        # One trusted proxy: what it has added stands last
        ([("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Host", "evil.example, ocr.example")], "http://ocr.example"),
        # Two in a row
        (
            [("X-Forwarded-For", "192.0.2.7, 10.0.0.2"), ("X-Forwarded-Host", "evil.example, ocr.example, inner")],
            "http://ocr.example",
        ),
        # A client that claims to be one of ours is caught by the address that the proxy saw
        (
            [("X-Forwarded-For", "10.0.0.2, 192.0.2.7"), ("X-Forwarded-Host", "evil.example, ocr.example")],
            "http://ocr.example",
        ),
        # The second replaces what the first has said
        ([("X-Forwarded-For", "192.0.2.7, 10.0.0.2:4711"), ("X-Forwarded-Host", "ocr.example")], "http://ocr.example"),
        # The same with one line for each
        (
            [
                ("X-Forwarded-For", "192.0.2.7"),
                ("X-Forwarded-For", "10.0.0.2"),
                ("X-Forwarded-Host", "ocr.example"),
                ("X-Forwarded-Host", "inner"),
            ],
            "http://ocr.example",
        ),
        ([("Forwarded", "host=evil.example, for=192.0.2.7;host=ocr.example")], "http://ocr.example"),
        (
            [("Forwarded", 'host=evil.example, for=192.0.2.7;host=ocr.example, for="10.0.0.2:4711";host=inner')],
            "http://ocr.example",
        ),
        ([("Forwarded", "for=_hidden;host=ocr.example, for=unknown;host=inner")], "http://inner"),
    ],
)  # fmt: skip
def test_proxies_in_a_row(headers: list[tuple[str, str]], expected: str) -> None:
    assert base(("Host", "own"), *headers, trusted_proxies="10.0.0.0/8") == expected


def test_when_all_are_trusted_the_first_has_the_word() -> None:
    headers = [("X-Forwarded-For", "192.0.2.7, 192.0.2.8"), ("X-Forwarded-Host", "ocr.example, between, inner")]
    assert base(*headers, trusted_proxies="*") == "http://ocr.example"


def test_the_public_url_wins_over_all() -> None:
    for public_url in ("https://public.example/ocr", "https://public.example/ocr/"):
        found = base(*FORWARDED, trusted_proxies="*", public_url=public_url)
        assert found == "https://public.example/ocr"


@pytest.mark.parametrize(
    "public_url",
    ["ocr.example", "ftp://ocr.example", "https://", "https://a b", 'https://a"', "https://a\r\nX: y", "https://a\n"],
)
def test_a_public_url_that_is_none_is_refused_at_the_start(public_url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        Settings(public_url=public_url)


WORD = st.text(st.characters(max_codepoint=255), max_size=30) | st.sampled_from(HOSTILE)


NAME = st.sampled_from(
    ["Host", "Forwarded", *(f"X-Forwarded-{name}" for name in ("For", "Proto", "Host", "Port", "Prefix"))]
)


@given(st.lists(st.tuples(NAME, WORD), max_size=6))
def test_whatever_is_sent_it_is_a_url_and_nothing_else(headers: list[tuple[str, str]]) -> None:
    found = base(*headers, trusted_proxies="*")
    assert found.startswith(("http://", "https://"))
    assert not set(found) & set(" \t\r\n\"'<>@\\?#&`{}|^")
    assert found.isascii()
