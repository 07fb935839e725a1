"""All OpenAPI documents: of each version of the API, of what came before it, of other results, and of the container."""

from __future__ import annotations

from typing import Any, Final

from api_gateway.openapi import container, older, outputs, reading
from api_gateway.openapi.schema import GUID
from api_gateway.surfaces import SURFACES, Surface
from read_operations.version import __version__

#: The container of 2.0 was a preview, and its document is called so.
_NAMES: Final = {"v2.0": "v2.0-preview"}
#: From a document at <any prefix>/swagger/<name>/swagger.json to the prefix.
_SERVER: Final = "../.."
#: In every answer.
_IDS: Final = {
    "apim-request-id": {
        "required": True,
        "description": "The request's id; of a submission the operation's.",
        "schema": GUID,
    },
    "x-ms-client-request-id": {"description": "What the request had under this name.", "schema": {"type": "string"}},
}


def documents() -> dict[str, dict[str, Any]]:
    """The documents by their names, in the order in which they are offered."""
    return {
        **{
            name_of(surface): _document(f"Read {surface.version}", reading.paths(surface), reading.schemas(surface))
            for surface in SURFACES
        },
        "older": _document("Calls before Read", older.paths(), older.schemas()),
        "outputs": _document("Operations: other forms of results, and cancelling", outputs.paths(), outputs.schemas()),
        "container": _document("Container", container.paths(), container.schemas()),
    }


def name_of(surface: Surface) -> str:
    """The name of a version's document."""
    return f"vision-{_NAMES.get(surface.version, surface.version)}-read"


def _document(title: str, paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": __version__},
        "servers": [{"url": _SERVER}],
        "paths": {path: {method: _with_ids(call) for method, call in item.items()} for path, item in paths.items()},
        "components": {"schemas": schemas},
    }


def _with_ids(call: dict[str, Any]) -> dict[str, Any]:
    answers = call["responses"].items()
    return {
        **call,
        "responses": {
            status: {**answer, "headers": {**answer.get("headers", {}), **_IDS}} for status, answer in answers
        },
    }
