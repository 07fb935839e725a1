"""A process that would hold more memory than it may, tried out in one of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

SCRIPT = """
import sys
import time
from ocr_worker.memory_limit import watch_memory
watch_memory(300_000_000)
held = []
for _ in range(int(sys.argv[1])):
    held.append(b"x" * 20_000_000)
    time.sleep(0.02)
time.sleep(0.2)
"""


def end_with(pieces: int) -> int:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(pieces)], check=False, timeout=60, capture_output=True
    ).returncode


def test_what_it_may_hold_it_holds() -> None:
    assert end_with(5) == 0


def test_what_it_may_not_ends_it() -> None:
    assert end_with(100) == -signal.SIGKILL
