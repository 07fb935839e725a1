"""Where the soft time limit may strike.

Celery sends a child that takes too long SIGUSR1, whose handler raises `SoftTimeLimitExceeded` wherever the child is at
that moment. In the middle of an exchange with Redis that would leave an answer unread, and the connection's next user
would take it for its own. So the signal is held back everywhere but in the work that takes the time.

Who is in a library's code hears nothing until that returns, which it may never do. Such code mostly runs without
Python's lock, so a thread can settle the attempt and end the process, long before the hard limit and the sweeper would.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Final

from read_operations.logs import get_logger

_log = get_logger(__name__)

_SIGNALS: Final = {signal.SIGUSR1}


def hold_back() -> None:
    """Holds the limit back from now on, and forgets one that came too late for the job before.

    Called before a process starts threads, it holds for those, too: a thread that took the signal would have it handled
    in the main thread all the same.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    while signal.sigtimedwait(_SIGNALS, 0):
        pass


@contextlib.contextmanager
def may_strike(unheard_s: float, farewell: Callable[[], None]) -> Iterator[None]:
    """Lets the limit strike within this context.

    Args:
        unheard_s: seconds from now after which it has struck, and was not heard. Then this process is killed.
        farewell: called before that, in another thread; whatever it raises is logged.
    """
    settled = threading.Lock()
    timer = threading.Timer(unheard_s, _end, [settled, farewell])
    timer.daemon = True
    # Before the limit may strike: the thread holds it back, as all do.
    timer.start()
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        timer.cancel()
        # If the farewell is under way, this waits for the end.
        settled.acquire()


def _end(settled: threading.Lock, farewell: Callable[[], None]) -> None:
    if not settled.acquire(blocking=False):
        return
    try:
        farewell()
    except Exception:
        _log.exception("an attempt that hears nothing could not be settled")
    finally:
        kill_this_process()
        settled.release()


def kill_this_process() -> None:
    """Ends it as a crash would: the worker's parent gives its message back, and starts another."""
    os.kill(os.getpid(), signal.SIGKILL)
