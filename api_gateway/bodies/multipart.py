"""The document in a form: the content of its first file (RFC 7578)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api_gateway.bodies.media_types import is_raw
from read_operations.errors import BadForm

#: A form may have so many bytes besides its document: other fields, and the lines around them all.
MOST_OTHER_BYTES: Final = 2**20


async def first_file(body: AsyncIterator[bytes], content_type: str) -> AsyncIterator[bytes]:
    """The content of the form's first file, piece by piece; the rest of the form is read and thrown away.

    Raises:
        BadForm: it is no form, breaks off, has no file, or much besides it.
    """
    form = _Form(content_type)
    async for chunk in body:
        if data := form.feed(chunk):
            yield data
    form.close()


class _Form:
    def __init__(self, content_type: str) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise BadForm("The content type of the form has no boundary. Let your HTTP library write this header.")
        self._parser = _parser(boundary, self)
        self._other_bytes = 0
        self._header = ("", b"")
        self._headers: dict[str, bytes] = {}
        self._found: list[bytes] = []
        self._in_file = False
        self._size = 0
        self._had_file = False
        self._ended = False

    def feed(self, chunk: bytes) -> bytes:
        """What this piece of the form has of the document."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise BadForm(
                "The form is not written as multipart/form-data has to be. Let your HTTP library write it, or send "
                "the file's bytes as application/octet-stream."
            ) from None
        data = b"".join(self._found)
        self._found.clear()
        self._size += len(data)
        self._other_bytes += len(chunk) - len(data)
        if self._other_bytes > MOST_OTHER_BYTES:
            raise BadForm(f"The form has more than {MOST_OTHER_BYTES} bytes besides its first file. Send one file.")
        return data

    def close(self) -> None:
        """Says that nothing more will come."""
        if not self._ended:
            raise BadForm("The form breaks off before its end. Send it again whole.")
        if not self._had_file:
            raise BadForm("The form has no file. Add the document as a part with a file name.")
        if not self._size:
            raise BadForm("The form's file is empty. Send the document in it.")

    def on_part_begin(self) -> None:
        self._headers = {}

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = (name + data[start:end].decode("latin-1").lower(), value)

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = (name, value + data[start:end])

    def on_header_end(self) -> None:
        name, value = self._header
        self._headers[name] = value
        self._header = ("", b"")

    def on_headers_finished(self) -> None:
        self._in_file = not self._had_file and self._is_file()
        self._had_file |= self._in_file

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._found.append(data[start:end])

    def on_part_end(self) -> None:
        self._in_file = False

    def on_end(self) -> None:
        self._ended = True

    def _is_file(self) -> bool:
        _, disposition = parse_options_header(self._headers.get("content-disposition"))
        if b"filename" in disposition:
            # Browsers send an empty name where no file was chosen.
            return bool(disposition[b"filename"])
        content_type = self._headers.get("content-type", b"").decode("latin-1")
        return bool(content_type) and is_raw(content_type)


def _parser(boundary: bytes, form: _Form) -> MultipartParser:
    try:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": form.on_part_begin,
                "on_header_field": form.on_header_field,
                "on_header_value": form.on_header_value,
                "on_header_end": form.on_header_end,
                "on_headers_finished": form.on_headers_finished,
                "on_part_data": form.on_part_data,
                "on_part_end": form.on_part_end,
                "on_end": form.on_end,
            },
        )
    except FormParserError:
        raise BadForm("The boundary of the form is too long. Let your HTTP library write it.") from None
