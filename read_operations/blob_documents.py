"""Documents as blobs of one container of Azure Blob Storage, each named as its operation."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobBlock, StorageErrorCode

from read_operations.blob_account import BlobAccount, blob_errors, error_code, find_or_make
from read_operations.document_cache import DocumentCache, Incoming
from read_operations.documents import DocumentStore, blocks, checked, is_name
from read_operations.errors import StorageUnavailable
from read_operations.settings import Settings

if TYPE_CHECKING:
    from azure.storage.blob import StorageStreamDownloader
    from azure.storage.blob.aio import ContainerClient as AsyncContainerClient

#: Sent at once, and held twice in memory while an upload goes on.
_BLOCK_BYTES: Final = 2**20
#: Within this a block has to be taken, tries included: the client that sent it waits.
_STEP_S: Final = 15
#: So long is spent on the blocks of an upload that came to nothing; the service itself drops them after a week.
_TIDY_S: Final = 5
#: A client may wait for this, too: two tries in 12 s at most.
_DELETE: Final[dict[str, Any]] = {"delete_snapshots": "include", "retry_total": 1, "read_timeout": 5}
_LISTED_AT_ONCE: Final = 500


class BlobDocumentStore(DocumentStore):
    """See `DocumentStore`. One for each process: connections do not survive a fork."""

    def __init__(self, settings: Settings) -> None:
        self._account = BlobAccount(settings)
        self._opened = contextlib.ExitStack()
        self._container = self._opened.enter_context(self._account.open())
        self._opened_async = contextlib.AsyncExitStack()
        self._opening = anyio.Lock()
        self._container_async: AsyncContainerClient | None = None
        self._cache = DocumentCache(
            settings.documents_cache_dir,
            max_bytes=settings.documents_cache_bytes,
            # Time is left for a job to be given back before the soft limit ends it.
            patience_s=settings.page_soft_limit_s * 2 / 3,
        )

    @property
    def fetched_bytes(self) -> int:
        """See `DocumentStore.fetched_bytes`."""
        return self._cache.fetched_bytes

    async def save(self, name: str, chunks: AsyncIterator[bytes]) -> int:
        """See `DocumentStore.save`."""
        upload = _Upload(await self._running(), checked(name))
        try:
            async for block in blocks(chunks, _BLOCK_BYTES):
                await upload.add(block)
            await upload.finish()
        except StorageUnavailable:
            raise
        except BaseException:
            await upload.drop()
            raise
        return upload.size

    @contextlib.contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """See `DocumentStore.local`."""
        with self._cache.hold(checked(name), self._fetch) as path:
            yield path

    def exists(self, name: str) -> bool:
        """See `DocumentStore.exists`."""
        with blob_errors():
            try:
                self._container.get_blob_client(checked(name)).get_blob_properties()
            except ResourceNotFoundError as error:
                if _is_of_blob(error):
                    return False
                raise
        return True

    def delete(self, name: str) -> None:
        """See `DocumentStore.delete`."""
        with blob_errors(), contextlib.suppress(ResourceNotFoundError):
            self._container.delete_blob(checked(name), **_DELETE)

    def older(self, seconds: float) -> Iterator[str]:
        """See `DocumentStore.older`."""
        oldest = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)
        with blob_errors(), contextlib.suppress(ResourceNotFoundError):
            for blob in self._container.list_blobs(results_per_page=_LISTED_AT_ONCE):
                if is_name(blob.name) and blob.last_modified < oldest:
                    yield blob.name

    def check(self) -> None:
        """See `DocumentStore.check`."""
        with self._account.open(retry_total=0) as container:
            find_or_make(
                container.container_name,
                # Listing is what every process may do.
                lambda: next(container.list_blobs(results_per_page=1), None),
                container.create_container,
                self._complaint,
            )

    def forget_unused(self, seconds: float) -> None:
        """See `DocumentStore.forget_unused`."""
        self._cache.forget_unused(seconds)

    async def close(self) -> None:
        """See `DocumentStore.close`."""
        await self._opened_async.aclose()
        self._container_async = None
        self._opened.close()
        self._cache.close()

    def _complaint(self, said: str) -> str:
        return (
            f"Azure Blob Storage refuses {self._account.credential} for container {self._container.container_name}: "
            f"{said}. Correct one of them. The container has to exist unless it may be created, and its blobs may be "
            "listed, read, written and deleted."
        )

    async def _running(self) -> AsyncContainerClient:
        async with self._opening:
            if self._container_async is None:
                self._container_async = await self._opened_async.enter_async_context(self._account.open_async())
            return self._container_async

    def _fetch(self, name: str, start: int) -> Incoming | None:
        with blob_errors():
            try:
                # Without an offset an empty blob is no error.
                stream = self._container.download_blob(name, offset=start or None)
            except ResourceNotFoundError as error:
                if _is_of_blob(error):
                    return None
                raise
        return Incoming(bytes_left=stream.size, chunks=_chunks(stream))


class _Upload:
    """One blob on its way: in one request if it is small, otherwise in blocks that a last request makes a blob."""

    def __init__(self, container: AsyncContainerClient, name: str) -> None:
        self._container = container
        self._blob = container.get_blob_client(name)
        self._held = b""
        self._staged: list[BlobBlock] = []
        #: Bytes taken.
        self.size = 0

    async def add(self, block: bytes) -> None:
        """Takes the next bytes, which are sent when more come."""
        await self._stage()
        self._held = block
        self.size += len(block)

    async def finish(self) -> None:
        """Makes the blob appear."""
        if not self._staged and len(self._held) < _BLOCK_BYTES:
            await self._send(lambda: self._blob.upload_blob(self._held, overwrite=True))
            return
        await self._stage()
        await self._send(lambda: self._blob.commit_block_list(self._staged))

    async def drop(self) -> None:
        """Takes back what was sent, as far as that is quick: an empty blob takes the blocks' place, and goes."""
        if self._staged:
            with anyio.move_on_after(_TIDY_S, shield=True), contextlib.suppress(AzureError):
                await self._blob.upload_blob(b"", overwrite=True)
                await self._blob.delete_blob()

    async def _stage(self) -> None:
        if self._held:
            id = f"{len(self._staged):08}"
            # As a file, so that it leaves in pieces that let others have their turn.
            await self._send(lambda: self._blob.stage_block(id, io.BytesIO(self._held)))
            self._staged.append(BlobBlock(id))
            self._held = b""

    async def _send(self, request: Callable[[], Awaitable[object]]) -> None:
        """Sends a request; makes the container if it is not there, or no longer."""
        try:
            with blob_errors(), anyio.fail_after(_STEP_S):
                try:
                    await request()
                except ResourceNotFoundError:
                    with contextlib.suppress(ResourceExistsError):
                        await self._container.create_container()
                    await request()
        except TimeoutError as error:
            raise StorageUnavailable from error


def _is_of_blob(error: ResourceNotFoundError) -> bool:
    """Whether the blob is missing, and not its container."""
    return error_code(error) == StorageErrorCode.BLOB_NOT_FOUND


def _chunks(stream: StorageStreamDownloader[bytes]) -> Iterator[bytes]:
    with blob_errors():
        yield from stream.chunks()
