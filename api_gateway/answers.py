"""Answers: JSON, errors, and results that are sent as they are read from the store."""

from __future__ import annotations

import itertools
import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from api_gateway.parts import Parts
from api_gateway.surfaces import Dialect
from api_gateway.wire.errors import error_body
from api_gateway.wire.text import JSON_TYPE, dump
from read_operations.errors import QuotaUsedUp, ReadfleetError, ServiceBusy
from read_operations.records import Operation, Status
from read_operations.store import every_page

#: How soon to ask again for an operation that is not finished.
POLL_AFTER: Final = {"Retry-After": "1"}
_BUSY_AFTER: Final = {"Retry-After": "5"}
#: Bytes gathered before they are sent. A result below this is sent in one piece and with its length.
_SEND_BYTES: Final = 128 * 1024
#: Results that are put together at the same moment: a page of very many words takes 70 MiB meanwhile.
_AT_ONCE: Final = anyio.CapacityLimiter(4)


def request_id(http: HttpRequest) -> str:
    """The id of this request: in its answer's headers, in its errors and in its log lines."""
    id: str = http.state.request_id
    return id


def json_answer(body: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(dump(body), status, headers, JSON_TYPE)


def error_answer(http: HttpRequest, error: ReadfleetError, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that a client gets instead of the exception."""
    body = error_body(error.code, error.message, request_id(http))
    after = _BUSY_AFTER if isinstance(error, ServiceBusy) else {}
    if isinstance(error, QuotaUsedUp):
        after = {"Retry-After": str(max(1, math.ceil(error.wait_s)))}
    return json_answer(body, error.http_status, {**after, **(headers or {})})


async def operation_answer(http: HttpRequest, operation: Operation, parts: Parts, dialect: Dialect) -> Response:
    """The operation as it stands, with all of its pages when it succeeded.

    Raises:
        OperationNotFound: it expired a moment ago.
    """
    headers = {} if operation.status.final else POLL_AFTER

    def pieces() -> Iterator[str]:
        return dialect.operation_json(operation, every_page(parts.store, operation))

    if operation.status is not Status.SUCCEEDED:
        # It has no pages that would take memory, so it need not wait for those that do.
        return Response(await anyio.to_thread.run_sync("".join, pieces()), 200, headers, JSON_TYPE)
    return await streamed_answer(http, pieces, headers, JSON_TYPE)


async def streamed_answer(
    http: HttpRequest, pieces: Callable[[], Iterator[str]], headers: Mapping[str, str], media_type: str
) -> Response:
    """The pieces, sent as they come; what goes wrong with the first of them is raised."""
    blocks = _blocks(pieces())
    # What goes wrong from here on can still become a proper error; after the first byte it could not.
    first = await _take(blocks, 2)
    if len(first) < 2:
        return Response(b"".join(first), 200, headers, media_type)
    if http.scope["http_version"] < "1.1":
        # Chunks are not known there (RFC 9112, 6.1), so all is made twice, the first time for its length.
        length = sum([len(block) async for block in _chained(first, blocks)])
        headers = {**headers, "Content-Length": str(length)}
        blocks = _blocks(pieces())
        first = await _take(blocks, 1)
    return StreamingResponse(_chained(first, blocks), 200, headers, media_type)


def _blocks(pieces: Iterator[str]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece.encode())
        size += len(held[-1])
        if size >= _SEND_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


async def _chained(taken: list[bytes], blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while taken:
        for block in taken:
            yield block
        taken = await _take(blocks, 1)


async def _take(blocks: Iterator[bytes], count: int) -> list[bytes]:
    """The next few blocks, once it is their turn."""
    return await anyio.to_thread.run_sync(lambda: list(itertools.islice(blocks, count)), limiter=_AT_ONCE)
