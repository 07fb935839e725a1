"""The task bodies, and what a child process needs before it can run them."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Any, Final

import celery
from celery.signals import worker_process_init

from ocr_worker import soft_limit
from ocr_worker.jobs import Jobs
from read_operations.document_stores import document_store
from read_operations.logs import get_logger
from read_operations.queue import CeleryQueue, Task, celery_app
from read_operations.redis_store import RedisOperationStore, connect
from read_operations.settings import Settings

log = get_logger(__name__)

#: Matches every `ready_file`.
READY_PATTERN: Final = "ready-*"
_PR_SET_PDEATHSIG: Final = 1


def ready_file(run_dir: Path, pid: int) -> Path:
    """The file a child leaves in `run_dir` when it can read a page."""
    return run_dir / f"ready-{pid}"


def failed_file(run_dir: Path) -> Path:
    """The file a child leaves when it cannot be made ready, so that the worker's exit code says so."""
    return run_dir / "failed"


def register(app: celery.Celery, settings: Settings, run_dir: Path) -> Any:
    """Adds the task bodies to the application, and the loading of the engine to its children.

    Returns: the signal handler; Celery holds it weakly, so the caller keeps it.
    """
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
            client = connect(settings, patient=True)
            child.append(
                Jobs(
                    store=RedisOperationStore(client, settings),
                    documents=document_store(settings),
                    queue=CeleryQueue(celery_app(settings), client, settings),
                    engine=engine,
                    settings=settings,
                )
            )
            ready_file(run_dir, os.getpid()).touch()
        except BaseException:
            # Celery would go on with a child that can do nothing.
            log.exception("a child could not be made ready; stopping the worker")
            failed_file(run_dir).touch()
            os.kill(os.getppid(), signal.SIGTERM)
            os._exit(1)
        seconds = round(time.monotonic() - started, 1)
        log.info("child ready", pid=os.getpid(), engine=engine.info.runtime, models=engine.info.models, seconds=seconds)

    worker_process_init.connect(start_child, weak=False)
    return start_child


def _die_with_parent() -> None:
    """A child without its parent gets no work and reports to nobody: let the kernel end it."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
