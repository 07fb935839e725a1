"""A container of Azure Blob Storage as a drop, and another, or the same, for the results.

A blob's ETag changes with its content, and with its metadata as well. So what became of a version is told from its
metadata, and not from a list of ETags: the mark in it holds a digest of what metadata does not change. A mark that was
copied with a blob to another name, or kept on other content, is none.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobType, ContentSettings, StorageErrorCode

from document_drop.names import RESULT, digest, is_candidate, result_name
from document_drop.place import DocumentChanged, DropPlace, Found, Mark, PlaceRefuses, Standing
from read_operations.blob_account import BlobAccount, blob_errors, describe, error_code, find_or_make
from read_operations.errors import DownloadFailed, ReadfleetError, StorageUnavailable
from read_operations.logs import get_logger
from read_operations.records import Output
from read_operations.settings import Settings

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient, BlobProperties, ContainerClient

_log = get_logger(__name__)

#: Where documents go that are moved away after they were read: below the drop's own prefix.
DONE: Final = "_done/"
_LISTED_AT_ONCE: Final = 1000
_NAME_CHARS: Final = 1024
#: Of a result that is written: as much is held in memory.
_PIECE_BYTES: Final = 4 * 2**20
#: Names of metadata: identifiers, as the service wants them.
_STATUS: Final = "readfleetstatus"
_OPERATION: Final = "readfleetoperation"
_PAGES: Final = "readfleetpages"
_FAILED_PAGES: Final = "readfleetfailedpages"
_MARK: Final = "readfleetmark"
_RESULT: Final = "readfleetresult"
_COPY_S: Final = 600
_JSON: Final = "application/json; charset=utf-8"
_REFUSALS: Final = (400, 409, 413)
#: Said of every blob there is, until the container or the account is in order.
_OF_ALL: Final = (
    StorageErrorCode.CONTAINER_BEING_DELETED,
    StorageErrorCode.ACCOUNT_BEING_CREATED,
    StorageErrorCode.INVALID_AUTHENTICATION_INFO,
)


class BlobPlace(DropPlace):
    """See `DropPlace`."""

    def __init__(self, settings: Settings) -> None:
        assert settings.drop_container
        self._account = BlobAccount(settings, settings.drop_container)
        self._prefix = settings.drop_prefix
        self._results_prefix = settings.results_prefix
        self._opened = contextlib.ExitStack()
        self._container = self._opened.enter_context(self._account.open())
        results = BlobAccount(settings, settings.results_container)
        self._results = self._opened.enter_context(
            results.open(max_single_put_size=_PIECE_BYTES, max_block_size=_PIECE_BYTES)
        )
        self._same_container = settings.results_container == settings.drop_container
        self.id = digest(self._container.primary_hostname, settings.drop_container, self._prefix)[:32]
        self.title = f"{settings.drop_container}/{self._prefix}"

    def check(self) -> None:
        """See `DropPlace.check`."""
        for container in (self._container, self._results):
            self._check(container)

    def look(self) -> Iterator[Found]:
        """See `DropPlace.look`."""
        with blob_errors():
            for blob in self._container.list_blobs(
                name_starts_with=self._prefix or None, include=["metadata"], results_per_page=_LISTED_AT_ONCE
            ):
                if found := self._found(blob):
                    yield found

    def find(self, name: str) -> Found | None:
        """See `DropPlace.find`."""
        # Not only to save the call: URLs drop `..` with what stands before it, so such a name leads elsewhere.
        if not self._is_candidate(name) or len(self._prefix + name) > _NAME_CHARS:
            return None
        with blob_errors():
            try:
                return self._found(self._blob(name).get_blob_properties())
            except ResourceNotFoundError:
                return None
            except HttpResponseError as error:
                if error.status_code == 400:  # no blob can be called so
                    return None
                raise

    @contextlib.contextmanager
    def open(self, found: Found) -> Iterator[Iterator[bytes]]:
        """See `DropPlace.open`."""
        with _changes(_not_had):
            stream = self._blob(found.name).download_blob(**_only(found.version))
        yield _chunks(stream)

    def small_file(self, name: str, most_bytes: int) -> bytes | None:
        """See `DropPlace.small_file`."""
        try:
            with _changes(_not_had):
                try:
                    content: bytes = self._blob(name).download_blob(length=most_bytes + 1, offset=0).readall()
                    return content
                except HttpResponseError as error:
                    if error.status_code == 416:  # it is empty
                        return b""
                    raise
        except DocumentChanged:
            return None

    def has_result(self, name: str) -> bool:
        """See `DropPlace.has_result`."""
        with blob_errors():
            return self._results.get_blob_client(self._result(name, RESULT)).exists()

    def write(self, name: str, suffix: str, file: Path) -> str:
        """See `DropPlace.write`."""
        result = self._result(name, suffix)
        output = next((each for each in Output if each.suffix == suffix), None)
        settings = ContentSettings(content_type=output.media_type if output else _JSON)
        with _one_blob(), file.open("rb") as source:
            blob = self._results.get_blob_client(result)
            blob.upload_blob(source, overwrite=True, metadata={_RESULT: "1"}, content_settings=settings)
        return result

    def discard(self, name: str, suffix: str) -> None:
        """See `DropPlace.discard`."""
        with _one_blob(), contextlib.suppress(ResourceNotFoundError):
            self._results.delete_blob(self._result(name, suffix), delete_snapshots="include")

    def mark(self, found: Found, mark: Mark) -> bool:
        """See `DropPlace.mark`."""
        blob = self._blob(found.name)
        with blob_errors():
            try:
                properties = blob.get_blob_properties(**_only(found.version))
                metadata = {
                    **properties.metadata,
                    _STATUS: mark.standing.value,
                    _OPERATION: mark.operation,
                    _PAGES: str(mark.pages),
                    _FAILED_PAGES: str(mark.failed_pages),
                    _MARK: _mark(properties),
                }
                blob.set_blob_metadata(metadata, **_only(found.version))
            except ResourceNotFoundError:
                pass
            except HttpResponseError as error:
                # Under a lease, immutable, its metadata full, or not to be written at all.
                if _is_refusal(error) or error.status_code == 403:
                    _log.warning("a document takes no metadata", name=found.name, reason=describe(error))
                    return False
                if not isinstance(error, ResourceModifiedError):
                    raise
                # Marked a moment ago by one who died of it; or replaced, and then it is found again.
        return True

    def move(self, found: Found) -> None:
        """See `DropPlace.move`."""
        source = self._blob(found.name)
        target = self._container.get_blob_client(self._prefix + DONE + found.name)
        with _changes(_stays):
            copy: dict[str, Any] = target.start_copy_from_url(
                source.url, source_etag=f'"{found.version}"', source_match_condition=MatchConditions.IfNotModified
            )
            end = time.monotonic() + _COPY_S
            while copy["copy_status"] == "pending" and time.monotonic() < end:
                time.sleep(1)
                copy = {"copy_status": target.get_blob_properties().copy.status}
            if copy["copy_status"] != "success":
                raise StorageUnavailable("A document that was read could not be moved away.")
        self.delete(found)

    def delete(self, found: Found) -> None:
        """See `DropPlace.delete`."""
        with _changes(_stays):
            self._blob(found.name).delete_blob(delete_snapshots="include", **_only(found.version))

    def close(self) -> None:
        """See `DropPlace.close`."""
        self._opened.close()

    def _check(self, container: ContainerClient) -> None:
        find_or_make(
            container.container_name,
            lambda: next(container.list_blobs(results_per_page=1), None),
            container.create_container,
            lambda said: (
                f"Azure Blob Storage refuses {self._account.credential} for container {container.container_name}: "
                f"{said}. Correct one of them."
            ),
        )

    def _is_candidate(self, name: str) -> bool:
        if name.startswith(DONE) or not is_candidate(name):
            return False
        # What was written is told by its metadata; copies of it by their folder, where it has one to itself.
        results = self._results_prefix
        apart = self._same_container and results.endswith("/") and results != self._prefix
        return not (apart and (self._prefix + name).startswith(results))

    def _found(self, blob: BlobProperties) -> Found | None:
        name = (blob.name or "").removeprefix(self._prefix)
        metadata = blob.metadata or {}
        if not self._is_candidate(name) or not blob.size or blob.blob_type != BlobType.BLOCKBLOB or _RESULT in metadata:
            return None
        standing = None
        if metadata.get(_MARK) == _mark(blob):
            with contextlib.suppress(ValueError):
                standing = Standing(metadata.get(_STATUS, ""))
        return Found(name=name, version=str(blob.etag).strip('"'), size=blob.size, standing=standing)

    def _blob(self, name: str) -> BlobClient:
        return self._container.get_blob_client(self._prefix + name)

    def _result(self, name: str, suffix: str) -> str:
        return result_name(self._results_prefix + name, suffix)


def _mark(blob: BlobProperties) -> str:
    """A digest of what tells a blob's content from others, and does not change with its metadata."""
    md5 = blob.content_settings.content_md5 if blob.content_settings else None
    made = blob.creation_time.isoformat() if blob.creation_time else ""
    return digest(blob.name or "", str(blob.size), bytes(md5).hex() if md5 else "", made)[:32]


