"""Errors: the body of an error answer, and why an operation failed.

The specification has code and message at the top, the real container inside `error`, and clients exist for each. A body
with both serves all of them.
"""

from __future__ import annotations

from typing import Any

from read_operations.errors import PageFailed
from read_operations.records import Failure, Operation


def error_body(code: str, message: str, request_id: str) -> dict[str, Any]:
    """Code and message in both places, and the id under which the log knows the request."""
    return {"error": {"code": code, "message": message}, "code": code, "message": message, "requestId": request_id}


def error_of(operation: Operation) -> dict[str, str]:
    """Why an operation failed."""
    return failure_json(operation.failure or Failure.of(PageFailed("The document could not be read.")))


def failure_json(failure: Failure) -> dict[str, str]:
    """Code and message, as they stand inside a result."""
    return {"code": failure.code, "message": failure.message}
