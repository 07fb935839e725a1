"""The most memory that a child may hold, so that a page that wants all of it ends its own reader and nobody else's.

PDFium, for one, follows a form that shows itself twice until there is no memory left. Without a limit the kernel would
choose what has to go: the container as a whole, or a neighbour. The kernel's own limits for a process count memory that
was asked for, which is a multiple of what is held; so the child looks after itself.
"""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from pathlib import Path
from typing import Final

from read_operations.logs import get_logger

_log = get_logger(__name__)

#: Decoders that can take much run without Python's lock, so this is kept while they take a gigabyte a second.
_LOOK_S: Final = 0.05
_STATM: Final = Path("/proc/self/statm")


def watch_memory(most_bytes: int) -> None:
    """Kills this process as soon as it holds more than so many bytes; its page is another child's then."""
    if _STATM.exists():
        threading.Thread(target=_watch, args=[most_bytes], name="memory", daemon=True).start()


def _watch(most_bytes: int) -> None:
    page_bytes = resource.getpagesize()
    with _STATM.open() as statm:
        while True:
            statm.seek(0)
            held = int(statm.read().split()[1]) * page_bytes
            if held > most_bytes:
                _log.error("a child holds more memory than it may", pid=os.getpid(), bytes=held, most=most_bytes)
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(_LOOK_S)
