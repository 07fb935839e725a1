"""The ways to send a document."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from api_gateway.openapi.schema import BINARY, JSON, URL
from read_operations.records import Format

#: Any other image type is taken, too: the format is told from the bytes.
_MEDIA_TYPES: Final = {
    Format.JPEG: "image/jpeg",
    Format.PNG: "image/png",
    Format.BMP: "image/bmp",
    Format.TIFF: "image/tiff",
    Format.PDF: "application/pdf",
}


def document_body(formats: Collection[Format]) -> dict[str, Any]:
    """The body of a call that takes a document: its bytes, a form with a file, or its address."""
    taken = [format for format in Format if format in formats]
    *others, last = (format.value.upper() for format in taken)
    file = {"type": "object", "required": ["file"], "properties": {"file": BINARY}}
    address = {"type": "object", "required": ["url"], "properties": {"url": URL}}
    return {
        "required": True,
        "description": f"A {', '.join(others)} or {last} file. Its format is told from its bytes.",
        "content": {
            # What comes first is what tools offer first.
            "application/octet-stream": {"schema": BINARY},
            **{_MEDIA_TYPES[format]: {"schema": BINARY} for format in taken},
            "multipart/form-data": {"schema": file},
            JSON: {"schema": address},
        },
    }
