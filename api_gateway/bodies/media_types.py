"""Which content types a document may be called."""

from __future__ import annotations

from typing import Final

JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
#: Said of bytes by clients that know no better: curl's --data-binary sends the second.
_RAW: Final = ("", "application/octet-stream", "application/x-www-form-urlencoded", "application/pdf")


def media_type(content_type: str) -> str:
    """A content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_raw(content_type: str) -> bool:
    """Whether bytes of this content type are the document itself."""
    media = media_type(content_type)
    return media in _RAW or media.startswith("image/")
