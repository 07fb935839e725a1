from __future__ import annotations

import inspect

import pytest
from openapi_schema_validator import OAS30Validator

from api_gateway.openapi.errors import OUTAGES, REFUSALS, error_responses, error_schemas
from api_gateway.wire.errors import error_body
from read_operations import errors
from read_operations.errors import ReadfleetError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ReadfleetError)]
ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"


def fits(status: int, body: object) -> bool:
    (response,) = error_responses([status]).values()
    schema = response["content"]["application/json"]["schema"]
    return bool(OAS30Validator({**schema, "components": {"schemas": error_schemas([status])}}).is_valid(body))


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_fits_the_answer_of_its_status(kind: type[ReadfleetError]) -> None:
    body = error_body(kind.code, kind().message, ID)
    assert fits(kind.http_status, body)
    assert not fits(kind.http_status, {**body, "code": "OutOfPaper"})
    assert not fits(kind.http_status, {**body, "error": {"code": kind.code}})


def test_what_a_client_may_get_wrong() -> None:
    assert {400, 408, 415} <= REFUSALS
    assert not REFUSALS & OUTAGES


def test_headers() -> None:
    responses = error_responses([404, 503, 504], located=[503, 504])
    assert "headers" not in responses["404"]
    assert responses["503"]["headers"].keys() == {"Retry-After", "Operation-Location"}
    assert responses["504"]["headers"].keys() == {"Operation-Location"}
    assert error_responses([503])["503"]["headers"].keys() == {"Retry-After"}
