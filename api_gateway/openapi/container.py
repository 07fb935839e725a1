"""The part of the OpenAPI documents that is about the container: how it is, and how much it has read."""

from __future__ import annotations

from typing import Any, Final

from api_gateway.openapi.errors import OUTAGES, error_responses, error_schemas
from api_gateway.openapi.schema import COUNT, JSON, TEXT, Schema, array, enum, object_of, ref
from api_gateway.wire.container import SERVICE

_SERVICE: Final = enum(SERVICE)
_HEALTH: Final = ["Health"]
_USAGE: Final = ["Usage"]
#: Error answers to a question for a month.
_OF_MONTH: Final = OUTAGES | {400}


def paths() -> dict[str, Any]:
    """Every call that is of no version."""
    return {
        "/": {"get": _call("home", _HEALTH, "A page for people.", {"text/html": {"schema": TEXT}})},
        "/ready": {"get": _ready()},
        "/status": {"get": _call("status", _HEALTH, "The key's standing: there is none to check.", _json("Status"))},
        "/ContainerLiveness": {
            "get": _call(
                "containerLiveness",
                _HEALTH,
                "Answers while the process lives.",
                {"text/plain": {"schema": enum("Healthy")}},
            )
        },
        "/metrics": {"get": _metrics()},
        "/records/usage-logs": {"get": _usage("usageLogs", "Pages read since the beginning.", [])},
        "/records/usage-logs/{month}/{year}": {
            "get": _usage(
                "usageLogsOfMonth",
                "Pages read by operations that finished in a month, by UTC.",
                [_number("month", 1, 12), _number("year", 1970, 9999)],
            )
        },
    }


def schemas() -> dict[str, Schema]:
    """What the calls refer to."""
    return {
        "Ready": object_of({"service": _SERVICE, "ready": enum("ready"), "message": TEXT}),
        "NotReady": object_of({"service": _SERVICE, "ready": enum("notReady"), "message": TEXT}),
        "Status": object_of({"service": _SERVICE, "apiStatus": enum("Valid"), "apiStatusMessage": TEXT}),
        "Usage": object_of(
            {
                "apiType": enum("read"),
                "serviceName": _SERVICE,
                "meters": array(object_of({"name": enum("Pages"), "quantity": COUNT}), minItems=1, maxItems=1),
            }
        ),
        **error_schemas(_OF_MONTH),
    }


def _call(id: str, tags: list[str], summary: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": tags,
        "operationId": id,
        "summary": summary,
        "responses": {"200": {"description": "As it should be.", "content": content}},
    }


def _ready() -> dict[str, Any]:
    call = _call("ready", _HEALTH, "Whether a page can be read now.", _json("Ready"))
    lacking = {
        "description": "No page can be read now; the message says what is missing.",
        "content": _json("NotReady"),
    }
    return {**call, "responses": {**call["responses"], "503": lacking}}


def _metrics() -> dict[str, Any]:
    content = {"text/plain": {"schema": TEXT}, "application/openmetrics-text": {"schema": TEXT}}
    call = _call("metrics", _HEALTH, "Metrics for Prometheus.", content)
    elsewhere = {"description": "Metrics are off, at a port of their own, or were asked for through a proxy."}
    return {**call, "responses": {**call["responses"], "404": elsewhere}}


def _usage(id: str, summary: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    call = _call(id, _USAGE, summary, _json("Usage"))
    errors = error_responses(_OF_MONTH if parameters else OUTAGES)
    return {**call, "parameters": parameters, "responses": {**call["responses"], **errors}}


def _number(name: str, least: int, most: int) -> dict[str, Any]:
    schema = {"type": "integer", "format": "int32", "minimum": least, "maximum": most}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _json(name: str) -> dict[str, Any]:
    return {JSON: {"schema": ref(name)}}
