"""From a request to the document it brings, by its content type."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from api_gateway.bodies.link import check_link_size, read_link
from api_gateway.bodies.media_types import FORM, JSON, is_raw, media_type
from api_gateway.bodies.multipart import MOST_OTHER_BYTES, first_file
from api_gateway.bodies.raw import raw_body
from api_gateway.parts import Parts
from api_gateway.uploads import Upload, check_size
from read_operations.errors import EmptyBody, ServiceBusy, UnsupportedMediaType

#: Characters of a client's own header that are quoted back to it.
_QUOTED_CHARS: Final = 80


@contextlib.asynccontextmanager
async def incoming_document(http: HttpRequest, parts: Parts) -> AsyncIterator[Upload]:
    """The document: the body itself, a form's first file, or what the URL in the body leads to.

    Refuses what the headers alone give away before a byte is read.

    Raises:
        ReadfleetError: there is no document, or it cannot be had.
        ClientDisconnect: the client went away.
    """
    content_type = http.headers.get("content-type", "")
    announced = _announced_size(http.headers)
    body = raw_body(http.receive, parts)
    media = media_type(content_type)
    if media == JSON:
        check_link_size(announced)
        async with parts.downloader.open(await read_link(body), partial(_check_wanted, http, parts)) as chunks:
            yield Upload(chunks, parts.settings)
    elif media == FORM:
        check_size(announced - MOST_OTHER_BYTES, parts.settings)
        yield Upload(first_file(body, content_type), parts.settings)
    elif is_raw(content_type):
        check_size(announced, parts.settings)
        yield Upload(body, parts.settings)
    else:
        raise UnsupportedMediaType(
            f"The content type {media[:_QUOTED_CHARS]} is not supported. "
            "Send the file's bytes as application/octet-stream."
        )


async def _check_wanted(http: HttpRequest, parts: Parts) -> None:
    if parts.stopping.soon:
        raise ServiceBusy
    if await http.is_disconnected():
        raise ClientDisconnect


def _announced_size(headers: Headers) -> int:
    """What the length says; 0 where a body comes without one."""
    announced = headers.get("content-length", "")
    if not announced.isdecimal():
        return 0
    if int(announced) == 0:
        raise EmptyBody
    return int(announced)
