"""The way to a storage account of Azure: by connection string, by signed URL, or by the machine's own identity."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob import ContainerClient
from azure.storage.blob.aio import ContainerClient as AsyncContainerClient

from read_operations.errors import StorageMisconfigured, StorageUnavailable
from read_operations.logs import get_logger
from read_operations.settings import Settings

_log = get_logger(__name__)

#: Everything used here is in it, and older emulators and Azure Stack Hub know it, too.
_API_VERSION: Final = "2021-12-02"
#: Bytes asked for at once.
_RANGE_BYTES: Final = 4 * 2**20
#: Three tries, about 2 and 4 seconds apart: a dead account is given up after 6 s, a silent one after 50 s.
_RETRIES: Final = {"retry_total": 2, "initial_backoff": 0, "increment_base": 2, "random_jitter_range": 1}
_TIMEOUTS: Final = {"connection_timeout": 5, "read_timeout": 15}
#: Said by a service that is busy, or has a container between two states. Other refusals do not pass by waiting.
_PASSING: Final = (408, 409, 429)


class BlobTrouble(Exception):
    """What the service or the network said, without the secrets that may have been part of it."""


class BlobAccount:
    """Opens clients for one container, by default that of the documents, as the settings say.

    Raises:
        StorageMisconfigured: the account URL is none. A connection string is looked at when a client is opened.
    """

    def __init__(self, settings: Settings, container: str | None = None) -> None:
        self._string = settings.azure_storage_connection_string
        self._url = settings.azure_storage_account_url
        self._container = container or settings.documents_container
        if self._url:
            _check_url(self._url.get_secret_value())

    @contextlib.contextmanager
    def open(self, **options: Any) -> Iterator[ContainerClient]:
        """A client for threads."""
        with contextlib.ExitStack() as stack:
            if self._uses_identity:
                from azure.identity import DefaultAzureCredential

                options["credential"] = stack.enter_context(DefaultAzureCredential())
            yield stack.enter_context(self._client(ContainerClient, options))

    @contextlib.asynccontextmanager
    async def open_async(self) -> AsyncIterator[AsyncContainerClient]:
        """A client for the running event loop."""
        async with contextlib.AsyncExitStack() as stack:
            options: dict[str, Any] = {}
            if self._uses_identity:
                from azure.identity.aio import DefaultAzureCredential

                options["credential"] = await stack.enter_async_context(DefaultAzureCredential())
            yield await stack.enter_async_context(self._client(AsyncContainerClient, options))

    @property
    def credential(self) -> str:
        """What proves who we are, by the name of its setting."""
        if self._url is None:
            return "READFLEET_AZURE_STORAGE_CONNECTION_STRING"
        what = "the identity of this process" if self._uses_identity else "the signature"
        return f"{what} at READFLEET_AZURE_STORAGE_ACCOUNT_URL"

    @property
    def _uses_identity(self) -> bool:
        return self._url is not None and not _is_signed(self._url.get_secret_value())

    def _client(self, kind: Any, options: dict[str, Any]) -> Any:
        options = {
            "api_version": _API_VERSION,
            "max_single_get_size": _RANGE_BYTES,
            "max_chunk_get_size": _RANGE_BYTES,
            **_RETRIES,
            **_TIMEOUTS,
            **options,
        }
        if self._url:
            return kind(self._url.get_secret_value(), self._container, **options)
        assert self._string
        try:
            return kind.from_connection_string(self._string.get_secret_value(), self._container, **options)
        except ValueError:
            # Neither the value nor what the library says of it: both may hold the key.
            raise StorageMisconfigured(
                "READFLEET_AZURE_STORAGE_CONNECTION_STRING is no connection string. Copy it whole from the access keys "
                "of the storage account."
            ) from None


@contextlib.contextmanager
def blob_errors() -> Iterator[None]:
    """Turns what the Azure client raises into `StorageUnavailable`, and leaves secrets behind."""
    try:
        yield
    except AzureError as error:
        raise StorageUnavailable from BlobTrouble(describe(error))


def find_or_make(
    name: str, find: Callable[[], object], make: Callable[[], object], complaint: Callable[[str], str]
) -> None:
    """Finds out whether a container or a queue can be used, and makes it if it is missing; an outage is only logged.

    Args:
        name: for the log.
        find: asks for it.
        make: makes it.
        complaint: a sentence of what the service says against it.

    Raises:
        StorageMisconfigured: with that sentence; trying again would not help.
    """
    try:
        try:
            find()
        except ResourceNotFoundError:
            with contextlib.suppress(ResourceExistsError):
                make()
                _log.info("created in Azure", what=name)
    except AzureError as error:
        if isinstance(error, ClientAuthenticationError) or _stays(error):
            raise StorageMisconfigured(complaint(describe(error))) from None
        _log.warning("Azure cannot be reached yet", what=name, reason=describe(error))


def _stays(error: AzureError) -> bool:
    status = error.status_code if isinstance(error, HttpResponseError) else None
    return status is not None and 400 <= status < 500 and status not in _PASSING


def describe(error: AzureError) -> str:
    """What went wrong, in a line that may be logged."""
    if isinstance(error, HttpResponseError) and error.status_code:
        return f"{error_code(error) or error.reason} (HTTP {error.status_code})"
    # The query of a URL is where a signature is.
    return re.sub(r"\?\S*", "?…", str(error.message).partition("\n")[0])


def error_code(error: AzureError) -> str | None:
    """The service's own name for what went wrong, where it gave one."""
    code = getattr(error, "error_code", None)
    # An enumeration where the library knows it.
    return None if code is None else str(getattr(code, "value", code))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StorageMisconfigured(
            "READFLEET_AZURE_STORAGE_ACCOUNT_URL is no URL of an account. Write https://ACCOUNT.blob.core.windows.net, "
            "with a shared access signature behind it if there is one."
        )
    if parts.scheme == "http" and not _is_signed(url):
        raise StorageMisconfigured(
            "READFLEET_AZURE_STORAGE_ACCOUNT_URL begins with http. Tokens of an identity are sent over https only: "
            "write https, or add a shared access signature."
        )


def _is_signed(url: str) -> bool:
    return "sig=" in urlsplit(url).query
