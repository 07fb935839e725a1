"""The in-memory twin of the store of documents."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from read_operations.documents import DocumentStore


class MemoryDocumentStore(DocumentStore):
    """The twin of the document stores: documents as bytes."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.full = False
        #: Seconds since 1970.
        self.stored_at: dict[str, float] = {}

    async def save(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        """See `DocumentStore.save`."""
        data = b"".join([chunk async for chunk in chunks])
        self.documents[name] = data
        self.stored_at[name] = time.time()
        return len(data)

    @contextlib.contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """See `DocumentStore.local`."""
        if name not in self.documents:
            raise FileNotFoundError(name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(self.documents[name])
            yield path

    def exists(self, name: str) -> bool:
        """See `DocumentStore.exists`."""
        return name in self.documents

    def has_room(self) -> bool:
        """See `DocumentStore.has_room`."""
        return not self.full

    def delete(self, name: str) -> None:
        """See `DocumentStore.delete`."""
        self.documents.pop(name, None)
        self.stored_at.pop(name, None)

    def older(self, seconds: float) -> Iterator[str]:
        """See `DocumentStore.older`."""
        oldest = time.time() - seconds
        yield from [name for name, at in self.stored_at.items() if at < oldest]
