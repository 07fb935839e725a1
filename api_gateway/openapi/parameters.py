"""The parameters of the read calls, each under its name in lower case."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from api_gateway.openapi.schema import GUID, array, enum
from api_gateway.parameters import MODES
from read_operations.languages import CODES
from read_operations.records import ReadingOrder

_PAGE: Final = r"[1-9]\d{0,19}"
_MODEL_VERSION: Final = {"type": "string", "pattern": r"^(latest|\d{4}-\d{2}-\d{2})(-preview)?$"}

_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "language": {
        "name": "language",
        "description": "The document's language; given back. Workers that are kept for it, if any, read the pages.",
        "schema": enum(*CODES),
    },
    "pages": {
        "name": "pages",
        "description": "Pages and ranges of a PDF or TIFF: `3`, `3-6`, `5-` (to the end), `-4` (from the start). "
        "All when missing.",
        "style": "form",
        "explode": False,
        "schema": array({"type": "string", "pattern": f"^({_PAGE}|{_PAGE}-{_PAGE}|{_PAGE}-|-{_PAGE})$"}, minItems=1),
    },
    "readingorder": {
        "name": "readingOrder",
        "description": "`basic`: rows from the top, each from the left. `natural`: columns kept together.",
        "schema": {**enum(*(order.value for order in ReadingOrder)), "default": ReadingOrder.BASIC.value},
    },
    "model-version": {
        "name": "model-version",
        "description": "Taken and ignored.",
        "schema": {**_MODEL_VERSION, "default": "latest"},
    },
    "modelversion": {
        "name": "modelVersion",
        "description": "As an early specification spelled `model-version`.",
        "deprecated": True,
        "schema": _MODEL_VERSION,
    },
    "mode": {
        "name": "mode",
        "description": "Taken and ignored: print and handwriting are both read.",
        "schema": enum(*MODES),
    },
}
#: In the path of a result.
OPERATION_ID: Final[dict[str, Any]] = {
    "name": "operationId",
    "in": "path",
    "required": True,
    "description": "The end of the `Operation-Location`.",
    "schema": GUID,
}


def query_parameters(known: Collection[str]) -> list[dict[str, Any]]:
    """The query parameters that a version knows, by their names in lower case."""
    unknown = set(known) - _PARAMETERS.keys()
    if unknown:
        raise ValueError(f"not described: {', '.join(sorted(unknown))}")
    return [{**parameter, "in": "query"} for name, parameter in _PARAMETERS.items() if name in known]
