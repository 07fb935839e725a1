"""What workers and sweepers measure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ocr_worker.children import Children
from ocr_worker.reports import Attempt, Ended, Ending, Job, Reason, ReportChannel, Started
from read_operations.metrics import new_registry

#: Seconds: from a page with a text layer to the hard limit.
_PAGE_BUCKETS_S: Final = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)
_START_BUCKETS_S: Final = (1, 2, 4, 8, 15, 30, 60, 120, 180)


class WorkerMetrics:
    """The metrics of one worker, kept by its parent process."""

    def __init__(self, children: Children, wanted_children: int) -> None:
        self.registry = registry = new_registry()
        self.attempts = Counter(
            "readfleet_worker_attempts",
            "Attempts at opening a document (split) or reading a page, by how they ended.",
            ["task", "ending"],
            registry=registry,
        )
        self.pages = Counter(
            "readfleet_worker_pages", "Pages that got a result, by which.", ["outcome"], registry=registry
        )
        self.page_seconds = Histogram(
            "readfleet_worker_page_duration_seconds",
            "Reading a page from claim to result, by what it was read from.",
            ["kind"],
            buckets=_PAGE_BUCKETS_S,
            registry=registry,
        )
        self.phase_seconds = Counter(
            "readfleet_worker_phase_seconds",
            "Time spent on attempts, by phase and what the page was read from.",
            ["phase", "kind"],
            registry=registry,
        )
        self.fetched = Counter(
            "readfleet_worker_fetched_bytes", "Bytes fetched from the document store.", registry=registry
        )
        self.start_seconds = Histogram(
            "readfleet_worker_engine_start_seconds",
            "Loading the engine and reading a first page in a new child.",
            buckets=_START_BUCKETS_S,
            registry=registry,
        )
        self.test_page_seconds = Gauge(
            "readfleet_worker_test_page_seconds",
            "What the child that started last took for the test page; 0 before the first.",
            registry=registry,
        )
        self.ended = Counter(
            "readfleet_worker_children_replaced",
            "Children that ended while the worker went on, by why.",
            ["reason"],
            registry=registry,
        )
        wanted = Gauge("readfleet_worker_children", "Children that the worker is to have.", registry=registry)
        wanted.set(wanted_children)
        # A rate needs the series from before the first event.
        for job in Job:
            for ending in Ending:
                self.attempts.labels(job.value, ending.value)
        for outcome in ("read", "failed"):
            self.pages.labels(outcome)
        for reason in (Reason.MEMORY, Reason.COUNT, Reason.KILLED):
            self.ended.labels(reason.value)
        registry.register(_ChildrenCollector(children))

    def listen(self, channel: ReportChannel) -> None:
        """Counts what children report, from a thread of its own."""
        threading.Thread(target=self._listen, args=[channel], name="reports", daemon=True).start()

    def count(self, report: Attempt | Started | Ended) -> None:
        """Counts one report."""
        match report:
            case Attempt():
                self._count_attempt(report)
            case Started():
                self.start_seconds.observe(report.seconds)
                self.test_page_seconds.set(report.page_s)
            case Ended():
                if report.reason is not Reason.STOPPED:
                    self.ended.labels(report.reason.value).inc()

    def killed(self, children: int) -> None:
        """Counts children that went without a goodbye."""
        self.ended.labels(Reason.KILLED.value).inc(children)

    def _count_attempt(self, attempt: Attempt) -> None:
        self.attempts.labels(attempt.job.value, attempt.ending.value).inc()
        self.fetched.inc(attempt.fetched_bytes)
        for phase, seconds in attempt.seconds.items():
            self.phase_seconds.labels(phase.value, attempt.kind.value).inc(seconds)
        if attempt.job is Job.PAGE and attempt.ending is Ending.DONE:
            self.pages.labels("read").inc()
            self.page_seconds.labels(attempt.kind.value).observe(attempt.total_s)
        elif attempt.job is Job.PAGE and attempt.ending is Ending.FAILED:
            self.pages.labels("failed").inc()

    def _listen(self, channel: ReportChannel) -> None:
        for report in channel.reports():
            self.count(report)


class _ChildrenCollector(Collector):
    """Looked at when asked, so that nothing stands there of a child that is dead."""

    def __init__(self, children: Children) -> None:
        self._children = children

    def collect(self) -> Iterator[Metric]:
        """See `Collector.collect`."""
        now, most = self._children.memory_bytes()
        yield GaugeMetricFamily(
            "readfleet_worker_children_ready", "Children that can read a page.", value=len(self._children.ready())
        )
        yield GaugeMetricFamily("readfleet_worker_children_memory_bytes", "Resident memory of all children.", value=now)
        yield GaugeMetricFamily(
            "readfleet_worker_child_peak_memory_bytes", "Most memory that a child of now ever had.", value=most
        )


class SweeperMetrics:
    """The metrics of one sweeper."""

    def __init__(self) -> None:
        self.registry = new_registry()
        self.requeued = Counter(
            "readfleet_sweeper_jobs_requeued", "Jobs that were lost and brought back.", registry=self.registry
        )
        self.expired = Counter(
            "readfleet_sweeper_operations_expired", "Operations removed as their time was over.", registry=self.registry
        )
        self.late = Counter(
            "readfleet_sweeper_operations_late", "Operations ended at their deadline.", registry=self.registry
        )
        self.last_round = Gauge(
            "readfleet_sweeper_last_round_timestamp_seconds",
            "When the last round of this sweeper ended, in seconds since 1970; 0 for never.",
            registry=self.registry,
        )
        self.round_seconds = Gauge(
            "readfleet_sweeper_round_seconds", "How long its last round took.", registry=self.registry
        )

    def round_ended(self, seconds: float) -> None:
        """Notes the end of a round that took so long."""
        self.round_seconds.set(seconds)
        self.last_round.set(time.time())
