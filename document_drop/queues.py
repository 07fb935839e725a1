"""The drop's queues in Azure Storage: events that come in, notices that go out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.exceptions import (
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.storage.queue import QueueClient, QueueMessage, TextBase64EncodePolicy

from document_drop.claims import Claim
from document_drop.events import Event, Garbage, blobs_named
from document_drop.notices import finished
from document_drop.place import Mark
from read_operations.blob_account import blob_errors, find_or_make
from read_operations.errors import StorageMisconfigured
from read_operations.settings import Settings

#: Known to older emulators and Azure Stack Hub, too.
_API_VERSION: Final = "2021-02-12"
_OPTIONS: Final[dict[str, Any]] = {
    "api_version": _API_VERSION,
    "retry_total": 2,
    "initial_backoff": 0,
    "increment_base": 2,
    "connection_timeout": 5,
    "read_timeout": 15,
}
#: A message that was not deleted comes again after so long. What it tells of is found sooner without it.
_HIDDEN_S: Final = 300
_MOST_AT_ONCE: Final = 32


class EventQueue:
    """See `EventSource`: the queue of events about the container that is watched."""

    def __init__(self, settings: Settings, name: str) -> None:
        assert settings.drop_container
        self._container = settings.drop_container
        self._prefix = settings.drop_prefix
        self._opened = contextlib.ExitStack()
        self._queue = self._opened.enter_context(_client(settings, name))

    def check(self) -> None:
        """Finds out whether the queue can be used, and makes it if it is missing.

        Raises:
            StorageMisconfigured: trying again would not help.
        """
        _check(self._queue)

    def receive(self, most: int) -> list[Event]:
        """See `EventSource.receive`."""
        most = min(most, _MOST_AT_ONCE)
        with blob_errors():
            pages = self._queue.receive_messages(messages_per_page=most, visibility_timeout=_HIDDEN_S).by_page()
            return [self._event(message) for message in next(pages, ())]

    def delete(self, event: Event) -> None:
        """See `EventSource.delete`."""
        with blob_errors(), contextlib.suppress(ResourceNotFoundError):
            try:
                self._queue.delete_message(event.receipt)
            except HttpResponseError as error:
                if error.status_code != 400:  # PopReceiptMismatch
                    raise

    def close(self) -> None:
        """Ends connections."""
        self._opened.close()

    def _event(self, message: QueueMessage) -> Event:
        text = str(message.content)
        seen = message.dequeue_count or 1
        try:
            blobs = blobs_named(text, self._container)
        except Garbage as error:
            return Event(text=text, garbage=str(error), times_seen=seen, receipt=message)
        names = tuple(blob[len(self._prefix) :] for blob in blobs if blob.startswith(self._prefix))
        return Event(text=text, names=names, times_seen=seen, receipt=message)


class QueueNotices:
    """Sends a CloudEvent for each finished document."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._opened = contextlib.ExitStack()
        self._queue = self._opened.enter_context(
            _client(settings, name, message_encode_policy=TextBase64EncodePolicy())
        )
        self._settings = settings

    def check(self) -> None:
        """See `EventQueue.check`."""
        _check(self._queue)

    def tell(self, claim: Claim, mark: Mark, result: str) -> None:
        """Sends the notice; `result` is the name of the JSON that was written."""
        with blob_errors():
            self._queue.send_message(finished(claim, mark, result, self._settings))

    def close(self) -> None:
        """Ends connections."""
        self._opened.close()


@contextlib.contextmanager
def _client(settings: Settings, name: str, **options: Any) -> Iterator[QueueClient]:
    options = {**_OPTIONS, **options}
    url = settings.azure_storage_account_url
    string = settings.azure_queue_connection_string or settings.azure_storage_connection_string
    with contextlib.ExitStack() as stack:
        if string:
            try:
                client = QueueClient.from_connection_string(string.get_secret_value(), name, **options)
            except ValueError:
                # Neither the value nor what the library says of it: both may hold the key.
                raise StorageMisconfigured(
                    "READFLEET_AZURE_QUEUE_CONNECTION_STRING, or the one of the containers, is no connection string "
                    "for queues. Copy it whole from the access keys of the storage account."
                ) from None
        elif url:
            text = url.get_secret_value().replace(".blob.", ".queue.", 1)
            if "sig=" not in urlsplit(text).query:
                from azure.identity import DefaultAzureCredential

                options["credential"] = stack.enter_context(DefaultAzureCredential())
            client = QueueClient(text, name, **options)
        else:
            raise StorageMisconfigured(
                f"The queue {name} needs its account: set READFLEET_AZURE_QUEUE_CONNECTION_STRING."
            )
        yield stack.enter_context(client)


def _check(queue: QueueClient) -> None:
    find_or_make(
        queue.queue_name,
        queue.get_queue_properties,
        queue.create_queue,
        lambda said: f"Azure refuses the queue {queue.queue_name}: {said}. Correct its name or its account.",
    )
