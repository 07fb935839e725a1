"""Where the soft time limit may strike.

Celery sends a child that takes too long SIGUSR1, whose handler raises `SoftTimeLimitExceeded` wherever the child is at
that moment. In the middle of an exchange with Redis that would leave an answer unread, and the connection's next user
would take it for its own. So the signal is held back everywhere but in the work that takes the time.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Final

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
def may_strike() -> Iterator[None]:
    """Lets the limit strike within this context."""
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
