"""Says from outside that a process is alive: a file whose time is renewed for as long as its work goes on.

A probe looks at the age of the file, which costs next to nothing. A process that hangs or is stopped no longer renews
the file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from read_operations.logs import get_logger
from read_operations.writing import check_writable

_log = get_logger(__name__)

#: The file is renewed so often …
BEAT_S: Final = 2.0
#: … and a process whose file is older does not live: what the probes of chart and images look for.
SILENT_S: Final = 30


class Progress:
    """When something was last done, for work that is done step by step."""

    def __init__(self, limit_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins now.

        Args:
            limit_s: longest time that one step may take, in seconds.
            clock: seconds that never go back.
        """
        self._limit_s = limit_s
        self._clock = clock
        self._last = clock()

    def made(self) -> None:
        """Notes that a step was done."""
        self._last = self._clock()

    def complaint(self) -> str | None:
        """What is wrong; None if all is well."""
        silent_s = self._clock() - self._last
        return f"nothing was done for {silent_s:.0f} s" if silent_s > self._limit_s else None


def check_heartbeat(path: Path | None) -> None:
    """Makes sure that there can be a heartbeat, and that there is none yet.

    Raises:
        StorageMisconfigured: the file cannot be written.
    """
    if path is not None:
        check_writable(path, "READFLEET_HEARTBEAT_FILE")


class Heartbeat:
    """Renews the file while there is nothing to complain of. Use it as a context manager, or `start` it for good."""

    def __init__(self, path: Path | None, complaint: Callable[[], str | None]) -> None:
        """Removes what an earlier process left.

        Args:
            path: the file; None for none.
            complaint: asked every few seconds what is wrong; None if all is well. It must not wait for anything.

        Raises:
            StorageMisconfigured: the file cannot be written.
        """
        self._path = path
        self._complaint = complaint
        self._alive = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        check_heartbeat(path)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def start(self) -> None:
        """Renews the file from now on, as long as the process lives."""
        if self._path is not None:
            self._thread.start()

    def beat(self) -> None:
        """Looks once, and renews the file if all is well."""
        assert self._path is not None
        complaint = self._complaint()
        if complaint is None:
            self._path.touch()
        elif self._alive:
            _log.error("this process no longer counts as alive", reason=complaint)
        self._alive = complaint is None

    def _run(self) -> None:
        while True:
            try:
                self.beat()
            except OSError as error:
                _log.error("no heartbeat", reason=str(error))
            if self._stop.wait(BEAT_S):
                return
