"""What stands in the hashes of an operation, as the records it stands for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from read_operations.records import Failure, Operation, Request, Status
from read_operations.store import DeadLetter, OpenJob

#: What makes an `Operation`: everything but the plan, which may be long.
OPERATION_FIELDS: Final = ("request", "status", "created", "updated", "total", "done", "failed", "failure")
_REQUEST: Final = TypeAdapter(Request)


def stored_operation(values: Sequence[bytes | None]) -> Operation:
    """The operation whose `OPERATION_FIELDS` have these values.

    Raises:
        ValueError: they are of another version.
    """
    request, status, created, updated, total, done, failed, failure = values
    assert request and status and created and updated
    return Operation(
        request=_REQUEST.validate_json(request),
        status=Status(status.decode()),
        created_us=int(created),
        updated_us=int(updated),
        total=int(total or 0),
        done=int(done or 0),
        failed=int(failed or 0),
        failure=_failure(failure) if failure else None,
    )


def request_text(request: Request) -> bytes:
    """A request as it is stored: JSON, without what was left at its default."""
    return _REQUEST.dump_json(request, exclude_defaults=True)


def failure_text(failure: Failure | None) -> str:
    """A failure as it is stored; empty without one."""
    return json.dumps([failure.code, failure.message]) if failure else ""


def dead_letter(page: int, entry: bytes) -> DeadLetter:
    """The entry of a page that was given up."""
    at_ms, attempts, reason = entry.split(b":", 2)
    return DeadLetter(page=page, at=int(at_ms) / 1000, attempts=int(attempts), failure=_failure(reason))


def open_job(page: int, token: str, now_ms: float) -> OpenJob:
    """The entry of a page that waits or is being worked on."""
    state, since_ms, *_ = token.split(":", 2)
    return OpenJob(page=page, token=token, started=state == "s", age_s=(now_ms - int(since_ms)) / 1000)


def _failure(text: bytes) -> Failure:
    code, message = json.loads(text)
    return Failure(code=code, message=message)
