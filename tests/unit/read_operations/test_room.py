from __future__ import annotations

import pytest

from read_operations.errors import DocumentsFull, FleetFull
from read_operations.records import Format, Request
from read_operations.room import check_room
from read_operations.settings import Lane, Settings
from read_operations.testing import MemoryDocumentStore, MemoryOperationStore, MemoryQueue


@pytest.mark.parametrize(
    ("limits", "share", "full"),
    [
        ({}, 1.0, False),
        ({"max_open_operations": 4}, 1.0, True),
        ({"max_open_operations": 5}, 1.0, False),
        ({"max_open_operations": 5}, 0.8, True),
        ({"max_waiting_pages": 4}, 1.0, True),
        ({"max_waiting_pages": 5}, 1.0, False),
        ({"max_waiting_pages": 5}, 0.8, True),
    ],
)
def test_a_share_of_the_limits_may_be_used_up(limits: dict[str, int], share: float, full: bool) -> None:
    # Given four operations that are not finished, with a job each
    settings = Settings.model_validate(limits)
    store, documents, queue = MemoryOperationStore(settings), MemoryDocumentStore(), MemoryQueue()
    for number in range(4):
        id = f"00000000-0000-4000-8000-{number:012}"
        store.create(Request(id=id, format=Format.PDF))
        queue.enqueue(id, 0, Lane.BATCH)
    if full:
        with pytest.raises(FleetFull):
            check_room(store, documents, queue, settings, share=share)
    else:
        check_room(store, documents, queue, settings, share=share)


def test_documents_that_fill_their_store_are_refused() -> None:
    settings, documents = Settings(), MemoryDocumentStore()
    documents.full = True
    with pytest.raises(DocumentsFull):
        check_room(MemoryOperationStore(settings), documents, MemoryQueue(), settings)
