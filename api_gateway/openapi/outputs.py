"""The part of the OpenAPI documents that is about what was read in other forms than the service's JSON."""

from __future__ import annotations

from typing import Any, Final

from api_gateway.openapi.errors import OUTAGES, RETRY_AFTER, error_responses, error_schemas
from api_gateway.openapi.parameters import OPERATION_ID
from api_gateway.openapi.schema import TEXT, Schema
from api_gateway.routes.outputs import OUTPUTS
from read_operations.outputs import Output

_ERRORS: Final = OUTAGES | {404, 409}
_SUMMARIES: Final = {
    Output.TEXT: "The lines in reading order; form feeds part the pages.",
    Output.HOCR: "Lines and words with their places as hOCR 1.2, in XHTML.",
    Output.ALTO: "Lines and words with their places as ALTO 4.",
}


def paths() -> dict[str, Any]:
    """A call for each form."""
    return {f"/operations/{{operationId}}/{output}": {"get": _call(output)} for output in OUTPUTS}


def schemas() -> dict[str, Schema]:
    """What the calls refer to."""
    return error_schemas(_ERRORS)


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
