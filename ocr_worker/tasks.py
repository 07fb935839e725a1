"""The task bodies, and what a child process needs before it can run them."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from pathlib import Path
from typing import Final

import celery
from billiard.pool import EX_RECYCLE
from celery.signals import worker_process_init, worker_process_shutdown

from ocr_worker import soft_limit
from ocr_worker.children import ready_file
from ocr_worker.jobs import Jobs
from ocr_worker.memory_limit import watch_memory
from ocr_worker.recycling import require_room
from ocr_worker.reports import Ended, Reason, Started, Tell, tell_nobody
from read_operations.document_stores import document_store
from read_operations.logs import get_logger
from read_operations.queue import CeleryQueue, Task, celery_app
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings

_log = get_logger(__name__)

_PR_SET_PDEATHSIG: Final = 1


def failed_file(run_dir: Path) -> Path:
    """The file a child leaves when it cannot be made ready, so that the worker's exit code says so."""
    return run_dir / "failed"


def register(app: celery.Celery, settings: Settings, run_dir: Path, tell: Tell = tell_nobody) -> None:
    """Adds the task bodies to the application, and to its children the loading of the engine and their goodbye."""
    child: list[Jobs] = []

    @app.task(name=Task.SPLIT.value, bind=True)  # type: ignore[untyped-decorator]  # celery ships no types
    def split(self: celery.Task, id: str) -> None:
        child[0].split(id, self.request.id)

    @app.task(name=Task.READ_PAGE.value, bind=True)  # type: ignore[untyped-decorator]
    def read_page(self: celery.Task, id: str, page: int) -> None:
        child[0].read_page(id, page, self.request.id)

    def start_child(**_: object) -> None:
        _die_with_parent()
        soft_limit.hold_back()
        try:
            started = time.monotonic()
            # Heavy imports happen in here: the parent never has them.
            from ocr_worker.engine import load_engine

            engine = load_engine(settings)
            from ocr_worker.engine.self_test import self_test

            page_s = self_test(engine)
            require_room(app.conf.worker_max_memory_per_child)
            watch_memory(settings.child_memory_bytes)
            client = connect(settings, patient=True)
            child.append(
                Jobs(
                    store=RedisOperationStore(client, settings),
                    documents=document_store(settings),
                    queue=CeleryQueue(celery_app(settings), client, settings),
                    engine=engine,
                    settings=settings,
                    tell=tell,
                )
            )
            ready_file(run_dir, os.getpid()).touch()
        except BaseException:
            # Celery would go on with a child that can do nothing.
            _log.exception("a child could not be made ready; stopping the worker")
            failed_file(run_dir).touch()
            os.kill(os.getppid(), signal.SIGTERM)
            os._exit(1)
        seconds = time.monotonic() - started
        tell(Started(seconds=seconds, page_s=page_s))
        info = engine.info
        _log.info(
            "child ready",
            pid=os.getpid(),
            engine=info.runtime,
            models=info.models,
            seconds=round(seconds, 1),
            test_page="read",
            test_page_s=round(page_s, 3),
        )

    def end_child(*, exitcode: int, **_: object) -> None:
        tell(Ended(reason=_reason(exitcode, app.conf.worker_max_memory_per_child)))
        # What is left of this file afterwards tells of a child that came to no goodbye.
        ready_file(run_dir, os.getpid()).unlink(missing_ok=True)

    worker_process_init.connect(start_child, weak=False)
    worker_process_shutdown.connect(end_child, weak=False)


def _reason(exitcode: int, most_kib: int) -> Reason:
    """Why this child ends, with the exit code that the pool gives it."""
    if exitcode != EX_RECYCLE:
        return Reason.STOPPED
    # The pool looks at the same number.
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > most_kib
    return Reason.MEMORY if grown else Reason.COUNT


def _die_with_parent() -> None:
    """A child without its parent gets no work and reports to nobody: let the kernel end it."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
