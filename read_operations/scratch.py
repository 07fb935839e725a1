"""Folders for temporary files that only their process reaches; what a killed one leaves goes with the next."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

#: A younger folder may not be locked yet.
_LEAST_AGE_S: Final = 60


class Scratch:
    """A new folder where temporary files go. Others of its prefix whose process is gone are removed first.

    The process, with the children that it forks, holds a lock on it: when the last is gone the kernel releases that.
    """

    def __init__(self, prefix: str) -> None:
        for other in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            with contextlib.suppress(OSError):
                _remove_abandoned(other)
        # Of a name that nobody knows beforehand: others may write where it is made.
        self.path: Final = Path(tempfile.mkdtemp(prefix=prefix))
        self._lock = _opened(self.path)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _remove_abandoned(folder: Path) -> None:
    lock = _opened(folder)
    try:
        status = os.fstat(lock)
        if status.st_uid == os.geteuid() and time.time() - status.st_mtime > _LEAST_AGE_S:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    finally:
        os.close(lock)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
