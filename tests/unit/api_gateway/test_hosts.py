from __future__ import annotations

import pytest

from api_gateway.hosts import is_host_name, is_ipv6


@pytest.mark.parametrize(
    "text", ["localhost", "ocr.example", "ocr.example.", "my_reader", "10.0.0.1", "xn--bcher-kva.example", "a-b.c1"]
)
def test_names(text: str) -> None:
    assert is_host_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a..b",
        "-a",
        "a-",
        "a b",
        "a/b",
        "a@b",
        "a%20b",
        "a:1",
        'a"',
        "a\r\nb",
        "a\n",
        "bücher",
        "[::1]",
        "a" * 254,
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert not is_host_name(text)


@pytest.mark.parametrize(
    ("text", "valid"), [("::1", True), ("fe80::1%eth0", False), ("::g", False), ("1.2.3.4", False)]
)
def test_ipv6(text: str, valid: bool) -> None:
    assert is_ipv6(text) is valid
