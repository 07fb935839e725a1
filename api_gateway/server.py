"""The gateway as a process: the application with its real parts, on uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.applications import Starlette

from api_gateway.app import create_app
from api_gateway.parts import Stopping
from api_gateway.protocol import BoundedProtocol
from read_operations import metrics
from read_operations.document_stores import document_store
from read_operations.fleet import RedisFleet
from read_operations.logs import get_logger
from read_operations.queue import CeleryQueue, celery_app
from read_operations.redis_address import store_place
from read_operations.redis_client import complaint, connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings

_log = get_logger(__name__)

#: Requests under way at SIGTERM have so long to finish.
_GRACE_S: Final = 10
#: What is not finished this long before, uploads and waiting clients, is told to come again.
_LAST_WORDS_S: Final = 3
#: Longer than clients pause between two polls, so that they keep their connection.
_KEEP_ALIVE_S: Final = 75


def run(settings: Settings, host: str, port: int) -> int:
    """Serves until SIGTERM or SIGINT; gives the exit code."""
    documents = document_store(settings)
    documents.check()
    if reason := complaint(settings):
        _log.warning("no Redis answers at READFLEET_REDIS_URL yet", where=store_place(settings), reason=reason)
    client = connect(settings)
    app = create_app(
        settings,
        store=RedisOperationStore(client, settings),
        documents=documents,
        queue=CeleryQueue(celery_app(settings), client, settings),
        fleet=RedisFleet(client, settings),
    )
    if settings.metrics and settings.metrics_port:
        metrics.serve(app.state.metrics.registry, settings.metrics_port)
    return serve(app, host, port)


def serve(app: Starlette, host: str, port: int) -> int:
    """Serves an application until SIGTERM or SIGINT; gives the exit code."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="on",
        http=BoundedProtocol,
        ws="none",
        # Forwarded headers are looked at where they are needed: base_url.py.
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    with _signals_end_here():
        try:
            _Server(config, app.state.stopping).run()
        except SystemExit as stop:  # it could not start, and has said why
            return stop.code if isinstance(stop.code, int) else 1
    _log.info("stopped")
    return 0


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, stopping: Stopping) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # The original's words: there are scripts that wait for them.
        for server in self.servers:
            for listener in server.sockets:
                _log.info(f"Now listening on: {_url(listener)}")
        _log.info("Application started. Press Ctrl+C to shut down.")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_GRACE_S - _LAST_WORDS_S, setattr, self._stopping, "soon", True)
        await super().shutdown(sockets)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _signals_end_here() -> Iterator[None]:
    """Keeps uvicorn from raising the signal that stopped it once more, which would end the process uncleanly."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
