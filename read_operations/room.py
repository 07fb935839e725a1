"""Whether the fleet takes more documents at this moment."""

from __future__ import annotations

from read_operations.documents import DocumentStore
from read_operations.errors import DocumentsFull, FleetFull
from read_operations.queue import JobQueue
from read_operations.settings import Settings
from read_operations.store import OperationStore


def check_room(
    store: OperationStore, documents: DocumentStore, queue: JobQueue, settings: Settings, *, share: float = 1
) -> None:
    """Looks before a byte of a document is moved; documents that come at the same moment may all find the last place.

    Args:
        store: with the operations that are counted.
        documents: which may be full.
        queue: with the jobs that are counted.
        settings: for the limits.
        share: how much of the limits the caller may use up.

    Raises:
        FleetFull: there is no room.
        StorageUnavailable: a store or the queue cannot be reached.
    """
    operations, pages = settings.max_open_operations, settings.max_waiting_pages
    if operations is not None and store.counts().unfinished >= operations * share:
        raise FleetFull
    if pages is not None and sum(queue.depth().waiting.values()) >= pages * share:
        raise FleetFull
    if not documents.has_room():
        raise DocumentsFull
