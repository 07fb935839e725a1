from __future__ import annotations

import pytest

from read_operations import first_job
from read_operations.errors import OperationExists
from read_operations.records import Format, Request
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT
from read_operations.testing import MemoryOperationStore, MemoryQueue

ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"


class QueueThatLooks(MemoryQueue):
    """Sees to it that what is enqueued is recorded."""

    def __init__(self, store: MemoryOperationStore) -> None:
        super().__init__()
        self._store = store

    def enqueue(self, id: str, page: int, queue: str) -> None:
        assert self._store.get(id)
        super().enqueue(id, page, queue)


@pytest.mark.parametrize(
    ("format", "total", "page"),
    [(Format.PNG, 1, 1), (Format.JPEG, 1, 1), (Format.BMP, 1, 1), (Format.PDF, 0, SPLIT), (Format.TIFF, 0, SPLIT)],
)
def test_what_has_pages_is_opened_and_all_else_is_read(format: Format, total: int, page: int) -> None:
    settings = Settings()
    store = MemoryOperationStore(settings)
    queue = QueueThatLooks(store)
    request = Request(id=ID, format=format)
    first_job.record(request, store, queue, settings)
    assert store.get(ID).total == total
    assert queue.waiting_jobs == [(ID, page, Lane.INTERACTIVE)]
    # Of another with this id nothing is enqueued; who asks for it has the job of this one enqueued again
    with pytest.raises(OperationExists):
        first_job.record(Request(id=ID, format=format, language="de"), store, queue, settings)
    first_job.enqueue(request, queue, settings)
    assert queue.waiting_jobs == [(ID, page, Lane.INTERACTIVE)] * 2


def test_what_has_time_waits_behind_the_others() -> None:
    settings = Settings()
    queue = MemoryQueue()
    request = Request(id=ID, format=Format.PNG, patient=True)
    first_job.record(request, MemoryOperationStore(settings), queue, settings)
    assert queue.waiting_jobs == [(ID, 1, Lane.BATCH)]
