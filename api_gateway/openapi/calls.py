"""The three kinds of calls that there are in every version: submit, submit and wait, and ask for the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api_gateway.openapi.bodies import document_body
from api_gateway.openapi.errors import OPERATION_LOCATION, OUTAGES, REFUSALS, RETRY_AFTER, error_responses
from api_gateway.openapi.parameters import OPERATION_ID, query_parameters
from api_gateway.openapi.schema import JSON, ref
from api_gateway.surfaces import Dialect

#: Error answers to a submission, …
_SUBMIT: Final = REFUSALS | OUTAGES
#: … to the call that waits, as a result that is deleted meanwhile is not found any more, …
_WAIT: Final = _SUBMIT | {404, 504}
#: … and to the call for a result.
_RESULT: Final = OUTAGES | {404}
#: All of these.
CALL_ERRORS: Final = _SUBMIT | _WAIT | _RESULT


def submission(id: str, dialect: Dialect, *, result_id: str) -> dict[str, Any]:
    """The call that takes a document; the call by which its result is asked for is named by its id."""
    link = {
        "operationId": result_id,
        "parameters": {"operationId": "$response.header.apim-request-id"},
        "description": "The operation has the id of the request that began it.",
    }
    accepted = {
        "description": "Accepted.",
        "headers": {
            "Operation-Location": {**OPERATION_LOCATION, "required": True},
            "Retry-After": {**RETRY_AFTER, "required": True},
        },
        "links": {"result": link},
    }
    return {
        "operationId": id,
        "summary": "Submits a document; its result is asked for at the Operation-Location.",
        "parameters": query_parameters(dialect.parameters),
        "requestBody": document_body(dialect.formats),
        "responses": {"202": accepted, **error_responses(_SUBMIT)},
    }


def waiting(id: str, dialect: Dialect, schema: str, examples: Mapping[str, Any]) -> dict[str, Any]:
    """The call that takes a document and answers with its result."""
    finished = {
        "description": "What was read.",
        "content": {JSON: {"schema": ref(schema), "examples": examples}},
    }
    return {
        "operationId": id,
        "summary": "Reads a document and answers with its result.",
        "parameters": query_parameters(dialect.parameters),
        "requestBody": document_body(dialect.formats),
        "responses": {"200": finished, **error_responses(_WAIT, located=(503, 504))},
    }


def result(id: str, schema: str, examples: Mapping[str, Any]) -> dict[str, Any]:
    """The call for a result."""
    standing = {
        "description": "The operation. It is finished when there is no Retry-After.",
        "headers": {"Retry-After": RETRY_AFTER},
        "content": {JSON: {"schema": ref(schema), "examples": examples}},
    }
    return {
        "operationId": id,
        "summary": "The operation as it stands, with its result once it has succeeded.",
        "parameters": [OPERATION_ID],
        "responses": {"200": standing, **error_responses(_RESULT)},
    }
