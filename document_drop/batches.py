"""How the documents of each prefix stand: counted while the drop is looked through, written among the results."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from document_drop.names import MANIFEST, prefix_of
from document_drop.place import DropPlace, Found, PlaceRefuses, Standing
from read_operations.logs import get_logger

_log = get_logger(__name__)

_WAITING: Final = "waiting"


class Batches:
    """Counts through one look after the other, and writes what has changed since the last."""

    def __init__(self, place: DropPlace) -> None:
        self._place = place
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._written: dict[str, Counter[str]] = {}
        self._refused: dict[str, Counter[str]] = {}

    def begin(self) -> None:
        """Begins a look; what an earlier one counted that was broken off is forgotten."""
        self._counts = defaultdict(Counter)

    def count(self, found: Found) -> None:
        """Takes in a document that was looked at."""
        self._counts[prefix_of(found.name)][found.standing or _WAITING] += 1

    def finish(self, departed: Iterable[tuple[str, Standing, int]]) -> Counter[str]:
        """Ends a look: writes the manifests that have changed; one that the place refuses harms no other.

        Args:
            departed: prefix, standing and number of documents that are there no longer, but were.

        Returns: how many documents of each standing the look has met.
        """
        met = sum(self._counts.values(), Counter[str]())
        for prefix, standing, number in departed:
            self._counts[prefix][standing] += number
        for prefix, counts in self._counts.items():
            if self._written.get(prefix) != counts:
                self._write_if_allowed(prefix, counts)
        # Without prefixes that are no more.
        for kept in (self._written, self._refused):
            for prefix in kept.keys() - self._counts.keys():
                del kept[prefix]
        return met

    def _write_if_allowed(self, prefix: str, counts: Counter[str]) -> None:
        """Writes a manifest; one that the place refuses is tried again at each look, which is said once."""
        try:
            self._write(prefix, counts)
        except (PlaceRefuses, FileNotFoundError) as error:
            if self._refused.get(prefix) != counts:
                _log.warning("a manifest cannot be written", prefix=prefix, reason=str(error))
            self._refused[prefix] = counts
        else:
            self._written[prefix] = counts
            self._refused.pop(prefix, None)

    def _write(self, prefix: str, counts: Counter[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "batch.json"
            file.write_text(json.dumps(_manifest(counts), indent=1))
            self._place.write(prefix, MANIFEST, file)


def _manifest(counts: Counter[str]) -> dict[str, Any]:
    over = sum(counts[standing] for standing in Standing)
    total = over + counts[_WAITING]
    if counts[_WAITING]:
        status = "running"
    else:
        status = "succeeded" if counts[Standing.SUCCEEDED] or not counts[Standing.FAILED] else "failed"
    return {
        "status": status,
        "lastUpdatedDateTime": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "percentCompleted": 100 * over // total if total else 100,
        "succeededCount": counts[Standing.SUCCEEDED],
        "failedCount": counts[Standing.FAILED],
        "skippedCount": counts[Standing.SKIPPED],
        "waitingCount": counts[_WAITING],
    }
