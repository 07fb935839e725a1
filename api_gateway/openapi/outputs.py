"""The part of the OpenAPI documents that is about `/operations`: results in other forms than JSON, and cancelling."""

from __future__ import annotations

from typing import Any, Final

from api_gateway.openapi.errors import OUTAGES, RETRY_AFTER, error_responses, error_schemas
from api_gateway.openapi.parameters import OPERATION_ID
from api_gateway.openapi.schema import TEXT, Schema
from read_operations.records import Output

_ERRORS: Final = OUTAGES | {404, 409}
_CANCEL_ERRORS: Final = OUTAGES | {404}
_SUMMARIES: Final = {
    Output.TEXT: "The lines in reading order; form feeds part the pages.",
    Output.HOCR: "Lines and words with their places as hOCR 1.2, in XHTML.",
    Output.ALTO: "Lines and words with their places as ALTO 4.",
}


def paths() -> dict[str, Any]:
    """A call for each form, and the one that cancels."""
    return {
        **{f"/operations/{{operationId}}/{output}": {"get": _call(output)} for output in Output if output.from_records},
        "/operations/{operationId}": {"delete": _cancel()},
    }


def schemas() -> dict[str, Schema]:
    """What the calls refer to."""
    return error_schemas(_ERRORS | _CANCEL_ERRORS)


def _call(output: Output) -> dict[str, Any]:
    found = {
        "description": "What was read.",
        "content": {output.media_type.partition(";")[0]: {"schema": TEXT}},
    }
    errors = error_responses(_ERRORS)
    errors["409"]["headers"] = {"Retry-After": RETRY_AFTER}
    return {
        "operationId": f"{output}Output",
        "summary": _SUMMARIES[output],
        "parameters": [OPERATION_ID],
        "responses": {"200": found, **errors},
    }


def _cancel() -> dict[str, Any]:
    return {
        "operationId": "cancelOperation",
        "summary": "Removes the operation, its document and its result, whether it waits, is being read or finished.",
        "parameters": [OPERATION_ID],
        "responses": {"204": {"description": "It is gone."}, **error_responses(_CANCEL_ERRORS)},
    }
