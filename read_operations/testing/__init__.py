"""In-memory twins of the stores, the queue and the register, for tests without servers.

They keep the same promises as the real ones: the same test bodies run over both.
"""

from __future__ import annotations

from read_operations.testing.document_store import MemoryDocumentStore
from read_operations.testing.job_queue import MemoryFleet, MemoryQueue
from read_operations.testing.operation_store import MemoryOperationStore

__all__ = ["MemoryDocumentStore", "MemoryFleet", "MemoryOperationStore", "MemoryQueue"]
