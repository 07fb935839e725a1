"""The body of a read call: read as it comes, counted and looked at, never held whole."""

from __future__ import annotations

from typing import Final, Self

import anyio
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from api_gateway.dimensions import HEADER_BYTES, image_size
from api_gateway.parts import Parts
from api_gateway.sniffing import SNIFF_BYTES, sniff
from read_operations.errors import (
    DocumentTooLarge,
    EmptyBody,
    NotADocument,
    ServiceBusy,
    UnsupportedMediaType,
    UploadStalled,
    UrlNotSupported,
)
from read_operations.limits import check_sides
from read_operations.records import Format

#: Said of bytes by clients that know no better: curl's --data-binary sends the second.
_RAW_TYPES: Final = ("", "application/octet-stream", "application/x-www-form-urlencoded", "application/pdf")
#: A body that comes slower, over all, is given up: it would hold its connection for ever.
_LEAST_BYTES_PER_S: Final = 1000
#: Characters of a client's own header that are quoted back to it.
_QUOTED_CHARS: Final = 80


class Upload:
    """A document on its way in; iterating gives all of its bytes, once."""

    def __init__(self, receive: Receive, headers: Headers, parts: Parts) -> None:
        self._receive = receive
        self._headers = headers
        self._settings = parts.settings
        self._stopping = parts.stopping
        self._idle_s = parts.upload_idle_s
        self._held = b""
        self._ended = False
        self._started = anyio.current_time()
        #: Bytes received so far.
        self.size = 0

    def check_headers(self) -> None:
        """Refuses what its headers alone give away, before a byte is read.

        Raises:
            BadRequest: the content type is of no use, or the length that is announced.
        """
        _check_content_type(self._headers.get("content-type", ""))
        announced = self._headers.get("content-length", "")
        if announced.isdecimal():
            if int(announced) == 0:
                raise EmptyBody
            self._check_size(int(announced))

    async def open(self) -> Format:
        """Reads the start of the document, and tells what it is.

        Raises:
            BadRequest: it is nothing that can be read, or of a size that is not.
        """
        await self._hold(SNIFF_BYTES)
        if not self._held:
            raise EmptyBody
        format = sniff(self._held)
        if format is None:
            raise NotADocument
        if format is not Format.PDF:
            await self._check_sides(format)
        return format

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._held:
            held, self._held = self._held, b""
            return held
        chunk = await self._next()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def _check_sides(self, format: Format) -> None:
        size = image_size(format, self._held)
        if size is None:
            await self._hold(HEADER_BYTES)
            size = image_size(format, self._held)
        if size is not None:
            check_sides(*size, self._settings)

    async def _hold(self, count: int) -> None:
        chunks = [self._held]
        held = len(self._held)
        while held < count and (chunk := await self._next()):
            chunks.append(chunk)
            held += len(chunk)
        self._held = b"".join(chunks)

    async def _next(self) -> bytes:
        """The next bytes, or none at the end."""
        while not self._ended:
            if self._stopping.soon:
                raise ServiceBusy
            message: Message | None = None
            with anyio.move_on_after(self._idle_s):
                message = await self._receive()
            if message is None:
                raise UploadStalled(f"Nothing came of the request's body for {self._idle_s:g} s. Send it again.")
            if anyio.current_time() - self._started > self._idle_s + self.size / _LEAST_BYTES_PER_S:
                raise UploadStalled(f"The body came slower than {_LEAST_BYTES_PER_S} bytes a second. Send it again.")
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._ended = not message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            self.size += len(chunk)
            self._check_size(self.size)
            if chunk:
                return chunk
        return b""

    def _check_size(self, size: int) -> None:
        if size > self._settings.max_file_bytes:
            raise DocumentTooLarge(f"Input image is too large. The limit is {self._settings.max_file_bytes} bytes.")


def _check_content_type(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        raise UrlNotSupported
    if media_type not in _RAW_TYPES and not media_type.startswith("image/"):
        raise UnsupportedMediaType(
            f"The content type {media_type[:_QUOTED_CHARS]} is not supported. "
            "Send the file's bytes as application/octet-stream."
        )
