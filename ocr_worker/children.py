"""The children of a worker: which can read a page, and what memory they take."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

#: Matches every `ready_file`.
READY_PATTERN: Final = "ready-*"
_STATUS: Final = re.compile(r"^(VmHWM|VmRSS):\s+(\d+) kB$", re.MULTILINE)


def ready_file(run_dir: Path, pid: int) -> Path:
    """The file a child leaves in `run_dir` when it can read a page."""
    return run_dir / f"ready-{pid}"


class Children:
    """The children of this process, known by the files they leave."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir

    def ready(self) -> list[int]:
        """Process ids of those that can read a page."""
        own = str(os.getpid())
        return [pid for pid in self._named() if _parent(pid) == own]

    def bury(self) -> int:
        """Removes the files of those that were killed; how many they were. Others remove theirs before they go."""
        alive = self.ready()  # what ends from here on may do so in peace, and removes its own
        killed = [pid for pid in self._named() if pid not in alive and _parent(pid) != str(os.getpid())]
        for pid in killed:
            ready_file(self._run_dir, pid).unlink(missing_ok=True)
        return len(killed)

    def memory_bytes(self) -> tuple[int, int]:
        """Resident memory of all that are ready, and the most that one of them ever had."""
        found = [memory_of(pid) for pid in self.ready()]
        return sum(now for now, _ in found), max((most for _, most in found), default=0)

    def _named(self) -> list[int]:
        return [int(path.name.rpartition("-")[2]) for path in self._run_dir.glob(READY_PATTERN)]


def _parent(pid: int) -> str | None:
    """The parent's id of a process; None if there is no such process."""
    try:
        # pid (name) state parent …, where the name may hold blanks and brackets.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return None


def memory_of(pid: int) -> tuple[int, int]:
    """Resident memory of a process, and the most it ever had, in bytes."""
    try:
        found = {name: int(kib) * 1024 for name, kib in _STATUS.findall(Path(f"/proc/{pid}/status").read_text())}
    except OSError:
        found = {}
    return found.get("VmRSS", 0), found.get("VmHWM", 0)
