"""The part of an OpenAPI document that is about one version of the Read API."""

from __future__ import annotations

from typing import Any

from api_gateway.openapi import calls, results
from api_gateway.openapi.errors import error_schemas
from api_gateway.openapi.examples import finished_examples, operation_examples
from api_gateway.openapi.schema import Schema
from api_gateway.surfaces import Surface


def paths(surface: Surface) -> dict[str, Any]:
    """Every call of the version."""
    submit = calls.submission(_name(surface.submit), surface, result_id=_name(surface.results[0]))
    wait = calls.waiting(_name(surface.submit_and_wait), surface, "FinishedOperation", finished_examples(surface))
    return {
        surface.submit: {"post": {"tags": ["Read"], **submit}},
        surface.submit_and_wait: {"post": {"tags": ["Read"], **wait}},
        **{
            f"{path}/{{operationId}}": {
                "get": {"tags": ["Read"], **calls.result(_name(path), "Operation", operation_examples(surface))}
            }
            for path in surface.results
        },
    }


def schemas(surface: Surface) -> dict[str, Schema]:
    """What the calls refer to."""
    version = surface.wire_version
    return {**(results.v3(version) if version else results.v2()), **error_schemas(calls.CALL_ERRORS)}


def _name(path: str) -> str:
    last = path.rpartition("/")[2]
    return last[0].lower() + last[1:]
