"""The `up` command: a whole service in one process tree, on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import httpx
import platformdirs
from rich.console import Console
from rich.status import Status

from ocr_worker.models import fetch, names_for
from readfleet import samples
from readfleet.address import DEFAULT_ENDPOINT, check_free, local_url
from readfleet.client import ReadClient
from readfleet.complaints import complain
from readfleet.configuration import load_settings, variable
from readfleet.data_folder import Folders, open_folders
from readfleet.errors import ClientError, SettingsInvalid
from readfleet.programs import environment, readfleet_programs
from readfleet.progress import Display
from readfleet.reading import Source, read_each
from readfleet.supervisor import Supervisor
from readfleet.valkey import until_ready, valkey_program

_LOOK_S: Final = 0.2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(*, host: str, port: int, data: Path | None, workers: int | None, sample: bool) -> int:
    """Runs the service until it is stopped.

    Returns:
        The exit code.

    Raises:
        ReadfleetError: something stands in the way; its message says what.
    """
    _refuse_foreign_store()
    settings = load_settings(concurrency=workers)
    check_free(host, port)
    console = Console(stderr=True, highlight=False)
    with open_folders(data or Path(platformdirs.user_data_dir("readfleet"))) as folders:
        fetch(settings.models_dir, names_for(settings.engine, settings.mode), _say(console))
        service = Service(folders=folders, host=host, port=port, workers=workers, console=console)
        asyncio.run(service.run(sample=sample))
    return 0


def _refuse_foreign_store() -> None:
    """Refuses settings that `up` would otherwise have to overrule without a word."""
    for field in ("redis_url", "documents_dir", "run_dir"):
        if variable(field) in os.environ:
            raise SettingsInvalid(
                f"`readfleet up` brings its own store, in the folder of --data: unset {variable(field)}, or start "
                "`readfleet gateway`, `readfleet worker` and `readfleet sweep` on yours."
            )


class Service:
    """Valkey, sweeper, worker and gateway, from the first start to the last stop."""

    def __init__(self, *, folders: Folders, host: str, port: int, workers: int | None, console: Console) -> None:
        self._folders = folders
        self._host = host
        self._port = port
        self._workers = workers
        self._console = console
        self._say = _say(console)
        self._url = local_url(host, port)

    async def run(self, *, sample: bool) -> None:
        """Starts everything, serves until a signal comes, and stops everything.

        Raises:
            ProgramFailed: a part of it does not run.
        """
        supervisor = Supervisor(logs=self._folders.logs, say=self._say)
        stop = self._listen(supervisor)
        try:
            with self._status("Starting …"):
                await _unless(supervisor, stop, self._start(supervisor))
            if not stop.is_set():
                self._welcome()
                if sample:
                    await _unless(supervisor, stop, self._read_samples())
                await _unless(supervisor, stop, stop.wait())
        finally:
            with self._status("Stopping …"):
                await supervisor.stop()
        self._say("Stopped.")

    def _listen(self, supervisor: Supervisor) -> asyncio.Event:
        """The event that the first signal sets; a second one ends everything at once."""
        stop = asyncio.Event()

        def on_signal() -> None:
            if stop.is_set():
                supervisor.kill()
            stop.set()

        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, on_signal)
        return stop

    async def _start(self, supervisor: Supervisor) -> None:
        folders = self._folders
        env = environment(folders, self._workers)
        await supervisor.start(
            valkey_program(socket=folders.socket, data=folders.valkey, environment=env, keep_fds=(folders.lock_fd,))
        )
        await until_ready(folders.socket)
        for program in readfleet_programs(env, self._host, self._port):
            await supervisor.start(program)
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while not await _is_ready(http, f"{self._url}/ready"):
                await asyncio.sleep(_LOOK_S)
        supervisor.all_healthy()

    def _welcome(self) -> None:
        letter = shlex.quote(str(samples.paths()[0]))
        elsewhere = "" if self._url == DEFAULT_ENDPOINT else f" --endpoint {self._url}"
        lines = [
            f"Readfleet reads documents at {self._url}",
            "",
            "Try it in another terminal:",
            f"  {_command()} read{elsewhere} {letter}",
            "or with curl, then ask for the result at the Operation-Location it answers:",
            f"  curl -i -H 'Content-Type: application/octet-stream' --data-binary @{letter} "
            f"{self._url}/vision/v3.2/read/analyze",
            "",
            f"Results and documents are kept in {self._folders.data}, logs in {self._folders.logs}",
            "Ctrl-C stops it.",
        ]
        for line in lines:
            # Never wrapped: the commands are there to be copied.
            print(line, flush=True)

    async def _read_samples(self) -> None:
        sources = [Source(name=path.name, path=path) for path in samples.paths()]
        client = ReadClient(self._url, timeout_s=300)
        with Display(self._console) as display, contextlib.suppress(asyncio.CancelledError):
            try:
                async for outcome in read_each(sources, client, display=display):
                    with display.aside():
                        text = outcome.answer.text if outcome.answer else f"not read: {outcome.error}"
                        print(f"\n==> {outcome.source.name} <==\n{text}", flush=True)
            except ClientError as error:
                complain(f"The samples were not read: {error.message}")

    def _status(self, text: str) -> contextlib.AbstractContextManager[Any]:
        """A spinner on a terminal, a line elsewhere."""
        if self._console.is_terminal:
            return Status(text, console=self._console)
        self._say(text)
        return contextlib.nullcontext()


def _command() -> str:
    """How this program is called from another terminal: it may be in an environment that is not active there."""
    return "readfleet" if shutil.which("readfleet") else shlex.quote(str(Path(sys.executable).with_name("readfleet")))


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


def _say(console: Console) -> Callable[[str], None]:
    """Prints a line for the user, whole: neither wrapped nor read as markup."""

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    return say