def _only(version: str) -> dict[str, Any]:
    return {"etag": f'"{version}"', "match_condition": MatchConditions.IfNotModified}


def _is_refusal(error: HttpResponseError) -> bool:
    """Whether a blob is refused for what it is or is called, or for who has it: neither for a while nor with others."""
    code = error_code(error)
    if error.status_code == 412:
        return code == StorageErrorCode.LEASE_ID_MISSING
    return error.status_code in _REFUSALS and code not in _OF_ALL


@contextlib.contextmanager
def _one_blob() -> Iterator[None]:
    """As `blob_errors`, for what is done with one blob."""
    with blob_errors():
        try:
            yield
        except HttpResponseError as error:
            if _is_refusal(error):
                raise _stays(describe(error)) from None
            raise


@contextlib.contextmanager
def _changes(refused: Callable[[str], ReadfleetError]) -> Iterator[None]:
    """Tells what has become of a blob since it was looked at; `refused` makes an error of what is against it."""
    with blob_errors():
        try:
            yield
        except ResourceNotFoundError:
            raise DocumentChanged from None
        except HttpResponseError as error:
            if _is_refusal(error):
                raise refused(describe(error)) from None
            if isinstance(error, ResourceModifiedError):
                raise DocumentChanged from None
            raise


def _not_had(said: str) -> DownloadFailed:
    return DownloadFailed(f"The blob cannot be had as it is: {said}. Rehydrate or release it, and drop it again.")


def _stays(said: str) -> PlaceRefuses:
    return PlaceRefuses(f"The account refuses the blob: {said}. Release it, or drop it under another name.")


def _chunks(stream: Any) -> Iterator[bytes]:
    with _changes(_not_had):
        yield from stream.chunks()
