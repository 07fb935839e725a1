from __future__ import annotations

import httpx
import pytest

from read_operations.version import __version__

pytestmark = pytest.mark.anyio


async def test_the_home_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"Readfleet {__version__}" in answer.text
    assert "http://reader.example:5000/vision/v3.2/read/analyze" in answer.text


async def test_what_the_caller_calls_us_is_no_markup(client: httpx.AsyncClient) -> None:
    answer = await client.get("/", headers={"Host": 'x"><script>'})
    assert "<script>" not in answer.text
