"""Building blocks of JSON schemas, in the dialect of OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = dict[str, Any]

#: Key of a JSON body under `content`.
JSON: Final = "application/json"

TEXT: Final[Schema] = {"type": "string"}
GUID: Final[Schema] = {"type": "string", "format": "uuid"}
URL: Final[Schema] = {"type": "string", "format": "uri"}
BINARY: Final[Schema] = {"type": "string", "format": "binary"}
COUNT: Final[Schema] = {"type": "integer", "format": "int64", "minimum": 0}
NUMBER: Final[Schema] = {"type": "number", "format": "double"}


def ref(name: str) -> Schema:
    """A schema that is described once, under `components`."""
    return {"$ref": f"#/components/schemas/{name}"}


def enum(*values: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(values)}


def array(items: Schema, **limits: int) -> Schema:
    """A list of such items."""
    return {"type": "array", "items": items, **limits}


def object_of(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these members and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def one_of(member: str, **schemas: str) -> Schema:
    """One of these schemas; which, is told by the word in a member."""
    mapping = {word: ref(name)["$ref"] for word, name in schemas.items()}
    return {
        "oneOf": [ref(name) for name in dict.fromkeys(schemas.values())],
        "discriminator": {"propertyName": member, "mapping": mapping},
    }
