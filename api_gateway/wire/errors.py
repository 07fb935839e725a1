"""The body of an error answer.

The specification has code and message at the top, the real container inside `error`, and clients exist for each. A body
with both serves all of them.
"""

from __future__ import annotations

from typing import Any


def error_body(code: str, message: str, request_id: str) -> dict[str, Any]:
    """Code and message in both places, and the id under which the log knows the request."""
    return {"error": {"code": code, "message": message}, "code": code, "message": message, "requestId": request_id}
