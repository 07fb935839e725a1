"""The body that names a document instead of being one: {"url": "..."}."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Final

from read_operations.errors import BadRequest, EmptyBody

#: More than any browser takes for a URL.
MOST_LINK_BYTES: Final = 64 * 1024
_EXAMPLE: Final = '{"url": "https://example.com/letter.pdf"}'


async def read_link(body: AsyncIterator[bytes]) -> str:
    """The URL in the body, unchecked.

    Raises:
        BadRequest: there is none in it.
    """
    try:
        content = json.loads(await _whole(body))
    except (ValueError, RecursionError):
        raise BadRequest(f"The request's body is not valid JSON. Send {_EXAMPLE}.") from None
    # As in the original, names match in any case.
    fields = {name.lower(): value for name, value in content.items()} if isinstance(content, dict) else {}
    match fields.get("url"):
        case str(url):
            return url
        case None:
            raise BadRequest(f"The request's body has no url. Send {_EXAMPLE}.")
        case _:
            raise BadRequest(f"The url in the request's body is no text. Send {_EXAMPLE}.")


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    held = b""
    async for chunk in body:
        held += chunk
        check_link_size(len(held))
    if not held:
        raise EmptyBody
    return held


def check_link_size(size: int) -> None:
    """Refuses what is too long to be read into memory.

    Raises:
        BadRequest: it is.
    """
    if size > MOST_LINK_BYTES:
        raise BadRequest(
            f"The request's body is longer than the {MOST_LINK_BYTES} bytes that JSON may have here. Send {_EXAMPLE}, "
            "or the file's bytes as application/octet-stream."
        )
