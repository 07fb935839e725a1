"""Finds what got lost: jobs the broker dropped, operations nobody finished, results whose time is over.

Any number may run; a lease in Redis lets one of them work. Every step is safe to repeat, so a lease that is lost in the
middle of a round does no harm.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from redis.exceptions import LockError
from redis.lock import Lock

from ocr_worker.aggregator import conclude, end_late
from ocr_worker.metrics import SweeperMetrics
from read_operations.document_stores import document_store
from read_operations.documents import DocumentStore
from read_operations.errors import ServiceBusy, StorageUnavailable
from read_operations.heartbeat import Heartbeat, Progress
from read_operations.logs import get_logger
from read_operations.metrics import serve
from read_operations.queue import CeleryQueue, JobQueue, celery_app, queue_of
from read_operations.records import Operation
from read_operations.redis_client import connect, storage_errors
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from read_operations.signals import stop_on_signals
from read_operations.store import SPLIT, OpenJob, OperationStore

_log = get_logger(__name__)

#: Between two looks through all documents.
_STRAYS_S: Final = 3600
_NAMES_AT_ONCE: Final = 500
#: The folder of millions of documents may take minutes to say which are old. Another sweeper would wait for less.
_STEP_S: Final = 900
#: Documents that are removed at once: what takes time is their store's answer.
_HANDS: Final = 8


class Sweeper:
    """One round of looking after every operation that is not finished, and every one that is over."""

    def __init__(
        self,
        *,
        store: OperationStore,
        documents: DocumentStore,
        queue: JobQueue,
        settings: Settings,
        metrics: SweeperMetrics,
        progress: Progress,
    ) -> None:
        self._metrics = metrics
        self._progress = progress
        self._store = store
        self._documents = documents
        self._queue = queue
        self._settings = settings
        self._hands = ThreadPoolExecutor(_HANDS, thread_name_prefix="sweep")

    def sweep(self) -> None:
        """Goes once over everything. What goes wrong with one operation harms only that one."""
        began = time.monotonic()
        try:
            self._look_after_open()
        finally:
            # Also where a store that is full refuses all else: what goes makes room.
            half_s = max(self._settings.sweep_interval_s, time.monotonic() - began) / 2
            self._remove(half_s, self._store.released, self._store.forget_released)
            self._remove(half_s, self._store.expired, self._expire)

    def _look_after_open(self) -> None:
        """Ends what is late or read to its end, and brings back what was lost."""
        doubtful: list[tuple[Operation, OpenJob]] = []
        for each in self._store.unfinished():
            self._progress.made()
            with _only_this(each.operation.id):
                if each.age_s > self._settings.operation_deadline_minutes * 60:
                    end_late(self._store, each.operation)
                    self._metrics.late.inc()
                elif each.operation.total and each.operation.done == each.operation.total:
                    conclude(self._store, each.operation.id)
                else:
                    doubtful += [(each.operation, job) for job in each.jobs if self._overdue(job)]
        if doubtful:
            self._bring_back(doubtful)

    def sweep_strays(self) -> None:
        """Removes old documents that no record knows; those went with a Redis that was lost."""
        longest_minutes = self._settings.operation_deadline_minutes + self._settings.result_ttl_minutes
        older = self._documents.older(2 * longest_minutes * 60)
        removed: list[str] = []
        refusals: list[ServiceBusy] = []
        while names := list(itertools.islice(older, _NAMES_AT_ONCE)):
            for name in self._store.strays(names):
                self._progress.made()
                self._remove_document(removed, refusals, name)
        if removed:
            _log.warning("documents without a record removed", documents=len(removed))
        _complain(refusals)

    def _remove(self, most_s: float, listed: Callable[[int], list[str]], forget: Callable[..., None]) -> None:
        """Removes documents that are listed, earliest first, until nothing is left or so many seconds have passed."""
        until = time.monotonic() + most_s
        left = 0
        refusals: list[ServiceBusy] = []
        while time.monotonic() < until and (ids := listed(left)):
            removed: list[str] = []
            for _ in self._hands.map(partial(self._remove_document, removed, refusals), ids):
                self._progress.made()
                if time.monotonic() >= until:
                    break
            forget(*removed)
            left += len(ids) - len(removed)
        _complain(refusals)

    def _expire(self, *ids: str) -> None:
        self._store.delete(*ids)
        self._metrics.expired.inc(len(ids))

    def _remove_document(self, removed: list[str], refusals: list[ServiceBusy], id: str) -> None:
        """Notes an id whose document is gone; another stays on its list, by which it is found again."""
        try:
            with _only_this(id):
                self._documents.delete(id)
                removed.append(id)
        except ServiceBusy as error:
            refusals.append(error)

    def _overdue(self, job: OpenJob) -> bool:
        return job.age_s > (self._settings.claim_s if job.started else self._settings.lost_after_s)

    def _bring_back(self, doubtful: list[tuple[Operation, OpenJob]]) -> None:
        broker = self._queue.view()
        for operation, job in doubtful:
            self._progress.made()
            key = (operation.id, job.page)
            # A job that was being worked on is over; its message may still be in the hands of the dead. So may one
            # that nobody has begun for as long; if it only waited in the queue, it is there twice, which does no harm.
            if key in broker.waiting or (key in broker.given_out and job.age_s <= self._settings.claim_s):
                continue
            with _only_this(operation.id):
                if self._store.requeue(operation.id, job.page, job.token):
                    # A split counts no pages yet.
                    queue = queue_of(operation.request, job.page, operation.total, self._settings)
                    self._queue.enqueue(operation.id, job.page, queue)
                    self._metrics.requeued.inc()
                    what = "split" if job.page == SPLIT else job.page
                    _log.warning("job brought back", operation=operation.id, page=what, silent_s=round(job.age_s))


def _complain(refusals: list[ServiceBusy]) -> None:
    # Not raised: a store that refuses single documents says so as one does that is away.
    if refusals:
        _log.warning("documents could not be removed", documents=len(refusals), reason=str(refusals[0]))


@contextlib.contextmanager
def _only_this(id: str) -> Iterator[None]:
    """Logs what goes wrong with one operation; a store or queue that is away goes wrong with all."""
    try:
        yield
    except ServiceBusy:
        raise
    except Exception:
        _log.exception("an operation could not be looked after", operation=id)


def run(settings: Settings) -> int:
    """Sweeps until SIGTERM or SIGINT. Returns the exit code."""
    documents = document_store(settings)
    documents.check()
    stop = stop_on_signals()
    metrics = SweeperMetrics()
    if settings.metrics and settings.metrics_port:
        serve(metrics.registry, settings.metrics_port)
    client = connect(settings)
    progress = Progress(_STEP_S + settings.sweep_interval_s)
    sweeper = Sweeper(
        store=RedisOperationStore(client, settings),
        documents=documents,
        queue=CeleryQueue(celery_app(settings), client, settings),
        settings=settings,
        metrics=metrics,
        progress=progress,
    )
    Heartbeat(settings.heartbeat_file, progress.complaint).start()
    # Longer than a round should take; whoever holds it renews it each round.
    lease = Lock(client, f"{settings.key_prefix}:sweeper", timeout=3 * settings.sweep_interval_s + 30, blocking=False)
    pause_s, strays_at = settings.sweep_interval_s, 0.0
    while not stop.wait(pause_s):
        started = time.monotonic()
        progress.made()
        try:
            if _hold(lease):
                sweeper.sweep()
                if started >= strays_at:
                    sweeper.sweep_strays()
                    strays_at = started + _STRAYS_S
                metrics.round_ended(time.monotonic() - started)
        except ServiceBusy as error:
            _log.warning("sweep postponed", reason=str(error.__cause__ or error))
        except Exception:
            _log.exception("sweep failed")
        # A long round is the sign of a full house: no more than half of the time goes into looking.
        pause_s = max(settings.sweep_interval_s, min(time.monotonic() - started, _STEP_S))
    try:
        with storage_errors():
            if lease.owned():
                lease.release()
    except (StorageUnavailable, LockError):
        _log.debug("lease left to expire")
    return 0


def _hold(lease: Lock) -> bool:
    """Takes or renews the lease; false while another sweeper has it."""
    with storage_errors():
        try:
            return lease.reacquire() if lease.owned() else lease.acquire()
        except LockError:
            return False
