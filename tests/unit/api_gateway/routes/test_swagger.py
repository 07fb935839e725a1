from __future__ import annotations

import contextlib
import html
import json
import os
import re
import socket
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from api_gateway.openapi.documents import documents
from tests.unit.api_gateway.support import Gateway, serving

pytestmark = pytest.mark.anyio


async def page(client: httpx.AsyncClient) -> str:
    return (await client.get("/swagger/index.html")).text


@pytest.mark.parametrize("path", ["/swagger", "/Swagger", "/swagger/", "/SWAGGER/Index.html"])
async def test_the_page_in_any_case(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.url.path.lower() == "/swagger/index.html"


@pytest.mark.parametrize("path", ["/swagger", "/swagger/"])
async def test_the_way_to_the_page_keeps_a_proxys_prefix(client: httpx.AsyncClient, path: str) -> None:
    location = (await client.get(path)).headers["location"]
    assert urljoin(f"https://proxy.example/ocr{path}", location) == "https://proxy.example/ocr/swagger/index.html"


async def test_the_page_runs_nothing_but_our_files(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/swagger/index.html")).headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    text = await page(client)
    assert re.findall(r"<script(?![^>]* src=)", text) == []
    assert "http" not in text


async def test_every_asset_is_served_and_kept(client: httpx.AsyncClient) -> None:
    assets = [asset for asset in re.findall(r'(?:src|href)="([^"]+)"', await page(client)) if asset != "data:,"]
    assert len(assets) == 4
    for asset in assets:
        name, _, version = asset.partition("?")
        answer = await client.get(f"/swagger/{asset}")
        assert answer.status_code == 200
        kind = "css" if name.endswith(".css") else "javascript"
        assert answer.headers["content-type"] == f"text/{kind}; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert re.fullmatch(r"[\d.]+-[\d.]+", version)
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) > 100


async def test_the_page_offers_every_document(client: httpx.AsyncClient) -> None:
    (listed,) = re.findall(r'data-documents="([^"]+)"', await page(client))
    offered = json.loads(html.unescape(listed))
    assert [each["url"] for each in offered] == [f"{name}/swagger.json" for name in documents()]
    assert offered[0]["name"] == "Read v3.2"


@pytest.mark.parametrize(("name", "document"), documents().items(), ids=documents())
async def test_every_document_is_served(client: httpx.AsyncClient, name: str, document: dict[str, object]) -> None:
    answer = await client.get(f"/swagger/{name}/swagger.json")
    assert answer.json() == document
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert (await client.get(f"/SWAGGER/{name.upper()}/Swagger.JSON")).content == answer.content


async def test_calls_go_to_where_the_document_came_from(client: httpx.AsyncClient) -> None:
    path = "/swagger/vision-v3.2-read/swagger.json"
    (server,) = (await client.get(path)).json()["servers"]
    assert urljoin(f"https://proxy.example/ocr{path}", server["url"]) == "https://proxy.example/ocr/"
    assert urljoin(f"http://reader:5000{path}", server["url"]) == "http://reader:5000/"


@pytest.mark.parametrize(
    "path", ["/swagger/swagger.json", "/swagger/redoc.js", "/swagger/../app.py", "/swagger/v9/swagger.json"]
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


def test_clients_that_take_an_asset_slowly_hold_no_files() -> None:
    with serving(Gateway().app) as port, contextlib.ExitStack() as stack:
        for _ in range(5):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(("127.0.0.1", port))
            connection.sendall(b"GET /swagger/swagger_bundle.js HTTP/1.1\r\nHost: reader\r\n\r\n")
            assert connection.recv(1)
        files = {os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()}
        assert not [path for path in files if path.endswith("swagger_bundle.js")]
