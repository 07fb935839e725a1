"""The OpenAPI documents, and Swagger UI on top of them, from files of this machine alone."""

from __future__ import annotations

import html
import importlib.metadata
import importlib.util
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from api_gateway.openapi.documents import documents
from api_gateway.routing import AnyCaseRoute, Endpoint
from api_gateway.wire.text import JSON_TYPE, dump
from read_operations.version import __version__

#: Handed over at once.
_SEND_BYTES: Final = 64 * 1024
_OWN_FOLDER: Final = Path(__file__).parents[1] / "openapi" / "ui"
_ASSETS: Final = {
    "swagger_bundle.js": "text/javascript",
    "swagger_preset.js": "text/javascript",
    "swagger_style.css": "text/css",
    "start.js": "text/javascript",
}
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}
_PAGE_HEADERS: Final = {
    **_HEADERS,
    # Swagger UI carries its icons in its scripts and styles.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
#: The page asks for its assets by version, so they can be kept.
_ASSET_HEADERS: Final = {**_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}


def swagger_routes() -> list[AnyCaseRoute]:
    """The routes of the page, of its assets, and of every document."""
    described = documents()
    return [
        AnyCaseRoute("/swagger", _to_page),
        AnyCaseRoute("/swagger/index.html", _page(described)),
        *(AnyCaseRoute(f"/swagger/{name}", _asset(name)) for name in _ASSETS),
        *(AnyCaseRoute(f"/swagger/{name}/swagger.json", _document(each)) for name, each in described.items()),
    ]


async def _to_page(http: HttpRequest) -> Response:
    # Relative, so that it leads to the same place behind a proxy's prefix.
    last = http.scope["path"].rpartition("/")[2]
    return RedirectResponse(f"{last}/index.html" if last else "index.html", 302, _HEADERS)


def _page(described: dict[str, dict[str, Any]]) -> Endpoint:
    offered = [{"name": each["info"]["title"], "url": f"{name}/swagger.json"} for name, each in described.items()]
    version = f"{__version__}-{importlib.metadata.version('offapi')}"
    template = (_OWN_FOLDER / "index.html").read_text()
    page = template.replace("VERSION", version).replace("DOCUMENTS", html.escape(dump(offered)))

    async def answer(_: HttpRequest) -> Response:
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    return answer


def _asset(name: str) -> Endpoint:
    folder = _OWN_FOLDER if (_OWN_FOLDER / name).exists() else _bundle_folder()
    return _held((folder / name).read_bytes(), _ASSET_HEADERS, _ASSETS[name])


def _document(described: dict[str, Any]) -> Endpoint:
    return _held(dump(described).encode(), _HEADERS, JSON_TYPE)


def _held(content: bytes, headers: Mapping[str, str], media_type: str) -> Endpoint:
    """Answers with the same bytes always, without a file or a copy of them for each client that takes them slowly."""
    headers = {**headers, "Content-Length": str(len(content))}

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(content), _SEND_BYTES):
            yield content[at : at + _SEND_BYTES]

    async def answer(_: HttpRequest) -> Response:
        return StreamingResponse(pieces(), headers=headers, media_type=media_type)

    return answer


def _bundle_folder() -> Path:
    """Where the package with Swagger UI lies. It is not imported, as it reads more into memory than that."""
    found = importlib.util.find_spec("offapi")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent
