"""From a document that is stored to an operation in the queue: the last step of every way in."""

from __future__ import annotations

from typing import Final

from read_operations.queue import JobQueue, queue_of
from read_operations.records import Request
from read_operations.settings import Settings
from read_operations.store import SPLIT, OperationStore

#: A document without inner pages needs no opening: its one page is the plan.
_SINGLE_PAGE: Final = 1


def record(request: Request, store: OperationStore, queue: JobQueue, settings: Settings) -> None:
    """Records an operation on its stored document, and enqueues its first job.

    Raises:
        OperationExists: there is another of this id, or it has begun; nothing is enqueued.
        ServiceBusy: the store or the queue cannot be reached.
    """
    # The record before the job: a job without a record would be taken for one of a deleted operation.
    store.create(request, None if request.format.paged else [_SINGLE_PAGE])
    enqueue(request, queue, settings)


def enqueue(request: Request, queue: JobQueue, settings: Settings) -> None:
    """Enqueues the first job of an operation that is recorded.

    Raises:
        ServiceBusy: the queue cannot be reached.
    """
    page = SPLIT if request.format.paged else _SINGLE_PAGE
    # How many pages it has nobody knows by now.
    queue.enqueue(request.id, page, queue_of(request, page, 0, settings))
