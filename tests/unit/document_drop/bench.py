"""A drop with a watcher, and the fleet as far as a test plays it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import redis
from azure.storage.queue import QueueClient

from document_drop.claims import Claims
from document_drop.metrics import DropMetrics
from document_drop.process import open_watcher
from document_drop.tally import Tally
from document_drop.watcher import Watcher
from read_operations.queue import CeleryQueue, celery_app
from read_operations.records import Failure, Page, Status, Unit
from read_operations.redis_store import RedisOperationStore
from tests.builders import PdfPage, pdf
from tests.unit.document_drop.drops import VERSION, BlobDrop, Drop

DOCUMENT = pdf([PdfPage()])


class Bench:
    """A drop with a watcher, and the fleet as far as a test plays it."""

    def __init__(self, drop: Drop, client: redis.Redis, **settings: Any) -> None:
        self.drop = drop
        self.redis = client
        self.settings = drop.settings.model_copy(update={"drop_interval_s": 0.01, **settings})
        self.store = RedisOperationStore(client, self.settings)
        self.queue = CeleryQueue(celery_app(self.settings), client, self.settings)
        self.metrics = DropMetrics()
        self._opened = contextlib.ExitStack()
        self.watcher: Watcher = self._opened.enter_context(open_watcher(self.settings, self.metrics))
        self.claims = Claims(client, drop.place.id, self.settings)
        self.tally = Tally(client, drop.place.id, self.settings)

    def until(self, what: Callable[[], object], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, self.tally.counts()
            self.watcher.step()
            time.sleep(0.005)

    def steps(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def operations(self) -> list[str]:
        return [each.operation.id for each in self.store.unfinished()]

    def read(self, id: str, failure: Failure | None = None) -> None:
        self.store.plan(id, [1])
        self.store.commit(id, Page(number=1, width=1, height=1, unit=Unit.INCH, failure=failure))
        self.store.finish(id, Status.FAILED if failure else Status.SUCCEEDED, failure)

    def read_all(self) -> None:
        for id in self.operations():
            self.read(id)

    def close(self) -> None:
        self.watcher.close()
        self._opened.close()


def count(bench: Bench, name: str) -> int:
    return bench.tally.counts().get(name, 0)


def queue(settings: dict[str, Any], name: str) -> QueueClient:
    string = settings["azure_queue_connection_string"].get_secret_value()
    return QueueClient.from_connection_string(string, settings[name], **VERSION)


def waiting(queue: QueueClient) -> int:
    return queue.get_queue_properties().approximate_message_count or 0


def event(drop: BlobDrop, name: str) -> str:
    subject = f"/blobServices/default/containers/{drop.settings.drop_container}/blobs/in/{name}"
    return json.dumps({"specversion": "1.0", "type": "Microsoft.Storage.BlobCreated", "subject": subject})
