"""Keeps programs running: starts them again when they die, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from readfleet.child_log import ChildLog
from readfleet.errors import ProgramFailed
from readfleet.process import Process, Program, how_it_ended

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
#: A program that ran for so long was healthy.
_HEALTHY_S: Final = 60.0
#: Deaths in a row of a program that was never healthy, after which it is given up.
_MAX_DEATHS: Final = 5


class Supervisor:
    """Runs programs. They are stopped in the reverse order of their start."""

    def __init__(
        self, *, logs: Path | None, say: Callable[[str], object], first_pause_s: float = _FIRST_PAUSE_S
    ) -> None:
        self._logs = logs
        self._say = say
        self._first_pause_s = first_pause_s
        self._children: list[_Child] = []
        self._broken: asyncio.Future[ProgramFailed] = asyncio.get_running_loop().create_future()

    async def start(self, program: Program) -> None:
        """Starts a program and looks after it from now on."""
        child = _Child(program, self._logs, say=self._say, give_up=self._give_up, first_pause_s=self._first_pause_s)
        self._children.append(child)
        await child.start()

    async def broken(self) -> ProgramFailed:
        """Waits until a program is given up: why."""
        return await asyncio.shield(self._broken)

    def all_healthy(self) -> None:
        """Notes that all programs work: from now on none is given up, however often it dies."""
        for child in self._children:
            child.was_healthy = True

    async def stop(self) -> None:
        """Stops all programs, each before the one it depends on."""
        for child in self._children:
            child.let_go()
        for child in reversed(self._children):
            await child.stop()

    def kill(self) -> None:
        """Kills all programs at once; `stop` then finds nothing to wait for."""
        for child in self._children:
            child.let_go()
            child.kill()

    def _give_up(self, reason: ProgramFailed) -> None:
        if not self._broken.done():
            self._broken.set_result(reason)


class _Child:
    """A program over all its runs."""

    def __init__(
        self,
        program: Program,
        logs: Path | None,
        *,
        say: Callable[[str], object],
        give_up: Callable[[ProgramFailed], None],
        first_pause_s: float,
    ) -> None:
        self.was_healthy = False
        self._program = program
        self._say = say
        self._give_up = give_up
        self._first_pause_s = first_pause_s
        self._log = ChildLog(program.name, logs, echo=say)
        self._released = asyncio.Event()
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._process = await Process.start(self._program, self._log)
        self._watch = asyncio.create_task(self._run(self._process), name=f"watch {self._program.name}")

    def let_go(self) -> None:
        """Its end no longer surprises."""
        self._released.set()

    async def stop(self) -> None:
        # Not cancelled, as the watch may be about to start the program again.
        while self._watch is not None and not self._watch.done():
            if self._process is not None:
                await self._process.stop(self._program.stop_timeout_s)
            await asyncio.wait([self._watch], timeout=0.1)
        self._log.close()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    async def _run(self, process: Process) -> None:
        deaths, clock = 0, asyncio.get_running_loop().time
        while True:
            started = clock()
            code = await process.wait()
            if self._released.is_set():
                return
            if clock() - started > _HEALTHY_S:
                self.was_healthy, deaths = True, 0
            deaths += 1
            if reason := self._reason_to_give_up(code, deaths):
                self._log.hush()
                self._give_up(reason)
                return
            pause_s = min(self._first_pause_s * 2 ** (deaths - 1), _LONGEST_PAUSE_S)
            line = f"{self._program.title} died ({how_it_ended(code)}) and starts again in {pause_s:g} s"
            self._log.note(line)
            self._say(line)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), pause_s)
                return
            process = self._process = await Process.start(self._program, self._log)

    def _reason_to_give_up(self, code: int, deaths: int) -> ProgramFailed | None:
        if code == os.EX_CONFIG:  # trying again would not help
            return ProgramFailed(self._log.last_words, exit_code=code)
        rest = f"\nLook at {self._log.path} for the rest." if self._log.path else ""
        if deaths >= _MAX_DEATHS and not self.was_healthy:
            return ProgramFailed(
                f"{self._program.title} died {deaths} times in a row, the last time with {how_it_ended(code)}; "
                f"its last words: {self._log.last_words}{rest}"
            )
        return None
