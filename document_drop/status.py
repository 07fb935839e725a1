"""How the drop stands, for people: `readfleet drop status`."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any, Final

from document_drop.claims import Claims, Stage
from document_drop.letters import letters
from document_drop.places import drop_place
from document_drop.tally import Tally
from read_operations.printable import printable
from read_operations.redis_client import connect
from read_operations.settings import Settings
from read_operations.webhooks.outbox import Outbox

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
        tally = Tally(client, place.id, settings)
        counts = tally.counts()
        yield f"Drop {place.title}"
        reading = sum(claim.stage is Stage.RECORDED for claim in open_claims)
        since = time.time() - min((claim.since for claim in open_claims), default=time.time())
        longest = f", the longest for {dt.timedelta(seconds=round(max(0, since)))}" if open_claims else ""
        yield f"  on their way   {len(open_claims)}, {reading} of them being read{longest}"
        for name in ("succeeded", "failed", "skipped", "dead"):
            yield f"  {name:<13}  {counts.get(name, 0)}"
        yield f"  bytes taken    {counts.get('bytes', 0)}"
        yield f"  bytes written  {counts.get('written', 0)}"
        yield f"  webhooks       {Outbox(client, settings).waiting()} waiting"
        yield from _failures(tally.failures(_SHOWN))
        given_up = letters(client, settings)
        if given_up:
            yield f"Dead letters: {len(given_up)}; `readfleet dead-letters list` shows them"


def _failures(entries: list[dict[str, Any]]) -> Iterator[str]:
    if entries:
        yield "Last failures:"
    for entry in entries:
        at = dt.datetime.fromtimestamp(entry["at"], dt.UTC)
        yield printable(f"  {at:%Y-%m-%d %H:%M:%S}Z  {entry['name']}  {entry.get('reason') or ''}")
