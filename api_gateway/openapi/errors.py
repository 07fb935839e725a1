"""The error answers: each status with the codes it travels with, taken from the errors themselves."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Any, Final

from api_gateway.openapi.schema import GUID, JSON, TEXT, URL, Schema, enum, object_of, ref
from read_operations import errors
from read_operations.errors import BadRequest, QuotaUsedUp, ReadfleetError

_KINDS: Final = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ReadfleetError)]
#: Answers to whatever a client gets wrong in sending a document.
REFUSALS: Final = frozenset(kind.http_status for kind in _KINDS if issubclass(kind, (BadRequest, QuotaUsedUp)))
#: May happen to every call that needs the storage.
OUTAGES: Final = frozenset({500, 503})

_DESCRIPTIONS: Final = {
    400: "The request or its document is not valid; `code` and `message` say why.",
    404: "The operation is unknown or expired, or was deleted.",
    408: "The body stopped coming, or came too slowly.",
    409: "The operation has no result: it is not finished, which Retry-After tells, or it failed.",
    415: "The content type is not supported.",
    429: "The client's quota is used up.",
    500: "Something went wrong inside the service; its log says more.",
    503: "The service cannot take the request right now.",
    504: "The document was not read in time.",
}
_WITH_RETRY_AFTER: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
RETRY_AFTER: Final = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
OPERATION_LOCATION: Final = {"description": "Where the result is, or will be.", "schema": URL}


def error_schemas(statuses: Iterable[int]) -> dict[str, Schema]:
    """The bodies of answers with these statuses."""
    return {_name(status): _body(status) for status in sorted(statuses)}


def error_responses(statuses: Iterable[int], *, located: Collection[int] = ()) -> dict[str, dict[str, Any]]:
    """The answers with these statuses, as an operation lists them; those `located` may say where the result is."""
    responses = {}
    for status in sorted(statuses):
        headers = {
            **({"Retry-After": {**RETRY_AFTER, "required": True}} if status in _WITH_RETRY_AFTER else {}),
            **({"Operation-Location": OPERATION_LOCATION} if status in located else {}),
        }
        responses[str(status)] = {
            "description": _DESCRIPTIONS.get(status) or HTTPStatus(status).description,
            **({"headers": headers} if headers else {}),
            "content": {JSON: {"schema": ref(_name(status))}},
        }
    return responses


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "") + "Body"


def _body(status: int) -> Schema:
    """Code and message at the top, as the specification has them, and in `error`, as the container does."""
    codes = enum(*sorted({kind.code for kind in _KINDS if kind.http_status == status}))
    error = {"code": codes, "message": TEXT}
    return object_of({"error": object_of(error), **error, "requestId": GUID})
