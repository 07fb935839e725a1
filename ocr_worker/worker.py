"""The worker process: checks the machine, then runs a Celery prefork pool whose children read pages.

This process stays light. Networks and decoders live in its children, so a crash in one of them costs one attempt.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import warnings
from collections.abc import Callable
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, Final

from celery.exceptions import CPendingDeprecationWarning
from celery.signals import setup_logging, worker_ready

from ocr_worker.children import READY_PATTERN, Children
from ocr_worker.cpu import best_isa, core_count, limit_threads, read_flags, require_avx2, shares
from ocr_worker.liveness import watch
from ocr_worker.metrics import WorkerMetrics
from ocr_worker.models import names_for, verify
from ocr_worker.reports import ReportChannel
from ocr_worker.shutdown import bound_shutdown
from ocr_worker.tasks import failed_file, register
from read_operations.document_stores import document_store
from read_operations.documents import DocumentStore
from read_operations.errors import StorageUnavailable
from read_operations.fleet import BEAT_S, Fleet, RedisFleet
from read_operations.heartbeat import check_heartbeat
from read_operations.logs import get_logger
from read_operations.metrics import serve
from read_operations.queue import celery_app, own_queues
from read_operations.redis_client import connect
from read_operations.scratch import Scratch
from read_operations.settings import Settings
from read_operations.version import __version__
from read_operations.writing import check_writable

_log = get_logger(__name__)

#: Copies of documents are dropped when nobody has used them for so long; a document may be deleted in the meantime.
_UNUSED_S: Final = 300
#: A child could not be made ready, though the checks before had passed; trying again may help.
EXIT_FAILED: Final = 1


def run(settings: Settings) -> int:
    """Runs a worker until SIGTERM.

    Returns:
        The exit code.

    Raises:
        CpuUnsupported: this machine cannot do the work.
        ModelError: the weights are missing or are not the pinned ones.
        StorageMisconfigured: the document store, or a file that settings name, cannot be used as it is configured.
    """
    flags = read_flags(settings.cpu_flags)
    require_avx2(flags)
    for name in names_for(settings.engine, settings.mode):
        verify(settings.models_dir, name)
    document_store(settings).check()
    cores = core_count()
    concurrency, threads = shares(cores, settings.threads, settings.concurrency)
    if concurrency * settings.threads > cores:
        _log.warning("more threads are wanted than there are cores", cores=cores, children=concurrency, threads=threads)
    settings = settings.model_copy(update={"threads": threads})
    limit_threads(threads)
    _log.info(
        "worker starting",
        version=__version__,
        children=concurrency,
        threads=threads,
        isa=best_isa(flags),
        engine=settings.engine.value,
        mode=settings.mode.value,
    )
    # Libraries leave things in the temporary folder, above all when their process is killed.
    scratch = Scratch("readfleet-worker-")
    tempfile.tempdir = str(scratch.path)
    # After multiprocessing, which removes a folder of its own in there, with priority -100.
    Finalize(None, scratch.close, exitpriority=-200)
    # One for all children.
    copies = settings.documents_cache_dir or scratch.path / "documents"
    settings = settings.model_copy(update={"documents_cache_dir": copies})
    run_dir = settings.run_dir or scratch.path
    check_writable(failed_file(run_dir), "READFLEET_RUN_DIR")
    # Celery starts it, where it would be too late to complain.
    check_heartbeat(settings.heartbeat_file)
    return _work(settings, concurrency, run_dir)


def _work(settings: Settings, concurrency: int, run_dir: Path) -> int:
    # A kept folder may hold what an earlier worker left; process ids come again.
    for path in run_dir.glob(READY_PATTERN):
        path.unlink(missing_ok=True)
    app = celery_app(settings, consumes=True)
    children = Children(run_dir)
    metrics = WorkerMetrics(children, concurrency)
    reports = ReportChannel()
    register(app, settings, run_dir, reports.tell)
    watch(app, children, settings)
    bound_shutdown(settings.page_hard_limit_s)
    # Our own lines and form; without a receiver Celery would set up its own.
    setup_logging.connect(_keep_logging, weak=False)
    # Containers run as they are told to; json is the only content accepted, which is what the warning is about.
    # A page goes on through a lost connection: it commits on one of its own.
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    name = f"{socket.gethostname()}-{os.getpid()}"
    worker = app.Worker(
        hostname=f"readfleet@{name}",
        pool="prefork",
        concurrency=concurrency,
        queues=own_queues(settings),
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    documents = document_store(settings)
    documents.forget_unused(0)  # what an earlier worker left may be from before a crash of the machine
    beat = _Beat(RedisFleet(connect(settings), settings), documents, name, children, metrics, lambda: _listens(worker))

    def start_threads(**_: object) -> None:
        metrics.listen(reports)
        beat.start()
        if settings.metrics and settings.metrics_port:
            serve(metrics.registry, settings.metrics_port)

    # Not before the first children were forked: a thread and a fork do not go well together.
    worker_ready.connect(start_threads, weak=False)
    try:
        worker.start()
    finally:
        beat.stop()
    return EXIT_FAILED if failed_file(run_dir).exists() else int(worker.exitcode or 0)


class _Beat:
    """Tells the fleet's register, every few seconds, how many children are ready, and drops documents nobody uses."""

    def __init__(
        self,
        fleet: Fleet,
        documents: DocumentStore,
        worker: str,
        children: Children,
        metrics: WorkerMetrics,
        listens: Callable[[], bool],
    ) -> None:
        self._fleet = fleet
        self._documents = documents
        self._worker = worker
        self._children = children
        self._metrics = metrics
        self._listens = listens
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * BEAT_S)
        try:
            self._fleet.leave(self._worker)
        except StorageUnavailable:
            _log.debug("left without a word: the store is away")

    def _run(self) -> None:
        while True:
            try:
                self._metrics.killed(self._children.bury())
                self._fleet.beat(self._worker, len(self._children.ready()) if self._listens() else 0)
            except StorageUnavailable as error:
                _log.warning("no beat", reason=str(error.__cause__ or error))
            except Exception:
                _log.exception("no beat")
            try:
                self._documents.forget_unused(_UNUSED_S)
            except OSError as error:
                _log.warning("copies of documents remain", reason=str(error))
            if self._stop.wait(BEAT_S):
                return


def _listens(worker: Any) -> bool:
    """Whether the worker takes messages from the queue right now; a child without them can read nothing."""
    return worker.consumer is not None and worker.consumer.task_consumer is not None


def _keep_logging(**_: object) -> None:
    """Receives Celery's set-up of logging, and leaves ours as it is."""
