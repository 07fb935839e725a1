from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from api_gateway.bodies.link import MOST_LINK_BYTES, read_link
from read_operations.errors import BadRequest, EmptyBody

pytestmark = pytest.mark.anyio
URL = "https://files.example/ä.pdf"


async def pieces(data: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
async def test_a_link(encoding: str) -> None:
    body = json.dumps({"url": URL, "more": [1]}, ensure_ascii=False).encode(encoding)
    assert await read_link(pieces(body)) == URL


async def test_names_match_in_any_case() -> None:
    assert await read_link(pieces(b'{"Url": "x"}')) == "x"


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"{", "not valid JSON"),
        (b"url=http://x", "not valid JSON"),
        (b'{"url": "\xff"}', "not valid JSON"),
        (b"[" * 60_000, "not valid JSON"),
        (b'{"url": ' + b"9" * 60_000 + b"}", "not valid JSON"),
        (b"[]", "no url"),
        (b'"http://x"', "no url"),
        (b"{}", "no url"),
        (b'{"url": null}', "no url"),
        (b'{"url": 7}', "no text"),
        (b'{"url": ["http://x"]}', "no text"),
        (b'{"url": "' + b"x" * MOST_LINK_BYTES + b'"}', "longer than"),
    ],
)
async def test_refusals(body: bytes, part: str) -> None:
    with pytest.raises(BadRequest, match=part) as caught:
        await read_link(pieces(body, 5000))
    assert caught.value.code == "BadArgument"
    assert "https://example.com/letter.pdf" in caught.value.message


async def test_it_is_not_read_to_its_end_when_it_is_too_long() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 10_000

    with pytest.raises(BadRequest, match="longer than"):
        await read_link(endless())


async def test_nothing() -> None:
    with pytest.raises(EmptyBody):
        await read_link(pieces(b""))
