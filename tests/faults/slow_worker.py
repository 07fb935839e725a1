"""A worker whose pages take a while without taking the machine, so that whoever kills it hits it at work.

It waits at each place where a kill could do harm: before a page is read, before it is stored, before the end of its
operation.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ocr_worker import jobs, worker
from ocr_worker.aggregator import conclude
from ocr_worker.jobs import Jobs
from read_operations.logs import configure_logging
from read_operations.settings import Settings

#: Seconds of each wait, on average.
_MEAN_S: Final = float(os.environ.get("SLOW_WORKER_S", "0.15"))

_FOLDER: Final = Path(os.environ.get("SLOW_WORKER_FOLDER", tempfile.gettempdir()))


def busy_file(folder: Path, pid: int) -> Path:
    """The file that says that a child is at work; one that is killed leaves it."""
    return folder / f"busy-{pid}"


def _slow(work: Callable[..., Any]) -> Callable[..., Any]:
    def slowly(*arguments: Any, **options: Any) -> Any:
        busy = busy_file(_FOLDER, os.getpid())
        busy.touch()
        try:
            time.sleep(random.SystemRandom().uniform(0, 2 * _MEAN_S))
            return work(*arguments, **options)
        finally:
            busy.unlink(missing_ok=True)

    return slowly


def main() -> int:
    for name in ("_read", "_commit"):
        setattr(Jobs, name, _slow(getattr(Jobs, name)))
    setattr(jobs, "conclude", _slow(conclude))  # noqa: B010 - it is another module's name there
    settings = Settings()
    configure_logging(settings, "worker")
    return worker.run(settings)


if __name__ == "__main__":
    sys.exit(main())
