"""The end of a worker that has been asked to stop: it finishes its pages, but not at any price.

Asked once, it takes nothing new and ends when the pages under way are stored. Asked again, or when a page takes longer
than any may, it gives the pages back, so that another worker has them at once, and ends.
"""

from __future__ import annotations

import os
import signal
import threading

from celery.signals import worker_shutting_down

from read_operations.logs import get_logger

_log = get_logger(__name__)


def bound_shutdown(longest_s: float) -> None:
    """Makes the worker of this process give its pages back so long after it was asked to stop, or when asked again."""
    asked = 0

    def on_shutdown(*, how: str, **_: object) -> None:
        nonlocal asked
        if how != "Warm":
            return
        asked += 1
        if asked > 1:
            _give_back()
            return
        timer = threading.Timer(longest_s, _give_back)
        timer.daemon = True
        timer.start()

    worker_shutting_down.connect(on_shutdown, weak=False)


def _give_back() -> None:
    _log.warning("the pages under way are given back")
    # The one thing on which Celery does that.
    os.kill(os.getpid(), signal.SIGQUIT)
