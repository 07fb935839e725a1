"""The page for people at /."""

from __future__ import annotations

import html
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response

from api_gateway.base_url import base_url
from api_gateway.parts import Parts
from api_gateway.routing import AnyCaseRoute
from read_operations.version import __version__

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Readfleet</title>
<link rel="icon" href="data:,">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
pre { background: #8882; border-radius: 4px; padding: .75rem; overflow-x: auto }
</style>
</head>
<body>
<h1>Readfleet</h1>
<p>Your Readfleet VERSION is running. It reads documents on this machine's own CPUs and answers the calls of the
Azure Read container, versions 2.0 to 3.2.</p>
<h2>Read a document</h2>
<pre>curl -i --data-binary @document.pdf -H "Content-Type: application/octet-stream" \\
  BASE/vision/v3.2/read/analyze</pre>
<p>The answer's <code>Operation-Location</code> is the address of the result. <code>syncAnalyze</code> instead of
<code>analyze</code> waits and answers with the result itself.</p>
<p><a href="swagger">/swagger</a> describes every call, and lets you try each with a file of your own.</p>
<h2>Is it well?</h2>
<p><a href="ready">/ready</a> says whether documents can be read now,
<a href="ContainerLiveness">/ContainerLiveness</a> whether this process lives,
<a href="status">/status</a> what the original says of its key.</p>
</body>
</html>
"""


def home_routes(parts: Parts) -> list[AnyCaseRoute]:
    """The route of the home page."""
    return [AnyCaseRoute("/", _Home(parts).page)]


class _Home:
    def __init__(self, parts: Parts) -> None:
        self._settings = parts.settings

    async def page(self, http: HttpRequest) -> Response:
        base = html.escape(base_url(http, self._settings))
        return HTMLResponse(_PAGE.replace("VERSION", __version__).replace("BASE", base))
