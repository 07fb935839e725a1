"""What a message says that Azure sends when a blob appears: in the schema of Event Grid, or as a CloudEvent.

Nothing in it is believed but the name, and that only as a hint where to look.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final, Protocol

_BLOB_CREATED: Final = "Microsoft.Storage.BlobCreated"
_CONTAINERS: Final = "/blobServices/default/containers/"
_BLOBS: Final = "/blobs/"


class Garbage(Exception):
    """The message is none of an event; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A message as it was received."""

    text: str
    #: The documents it tells of.
    names: tuple[str, ...] = ()
    #: Why it is none, if it is none.
    garbage: str | None = None
    #: How often it was received, this time included.
    times_seen: int = 1
    #: What the queue knows it by.
    receipt: Any = None


class EventSource(Protocol):
    """Where events come from."""

    def receive(self, most: int) -> list[Event]:
        """Some events, which are hidden from others for a while, and come again unless they are deleted."""
        ...

    def delete(self, event: Event) -> None:
        """Deletes an event, unless another has received it since."""
        ...


def blobs_named(text: str, container: str) -> list[str]:
    """The blobs of a container that a message says have appeared; none where it is about something else.

    Args:
        text: JSON, of one event or a list of them, or that in base64.
        container: its name.

    Raises:
        Garbage: it is nothing of that kind.
    """
    try:
        content = json.loads(_decoded(text))
    except (ValueError, RecursionError) as error:
        raise Garbage("it is no JSON") from error
    events = content if isinstance(content, list) else [content]
    names = [_blob(event, container) for event in events]
    return list(dict.fromkeys(name for name in names if name))


def _decoded(text: str) -> str:
    plain = text.strip().removeprefix("\ufeff")
    if plain.startswith(("{", "[")):
        return plain
    try:
        return base64.b64decode(plain, validate=True).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Garbage("it is neither JSON nor base64") from error


def _blob(event: Any, container: str) -> str | None:
    if not isinstance(event, dict):
        raise Garbage("an event is an object")
    kind = event.get("type" if "specversion" in event else "eventType")
    subject = event.get("subject")
    if not isinstance(kind, str):
        raise Garbage("it has neither type nor eventType")
    if kind != _BLOB_CREATED:
        return None
    if not isinstance(subject, str) or not subject.startswith(_CONTAINERS) or _BLOBS not in subject:
        raise Garbage("its subject names no blob")
    where, _, name = subject.removeprefix(_CONTAINERS).partition(_BLOBS)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise Garbage("its subject is no text") from error
    return name if where == container else None
