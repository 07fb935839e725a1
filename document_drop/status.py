"""How the drop stands, for people: `readfleet drop status`."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from document_drop.claims import Claims, Stage
from document_drop.places import drop_place
from read_operations.redis_store import connect
from read_operations.settings import Settings

_SHOWN: Final = 10


def report(settings: Settings) -> Iterator[str]:
    """The lines of the report.

    Raises:
        StorageMisconfigured: there is no drop.
        StorageUnavailable: the records cannot be reached.
    """
    with contextlib.closing(drop_place(settings)) as place, contextlib.closing(connect(settings)) as client:
        place.check()
        claims = Claims(client, place.id, settings)
        open_claims = list(claims.all())
        counts = claims.counts()
        yield f"Drop {place.title}"
        reading = sum(claim.stage is Stage.RECORDED for claim in open_claims)
        yield f"  on their way  {len(open_claims)}, {reading} of them being read"
        for name in ("succeeded", "failed", "skipped", "dead"):
            yield f"  {name:<12}  {counts.get(name, 0)}"
        yield f"  bytes taken   {counts.get('bytes', 0)}"
        yield from _entries("Last failures", claims.failures(_SHOWN))
        yield from _entries("Dead letters", claims.letters(_SHOWN))


def _entries(title: str, entries: list[dict[str, Any]]) -> Iterator[str]:
    if entries:
        yield f"{title}:"
    for entry in entries:
        at = dt.datetime.fromtimestamp(entry["at"], dt.UTC)
        what = entry.get("name") or f"event {entry.get('event', '')[:80]!r}"
        # A name may hold anything, also what a terminal obeys.
        shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in what)
        yield f"  {at:%Y-%m-%d %H:%M:%S}Z  {shown}  {entry.get('reason') or ''}"
