"""Becomes a command that dies with the process that started it, however that one dies.

Run by path, with the standard library only: `python -I -S _leash.py PARENT_PID COMMAND...`. A program of its own
rather than a hook between fork and exec, as that would have to be safe beside threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Sets the leash, which outlasts exec, and executes the command."""
    if sys.platform == "linux":
        # SIGKILL: when the head of the tree was killed nobody is left to wait for a slow goodbye.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the leash was set
            sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
