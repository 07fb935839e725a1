"""Reads what Helm sends in the binary form of Kubernetes: the Secrets in which it keeps its releases.

The form is that of protocol buffers; numbers of fields are those of Kubernetes' generated.proto files.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

_MAGIC: Final = b"k8s\0"
#: runtime.Unknown
_RAW: Final = 2
#: Secret
_METADATA, _DATA, _TYPE = 1, 2, 3
#: ObjectMeta
_NAMES: Final = {1: "name", 3: "namespace"}
_LABELS: Final = 11


def decode_object(message: bytes, kind: str) -> dict[str, Any]:
    """The Secret that a message holds, as JSON would have it."""
    assert kind == "Secret", f"{kind} came in binary form, of which only Secret is known"
    assert message.startswith(_MAGIC)
    raw = dict(_fields(message[len(_MAGIC) :]))[_RAW]
    metadata: dict[str, Any] = {"labels": {}}
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": {}}
    for number, value in _fields(raw):
        if number == _TYPE:
            secret["type"] = value.decode()
        elif number == _DATA:
            name, content = _entry(value)
            secret["data"][name] = base64.b64encode(content).decode()
        elif number == _METADATA:
            for inner, text in _fields(value):
                if inner in _NAMES and text:
                    metadata[_NAMES[inner]] = text.decode()
                elif inner == _LABELS:
                    name, content = _entry(text)
                    metadata["labels"][name] = content.decode()
    return secret


def _entry(message: bytes) -> tuple[str, bytes]:
    """Key and value of an entry of a map."""
    fields = dict(_fields(message))
    return fields[1].decode(), fields.get(2, b"")


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field."""
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(message):
        number, wire = divmod(varint(), 8)
        if wire == 0:
            yield number, varint()
            continue
        length = {1: 8, 5: 4}.get(wire) or varint()
        yield number, message[position : position + length]
        position += length
