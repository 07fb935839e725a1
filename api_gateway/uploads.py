"""A document on its way in: counted and looked at as it comes, never held whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Self

import anyio.to_thread

from api_gateway.dimensions import HEADER_BYTES, ImageSize, image_size
from api_gateway.pdfs.passing import PassingPdf
from api_gateway.sniffing import SNIFF_BYTES, sniff
from read_operations.errors import DocumentDamaged, DocumentTooLarge, EmptyBody, ImagesOnly, NotADocument
from read_operations.limits import check_decompression, check_sides
from read_operations.records import Format
from read_operations.settings import Settings

_PDF_START: Final = b"%PDF"
_BMP_BITS: Final = (1, 4, 8, 16, 24, 32)


class Upload:
    """A document on its way in.

    Iterating yields all of its bytes once; checks that need the whole document raise at the end.
    """

    def __init__(self, chunks: AsyncIterator[bytes], settings: Settings) -> None:
        self._chunks = chunks
        self._settings = settings
        self._held = b""
        self._image: ImageSize | None = None
        self._pdf: PassingPdf | None = None
        #: Bytes received so far.
        self.size = 0

    async def open(self, taken: frozenset[Format] = frozenset(Format)) -> Format:
        """Reads the start of the document, and tells which of the formats that are taken it has.

        Raises:
            BadRequest: it is nothing that can be read, or of a size that is not.
        """
        await self._hold(SNIFF_BYTES)
        if not self._held:
            raise EmptyBody
        format = sniff(self._held)
        if format not in taken:
            if format is None and Format.PDF in taken and self._held.startswith(_PDF_START):
                raise DocumentDamaged
            raise NotADocument if Format.PDF in taken else ImagesOnly
        if format is Format.PDF:
            self._pdf = PassingPdf()
            self._pdf.see(self._held)
        else:
            await self._check_header(format)
        return format

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._held:
            held, self._held = self._held, b""
            return held
        chunk = await self._next()
        if self._pdf is not None:
            self._pdf.see(chunk)
        if not chunk:
            await self._check_whole()
            raise StopAsyncIteration
        return chunk

    async def _check_header(self, format: Format) -> None:
        size = image_size(format, self._held)
        if size is None:
            await self._hold(HEADER_BYTES)
            size = image_size(format, self._held)
        if size is None:
            return
        check_sides(size.width, size.height, self._settings)
        if format is Format.BMP and size.bits not in _BMP_BITS:
            raise DocumentDamaged(f"The BMP image has {size.bits} bits a pixel. Save it with 24 and send that.")
        self._image = size

    async def _check_whole(self) -> None:
        if self._pdf is not None:
            # Trying a password takes milliseconds, in which others would wait.
            await anyio.to_thread.run_sync(self._pdf.check)
        if self._image is not None:
            check_decompression(self._image.decoded_bytes, self.size, self._settings, "The image")

    async def _hold(self, count: int) -> None:
        chunks = [self._held]
        held = len(self._held)
        while held < count and (chunk := await self._next()):
            chunks.append(chunk)
            held += len(chunk)
        self._held = b"".join(chunks)

    async def _next(self) -> bytes:
        """The next bytes, or none at the end."""
        chunk = await anext(self._chunks, b"")
        self.size += len(chunk)
        check_size(self.size, self._settings)
        return chunk


def check_size(size: int, settings: Settings) -> None:
    """Looks at how many bytes a document has, has so far, or is announced to have.

    Raises:
        DocumentTooLarge: more than the settings allow.
    """
    if size > settings.max_file_bytes:
        raise DocumentTooLarge(f"Input image is too large. The limit is {settings.max_file_bytes} bytes.")
