"""A gateway on the in-memory twins, on a socket when a test needs one, and doubles that act out one fault each."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from api_gateway.app import create_app
from api_gateway.protocol import BoundedProtocol
from read_operations.documents import DocumentStore
from read_operations.errors import ServiceBusy, StorageUnavailable
from read_operations.records import Operation, Page, Request, Status
from read_operations.settings import Settings
from read_operations.store import Counts
from read_operations.testing import MemoryDocumentStore, MemoryFleet, MemoryOperationStore, MemoryQueue

ANALYZE = "/vision/v3.2/read/analyze"
SYNC = "/vision/v3.2/read/syncAnalyze"
RESULTS = "/vision/v3.2/read/analyzeResults"
OPERATIONS = "/vision/v3.2/read/operations"
#: 2021-02-04T06:32:08.275270Z
NOW = 1_612_420_328.275270


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@dataclass(kw_only=True)
class Gateway:
    """The application and everything behind it."""

    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=Clock)
    store: MemoryOperationStore = field(init=False)
    documents: DocumentStore = field(default_factory=MemoryDocumentStore)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    fleet: MemoryFleet = field(default_factory=lambda: MemoryFleet(ready_children=1))
    store_type: type[MemoryOperationStore] = MemoryOperationStore
    upload_idle_s: float = 60
    app: Starlette = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.store_type(self.settings, self.clock)
        self.app = create_app(
            self.settings,
            store=self.store,
            documents=self.documents,
            queue=self.queue,
            fleet=self.fleet,
            upload_idle_s=self.upload_idle_s,
        )

    def leftovers(self) -> set[str]:
        """Names of everything the store knows of, with a record or only announced."""
        now, self.clock.now = self.clock.now, self.clock.now + 10**9
        try:
            return {*self.store.expired(), *(each.operation.id for each in self.store.unfinished())}
        finally:
            self.clock.now = now


def finish(store: MemoryOperationStore, request: Request, *pages: Page) -> Operation:
    """Stores a finished operation with these pages."""
    store.create(request, [page.number for page in pages])
    for page in pages:
        store.commit(request.id, page)
    store.finish(request.id, Status.SUCCEEDED)
    return store.get(request.id)


class StorageIsDown(MemoryOperationStore):
    """Fails in every call that a gateway makes, from the moment `down` is set."""

    down = True

    def _fail(self) -> None:
        if self.down:
            raise StorageUnavailable

    def expect(self, id: str) -> None:
        self._fail()
        super().expect(id)

    def get(self, id: str) -> Operation:
        self._fail()
        return super().get(id)

    def usage(self, month: str | None = None) -> int:
        self._fail()
        return super().usage(month)

    def counts(self) -> Counts:
        self._fail()
        return super().counts()

    def ping(self) -> None:
        self._fail()


class CreationFails(MemoryOperationStore):
    def create(self, request: Request, plan: object = None) -> None:
        raise StorageUnavailable


class QueueIsDown(MemoryQueue):
    def enqueue(self, id: str, page: int, queue: str) -> None:
        raise ServiceBusy


class QueueThatReads(MemoryQueue):
    """Does a job by a given function, a moment after it was enqueued."""

    def __init__(self, work: Callable[[str], None], after_s: float = 0.05) -> None:
        super().__init__()
        self._work = work
        self._after_s = after_s

    def enqueue(self, id: str, page: int, queue: str) -> None:
        super().enqueue(id, page, queue)
        threading.Timer(self._after_s, self._work, [id]).start()


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[int]:
    """Serves on a port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=[[listener]])
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def wait_until(true: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s"
        time.sleep(0.01)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received
