"""From a request to an operation in the queue."""

from __future__ import annotations

import math

import anyio
import anyio.to_thread
from starlette.requests import Request as HttpRequest

from api_gateway.accounts import account_of
from api_gateway.incoming import incoming_document
from api_gateway.parameters import ReadParameters
from api_gateway.parts import Parts
from api_gateway.surfaces import Dialect
from read_operations import first_job
from read_operations.errors import QuotaUsedUp, ReadfleetError
from read_operations.logs import get_logger
from read_operations.room import check_room
from read_operations.store import Quota

_log = get_logger(__name__)


async def submit(http: HttpRequest, parts: Parts, dialect: Dialect, id: str, *, synchronous: bool = False) -> None:
    """Takes the document in, records the operation `id` on it, and enqueues its first job.

    When this raises, nothing is left: no document, no record.

    Raises:
        ReadfleetError: the request is refused, or cannot be taken right now.
        ClientDisconnect: the client went away before all of the document had come.
    """
    parameters = ReadParameters.parse(http.query_params.multi_items(), dialect.parameters, dialect.reading_order)
    await anyio.to_thread.run_sync(check_room, parts.store, parts.documents, parts.queue, parts.settings)
    account = account_of(http, parts.settings)
    if account is not None:
        await anyio.to_thread.run_sync(_check_quota, account, id, parts)
    async with incoming_document(http, parts) as document:
        format = await document.open(dialect.formats)
        request = parameters.request(id, format, account=account)
        await anyio.to_thread.run_sync(parts.store.expect, id)
        try:
            await parts.documents.save(id, document)
            await anyio.to_thread.run_sync(first_job.record, request, parts.store, parts.queue, parts.settings)
        except BaseException:
            await discard(id, parts)
            raise
    _log.info("accepted", operation=id, format=format.value, bytes=document.size, synchronous=synchronous)


async def remove(id: str, parts: Parts) -> None:
    """Removes the document, the record and the pages of an operation, whatever its state, as far as they are there.

    A worker that has one of its pages in hand reads it to the end, and finds that the operation is over.

    Raises:
        StorageUnavailable: a store is away. What is left can be removed by another call, or goes when it expires.
    """
    with anyio.CancelScope(shield=True):
        await anyio.to_thread.run_sync(_remove, id, parts)


async def discard(id: str, parts: Parts) -> None:
    """Removes the document and the record of an operation nobody will ask for, as far as they are there."""
    # Also when the request is being cancelled; and in one call, so that it is not cut in half.
    with anyio.CancelScope(shield=True):
        await anyio.to_thread.run_sync(_discard, id, parts)


def _check_quota(account: str, id: str, parts: Parts) -> None:
    """Counts the request, or refuses it.

    Raises:
        QuotaUsedUp: the client has sent as much as it may.
    """
    refusal = parts.store.admit(account, id)
    if refusal is None:
        return
    settings = parts.settings
    most = settings.quota_requests if refusal.quota is Quota.REQUESTS else settings.quota_pages
    what = "documents" if refusal.quota is Quota.REQUESTS else "pages"
    wait_s = max(1, math.ceil(refusal.wait_s))
    raise QuotaUsedUp(
        f"Requests have exceeded the quota of this client: {most} {what} in {settings.quota_window_s:g} s. "
        f"Try again after {wait_s} s, or ask whoever runs the service for more.",
        wait_s=wait_s,
    )


def _discard(id: str, parts: Parts) -> None:
    try:
        _remove(id, parts)
    except ReadfleetError as error:
        # It was announced with `expect`, so it goes when its time is over.
        _log.warning("leftovers remain until they expire", operation=id, reason=str(error))


def _remove(id: str, parts: Parts) -> None:
    # The record last: by it, what is left is found.
    parts.documents.delete(id)
    parts.store.delete(id)
