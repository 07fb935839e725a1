"""A whole service in one process tree: store, sweeper, worker and gateway."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import httpx

from readfleet.address import local_url
from readfleet.configuration import Configuration
from readfleet.data_folder import Folders
from readfleet.programs import arranged, environment, readfleet_programs, watches
from readfleet.running import note
from readfleet.supervisor import Supervisor
from readfleet.valkey import until_ready, valkey_program

_LOOK_S: Final = 0.2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def has_own_store(configuration: Configuration) -> bool:
    """Whether the service brings its own store: it does where none was named."""
    return "redis_url" not in configuration.settings.model_fields_set


class Service:
    """Everything from the first start to the last stop."""

    def __init__(
        self,
        configuration: Configuration,
        folders: Folders,
        *,
        host: str,
        port: int,
        logs: Path | None,
        warn: Callable[[str], object],
        during: Callable[[str], contextlib.AbstractContextManager[Any]],
    ) -> None:
        """A service that is not started yet.

        Args:
            configuration: what it was told.
            folders: where it keeps things.
            host: where its gateway listens.
            port: likewise.
            logs: folder of the parts' logs; without one they go to standard output.
            warn: takes what the user should know of.
            during: shows what is being done.
        """
        self._configuration = configuration
        self._folders = folders
        self._host = host
        self._port = port
        self._logs = logs
        self._warn = warn
        self._during = during
        self.url = local_url(host, port)

    async def run(self, when_ready: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Starts everything, serves until a signal comes, and stops everything.

        Raises:
            ProgramFailed: a part of it does not run.
        """
        supervisor = Supervisor(logs=self._logs, say=self._warn)
        stop = _listen(supervisor)
        try:
            with self._during("Starting …"):
                await _unless(supervisor, stop, self._start(supervisor))
            if not stop.is_set():
                await _unless(supervisor, stop, when_ready())
                await _unless(supervisor, stop, stop.wait())
        finally:
            with self._during("Stopping …"):
                await supervisor.stop()

    async def _start(self, supervisor: Supervisor) -> None:
        folders = self._folders
        own_store = has_own_store(self._configuration)
        metrics_port = self._configuration.settings.metrics_port
        ours = arranged(self._configuration, folders, own_store=own_store)
        env = environment(self._configuration, ours, folders)
        note(folders, self._configuration.settings, ours)
        if own_store:
            await supervisor.start(
                valkey_program(socket=folders.socket, data=folders.valkey, environment=env, keep_fds=folders.lock_fds)
            )
            await until_ready(folders.socket)
        drop = own_store or watches(self._configuration)
        for program in readfleet_programs(env, self._host, self._port, metrics_port, drop=drop):
            await supervisor.start(program)
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while not await _is_ready(http, f"{self.url}/ready"):
                await asyncio.sleep(_LOOK_S)
        supervisor.all_healthy()


def _listen(supervisor: Supervisor) -> asyncio.Event:
    """The event that the first signal sets; a second one ends everything at once."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            supervisor.kill()
        stop.set()

    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop


async def _unless(supervisor: Supervisor, stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> None:
    """Does the work, unless it is to stop first or a program is given up.

    Raises:
        ProgramFailed: the latter.
    """
    working = asyncio.create_task(work)
    broken = asyncio.create_task(supervisor.broken())
    stopped = asyncio.create_task(stop.wait())
    tasks = (working, broken, stopped)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if broken.done():
            raise broken.result()
        if working.done():
            working.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 200
    except httpx.TransportError:
        return False
