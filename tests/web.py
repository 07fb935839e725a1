"""A web server for tests, from which the service fetches documents."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

#: A loopback address of its own, so that a service may be allowed this server and nothing else of the machine.
ADDRESS: Final = "127.0.0.2"


class WebServer:
    """Serves bytes at paths, or sends elsewhere; other paths are 404. Use it as a context manager."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._elsewhere: dict[str, str] = {}
        self._server = ThreadingHTTPServer((ADDRESS, 0), _handler(self._files, self._elsewhere))
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, path: str, data: bytes) -> str:
        """The URL at which the bytes are from now on."""
        self._files[path] = data
        return self._url(path)

    def redirect(self, path: str, location: str) -> str:
        """The URL that leads to another from now on."""
        self._elsewhere[path] = location
        return self._url(path)

    def _url(self, path: str) -> str:
        return f"http://{ADDRESS}:{self._server.server_port}{path}"


def _handler(files: Mapping[str, bytes], elsewhere: Mapping[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.get(self.path)
            location = elsewhere.get(self.path)
            self.send_response(302 if location else 404 if data is None else 200)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nobody reads it."""

    return Handler
