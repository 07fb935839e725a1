"""What a watcher of the drop measures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from document_drop.claims import Claim, Ending
from document_drop.place import Standing
from read_operations.metrics import new_registry
from read_operations.webhooks.sender import SendResult

#: Seconds: from a letter to a book behind many others.
_BUCKETS_S: Final = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
_DEAD: Final = "dead"


class DropMetrics:
    """The metrics of one watcher."""

    def __init__(self) -> None:
        self.registry = registry = new_registry()
        self.claimed = Counter("readfleet_drop_claimed", "Documents that this watcher has claimed.", registry=registry)
        self.ended = Counter(
            "readfleet_drop_finished", "Documents by what became of them.", ["status"], registry=registry
        )
        self.seconds = Histogram(
            "readfleet_drop_duration_seconds",
            "From the claim of a document to its result.",
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.taken_bytes = Counter(
            "readfleet_drop_taken_bytes", "Bytes of documents that became operations.", registry=registry
        )
        self.written_bytes = Counter("readfleet_drop_written_bytes", "Bytes of results.", registry=registry)
        self.events = Counter("readfleet_drop_events", "Events by what they came to.", ["outcome"], registry=registry)
        self.documents = Gauge(
            "readfleet_drop_documents", "Documents that the last look met, by how they stand.", ["status"],
            registry=registry,
        )  # fmt: skip
        self.open = Gauge("readfleet_drop_open", "Documents on their way, of all watchers.", registry=registry)
        self.lag = Gauge(
            "readfleet_drop_lag_seconds", "Since the document was claimed that is longest on its way; 0 for none.",
            registry=registry,
        )  # fmt: skip
        self.last_look = Gauge(
            "readfleet_drop_last_look_timestamp_seconds",
            "When the last look through all documents ended, in seconds since 1970; 0 for never.",
            registry=registry,
        )
        self.webhooks = Counter(
            "readfleet_drop_webhooks", "Tries to send a webhook, by what they came to.", ["outcome"], registry=registry
        )
        # A rate needs the series from before the first event.
        for status in (*Standing, _DEAD):
            self.ended.labels(status)
        for outcome in ("followed", "waiting", "garbage"):
            self.events.labels(outcome)
        for each in SendResult:
            self.webhooks.labels(each)

    def webhook(self, outcome: SendResult) -> None:
        """Counts a try to send a webhook."""
        self.webhooks.labels(outcome).inc()

    def finished(self, claim: Claim, ending: Ending) -> None:
        """Counts a document that was brought to an end."""
        self.ended.labels(_DEAD if ending.dead else ending.standing).inc()
        self.seconds.observe(max(0.0, time.time() - claim.since))
        self.written_bytes.inc(ending.written)

    def under_way(self, claims: list[Claim]) -> None:
        """Notes what is on its way."""
        self.open.set(len(claims))
        self.lag.set(max(0.0, time.time() - min((claim.since for claim in claims), default=time.time())))

    def looked(self, documents: Mapping[str, int]) -> None:
        """Notes the end of a look that met so many documents of each standing."""
        for status in (*Standing, "waiting"):
            self.documents.labels(status).set(documents.get(status, 0))
        self.last_look.set(time.time())
