"""A stand-in for the service: answers as it is told to, and remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OPERATION = "0f1e2d3c-4b5a-4678-9abc-def012345678"


def succeeded(*pages: list[str], errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The final answer for pages of lines."""
    result: dict[str, Any] = {
        "version": "3.2.0",
        "readResults": [
            {"page": number, "width": 100, "height": 50, "unit": "pixel", "lines": [{"text": line} for line in lines]}
            for number, lines in enumerate(pages, 1)
        ],
    }
    if errors:
        result["errors"] = errors
    return {"status": "succeeded", "analyzeResult": result}


@dataclass
class StubService:
    """Reads a document as its own text, a form feed between pages.

    A document that begins with ! is refused. At one that begins with ? the connection is closed without an answer, at
    ~ it is at each poll.
    """

    endpoint: str = ""
    uploads: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    _documents: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, path: str, body: bytes) -> tuple[int, dict[str, str], dict[str, Any] | None]:
        with self._lock:
            self.paths.append(path)
            self.uploads.append(body)
            operation = f"{OPERATION[:-4]}{len(self.uploads):04}"
            self._documents[operation] = body
        if body.startswith(b"!"):
            return 400, {}, {"error": {"code": "InvalidImageFormat", "message": "Input data is not a valid image."}}
        # A name that leads nowhere: clients are to build the address themselves.
        place = f"http://elsewhere.invalid/vision/v3.2/read/analyzeResults/{operation}"
        return 202, {"Operation-Location": place}, None

    def poll(self, path: str) -> dict[str, Any] | None:
        self.paths.append(path)
        body = self._documents[path.rpartition("/")[2]].decode(errors="replace")
        if body.startswith("~"):
            return None
        return succeeded(*[page.splitlines() for page in body.split("\f")])


@contextmanager
def running() -> Iterator[StubService]:
    """The stand-in on a port of this machine."""
    service = StubService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = self.rfile.read(int(self.headers["Content-Length"]))
            if not document.startswith(b"?"):
                self._answer(*service.submit(self.path, document))

        def do_GET(self) -> None:
            if (body := service.poll(self.path)) is not None:
                self._answer(200, {}, body)

        def _answer(self, status: int, headers: dict[str, str], body: dict[str, Any] | None) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
        thread.start()
        yield service
        server.shutdown()
        thread.join()
