"""Finds what got lost: jobs the broker dropped, operations nobody finished, results whose time is over.

Any number may run; a lease in Redis lets one of them work. Every step is safe to repeat, so a lease that is lost in the
middle of a round does no harm.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

from redis.exceptions import LockError
from redis.lock import Lock

from ocr_worker.aggregator import conclude
from read_operations.documents import DocumentStore, FolderDocumentStore
from read_operations.errors import DeadlinePassed, OperationNotFound, StorageUnavailable
from read_operations.logs import configure_logging, get_logger
from read_operations.queue import CeleryQueue, JobQueue, Lane, celery_app
from read_operations.records import Failure, Operation, Status
from read_operations.redis_store import RedisOperationStore, connect, storage_errors
from read_operations.settings import Settings
from read_operations.store import SPLIT, OpenJob, OperationStore

log = get_logger(__name__)


class Sweeper:
    """One round of looking after every operation that is not finished, and every one that is over."""

    def __init__(self, *, store: OperationStore, documents: DocumentStore, queue: JobQueue, settings: Settings) -> None:
        self._store = store
        self._documents = documents
        self._queue = queue
        self._settings = settings

    def sweep(self) -> None:
        """Goes once over everything."""
        doubtful: list[tuple[Operation, OpenJob]] = []
        for operation in self._store.unfinished():
            if self._store.age_s(operation) > self._settings.operation_deadline_minutes * 60:
                error = DeadlinePassed()
                if self._store.finish(operation.id, Status.FAILED, Failure(code=error.code, message=error.message)):
                    log.warning("deadline passed", operation=operation.id, pages=operation.total, done=operation.done)
            elif operation.total and operation.done == operation.total:
                # A deleted operation needs no end.
                try:
                    conclude(self._store, operation.id)
                except OperationNotFound:
                    continue
            else:
                doubtful += [(operation, job) for job in self._store.open_jobs(operation.id) if self._overdue(job)]
        if doubtful:
            self._bring_back(doubtful)
        for id in self._store.expired():
            self._documents.delete(id)
            self._store.delete(id)

    def _overdue(self, job: OpenJob) -> bool:
        if job.started:
            # The hard limit ends every job; one that is older lost its worker.
            return job.age_s > self._settings.page_hard_limit_s + 15
        return job.age_s > self._settings.lost_after_s

    def _bring_back(self, doubtful: list[tuple[Operation, OpenJob]]) -> None:
        waiting = self._queue.waiting()
        for operation, job in doubtful:
            if not job.started and (operation.id, job.page) in waiting:
                continue
            if self._store.requeue(operation.id, job.page, job.token):
                small = operation.total <= self._settings.interactive_pages  # true for a split: nothing is planned yet
                self._queue.enqueue(operation.id, job.page, Lane.INTERACTIVE if small else Lane.BATCH)
                what = "split" if job.page == SPLIT else job.page
                log.warning("job brought back", operation=operation.id, page=what, silent_s=round(job.age_s))


def run(settings: Settings) -> int:
    """Sweeps until SIGTERM or SIGINT. Returns the exit code."""
    configure_logging(settings, "sweep")
    stop = threading.Event()

    def on_signal(_: int, __: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)

    client = connect(settings)
    sweeper = Sweeper(
        store=RedisOperationStore(client, settings),
        documents=FolderDocumentStore(settings.documents_dir),
        queue=CeleryQueue(celery_app(settings), client, settings),
        settings=settings,
    )
    # Longer than a round should take; whoever holds it renews it each round.
    lease = Lock(client, f"{settings.key_prefix}:sweeper", timeout=3 * settings.sweep_interval_s + 30, blocking=False)
    while not stop.wait(settings.sweep_interval_s):
        try:
            if _hold(lease):
                sweeper.sweep()
        except StorageUnavailable as error:
            log.warning("sweep postponed", reason=str(error.__cause__ or error))
        except Exception:
            log.exception("sweep failed")
    try:
        with storage_errors():
            if lease.owned():
                lease.release()
    except (StorageUnavailable, LockError):
        log.debug("lease left to expire")
    return 0


def _hold(lease: Lock) -> bool:
    """Takes or renews the lease; false while another sweeper has it."""
    with storage_errors():
        try:
            return lease.reacquire() if lease.owned() else lease.acquire()
        except LockError:
            return False
