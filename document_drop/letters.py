"""What was given up on the way in and out of drops: documents, events, webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import redis

from document_drop.tally import registered
from read_operations.settings import Settings
from read_operations.webhooks.outbox import Outbox

_MOST: Final = 1000
_EVENT_CHARS: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something that was given up."""

    #: Seconds since 1970.
    at: float
    #: What it is, and where it was.
    what: str
    name: str
    reason: str


def letters(client: redis.Redis, settings: Settings) -> list[Letter]:
    """The last of every drop of the fleet, newest first.

    Raises:
        StorageUnavailable: the records cannot be reached.
    """
    found = [_letter(entry, title) for title, tally in registered(client, settings) for entry in tally.letters(_MOST)]
    found += [_letter(entry, "") for entry in Outbox(client, settings).letters(_MOST)]
    return sorted(found, key=lambda letter: letter.at, reverse=True)


def dropped_as(client: redis.Redis, settings: Settings, operation: str) -> str | None:
    """The name, behind that of its drop, of a document that failed as this operation, as far as that is remembered.

    Raises:
        StorageUnavailable: the records cannot be reached.
    """
    for title, tally in registered(client, settings):
        for entry in (*tally.letters(_MOST), *tally.failures(_MOST)):
            if entry.get("operation") == operation:
                return f"{title} {entry['name']}"
    return None


def clear(client: redis.Redis, settings: Settings) -> int:
    """Empties the lists; how many there were. What was given up stays so until there is a new version of it.

    Raises:
        StorageUnavailable: the records cannot be reached.
    """
    dropped = sum(tally.clear_letters() for _, tally in registered(client, settings))
    return dropped + Outbox(client, settings).clear_letters()


def _letter(entry: dict[str, Any], title: str) -> Letter:
    if "event" in entry:
        what, name = f"event of {title}", repr(entry["event"][:_EVENT_CHARS])
    elif "url" in entry:
        # The rest of a URL may be a secret.
        what, name = "webhook", entry["url"].partition("?")[0]
    else:
        what, name = f"document of {title}", entry["name"]
    return Letter(at=entry["at"], what=what, name=name, reason=entry["reason"] or "")
