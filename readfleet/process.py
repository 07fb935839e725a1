"""A program that runs as a process group of its own and dies with us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from readfleet.child_log import ChildLog, Intake

_LEASH: Final = Path(__file__).with_name("_leash.py")
#: Between two looks at whether a process still runs.
_LOOK_S: Final = 0.05
#: For the last lines of one that ended.
_DRAIN_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how it is stopped."""

    #: Of its log file.
    name: str
    #: Begins a sentence about it.
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    #: How long it may take to end after SIGTERM.
    stop_timeout_s: float = 10.0
    #: File descriptors it inherits.
    keep_fds: tuple[int, ...] = ()


class Process:
    """One run of a program. Start it from the main thread: the leash is held by the thread that started it."""

    def __init__(self, popen: subprocess.Popen[bytes], intake: Intake) -> None:
        self._popen = popen
        self._intake = intake

    @classmethod
    async def start(cls, program: Program, log: ChildLog) -> Self:
        """Runs the program, what it prints going to the log."""
        popen = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *program.command],
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            pass_fds=program.keep_fds,
            # Ctrl-C in the terminal then reaches us only, and we stop the others in order.
            start_new_session=True,
        )
        assert popen.stdout is not None
        _, intake = await asyncio.get_running_loop().connect_read_pipe(log.intake, popen.stdout)
        return cls(popen, intake)

    @property
    def pid(self) -> int:
        """The process id, which is also that of its group."""
        return self._popen.pid

    async def wait(self) -> int:
        """Waits for its end, and ends what it left of its group; the exit code, or minus the signal that killed it."""
        while (code := self._popen.poll()) is None:
            await asyncio.sleep(_LOOK_S)
        self.kill()
        with contextlib.suppress(TimeoutError):  # a process that left the group may hold the pipe for ever
            await asyncio.wait_for(self._intake.ended.wait(), _DRAIN_S)
        return code

    async def stop(self, timeout_s: float) -> None:
        """Asks it to end, and kills it when it has not."""
        self._popen.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), timeout_s)
        self.kill()
        await self.wait()

    def kill(self) -> None:
        """Kills it and whatever is left of its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
