"""A server that receives webhooks, and answers as a test wants."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

#: A loopback address of its own, so that a sender may be allowed this server and nothing else of the machine.
ADDRESS: Final = "127.0.0.3"


class Receiver:
    """Keeps headers and body of every POST. Use it as a context manager."""

    def __init__(self, *statuses: int) -> None:
        """Answers with these one after the other, and with the last from then on."""
        self.received: list[tuple[dict[str, str], bytes]] = []
        self._statuses = list(statuses or (204,))
        self._server = ThreadingHTTPServer((ADDRESS, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self.url = f"http://{ADDRESS}:{self._server.server_port}/hook?token=1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                statuses = receiver._statuses
                self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: Any) -> None:
                """Nobody reads it."""

        return Handler
