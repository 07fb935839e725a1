from __future__ import annotations

import httpx
import pytest

from read_operations.settings import Settings
from read_operations.version import __version__
from tests.unit.api_gateway.support import Gateway

pytestmark = pytest.mark.anyio


async def test_the_home_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f"Readfleet {__version__}" in answer.text
    assert "http://reader.example:5000/vision/v3.2/read/analyze" in answer.text


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"Host": 'x"><script>'}, "http://reader.example:5000"),
        ({"Host": "&lt;script&gt;"}, "http://reader.example:5000"),
        ({"X-Forwarded-Host": 'x"><script>', "X-Forwarded-Proto": "https"}, "https://reader.example:5000"),
        ({"X-Forwarded-Host": "ocr.example", "X-Forwarded-Prefix": "/a"}, "http://ocr.example/a"),
    ],
)
async def test_the_address_it_shows(headers: dict[str, str], base: str) -> None:
    gateway = Gateway(settings=Settings.model_validate({"trusted_proxies": "127.0.0.0/8"}))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(gateway.app), base_url="http://reader.example:5000"
    ) as client:
        answer = await client.get("/", headers=headers)
    assert f"  {base}/vision/v3.2/read/analyze" in answer.text
    assert "script" not in answer.text
